package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo/catalog"
)

// The quickstart catalogue with URLs of all sorts loads without a warning, and
// at another address the probes follow.
func TestQuickstartCatalogueLoads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "catalogue")
	if err := seed(dir, "127.0.0.1:9999"); err != nil {
		t.Fatal(err)
	}
	targets := []string{"https://a.example", "https://a.example/", "http://b.example:8080/x?y=1&z='2'", "http://[::1]:80/"}
	if err := writeTargets(dir, targets); err != nil {
		t.Fatal(err)
	}
	c, problems := catalog.Load(dir)
	if len(problems) > 0 {
		t.Fatalf("problems:\n%s", problems)
	}
	found := map[string]bool{}
	for _, p := range c.Probes {
		found[p.Spec.Target()] = true
		if strings.Contains(p.Spec.Target(), quickstartAddress) {
			t.Errorf("probe %s tests %s, not the address given", p.Name, p.Spec.Target())
		}
	}
	for _, want := range targets {
		if !found[want] {
			t.Errorf("%s is not probed", want)
		}
	}
	if err := writeTargets(dir, nil); err != nil {
		t.Fatal(err)
	}
	if c, _ = catalog.Load(dir); c == nil || len(c.Probes) >= len(found) {
		t.Error("the targets of the last start are still there")
	}
}

func TestTargetsThatAreNoURLs(t *testing.T) {
	for _, bad := range []string{"", "a.example", "ftp://a.example", "http://", "http://a b/"} {
		if err := writeTargets(t.TempDir(), []string{bad}); err == nil || !strings.Contains(err.Error(), "not an http or https URL") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
