package configs_test

import (
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo/catalog"
)

func TestCollectorExampleLoads(t *testing.T) {
	cfg, problems := collector.LoadConfig("collector.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if want := filepath.Join("quickstart", "catalogue"); cfg.Catalogue != want {
		t.Errorf("catalogue is %q, want %q", cfg.Catalogue, want)
	}
}

func TestQuickstartLoadsWithoutWarning(t *testing.T) {
	if _, problems := catalog.Load(filepath.Join("quickstart", "catalogue")); len(problems) > 0 {
		t.Errorf("the quickstart catalogue has problems:\n%s", problems)
	}
}
