package configs_test

import (
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo"
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

func TestRequestsExampleLoads(t *testing.T) {
	c, problems := catalog.Load("requests")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if a := c.Agreements[0]; a.Objectives[0].Method != slo.ByRequests || a.Workload == nil {
		t.Errorf("the example of requests promises %+v up to %v", a.Objectives[0], a.Workload)
	}
}

func TestQuickstartLoadsWithoutWarning(t *testing.T) {
	if _, problems := catalog.Load(filepath.Join("quickstart", "catalogue")); len(problems) > 0 {
		t.Errorf("the quickstart catalogue has problems:\n%s", problems)
	}
}
