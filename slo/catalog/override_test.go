package catalog

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

const overridable = `apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 10s, http: {url: "https://web.example/"}, locations: &from {from: [ap, eu, us]}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: api}
spec: {every: 10s, http: {url: "https://api.example/"}} # from anywhere
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: "all(web, api)"}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  objectives:
    - {name: month, target: 99.9, window: month}
    - {name: year, target: 99, window: year}
    - {name: few, window: month, method: outages, outages: {atMost: 1, longerThan: 1m}}
`

// override parses the catalogue above with overrides applied.
func override(t *testing.T, texts ...string) (*slo.Catalog, error) {
	t.Helper()
	var overrides []Override
	for _, text := range texts {
		o, err := ParseOverride(text)
		if err != nil {
			t.Fatal(err)
		}
		if o.String() != text {
			t.Errorf("%q is written as %q", text, o)
		}
		overrides = append(overrides, o)
	}
	sources, err := Overridden([]Source{{Name: "all.yaml", Data: []byte(overridable)}}, overrides)
	if err != nil {
		return nil, err
	}
	c, problems := Parse(sources)
	return c, problems.Err()
}

func TestOverridden(t *testing.T) {
	c, err := override(t, "target=99.95", "gold/year:target=98", "web:quorum=2", "confirm=3", "api:hold=1m", "unknown=down", "gold:minimumOutage=2m", "minCoverage=50")
	if err != nil {
		t.Fatal(err)
	}
	a := c.Agreements[0]
	if got := []string{a.Objectives[0].Target.Percent(), a.Objectives[1].Target.Percent(), a.Objectives[2].Target.Percent()}; strings.Join(got, " ") != "99.95 98 0" {
		t.Errorf("targets are %v", got)
	}
	if a.Unknown != slo.UnknownDown || a.MinimumOutage != 2*time.Minute || a.MinCoverage != slo.One/2 {
		t.Errorf("the agreement is %+v", a)
	}
	api, web := c.Probes[0], c.Probes[1]
	if web.Locations.Quorum != 2 || api.Locations.Quorum != slo.Majority || web.Confirm != 3 || api.Confirm != 3 || api.Hold != time.Minute || web.Hold == time.Minute {
		t.Errorf("the probes are %+v and %+v", web, api)
	}
	if c, err = override(t, "api:quorum=all"); err != nil || c.Probes[0].Locations.Quorum != slo.All {
		t.Errorf("a probe without locations: %v", err)
	}
}

// What the catalogue would refuse is refused here as well.
func TestOverriddenMistakes(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"web:quorum=4", "only 3 locations count"},
		{"target=110", "110"},
		{"unknown=maybe", "maybe"},
		{"confirm=[1", "[1"},
		{"silver:target=99", "nothing in the catalogue"},
		{"gold/none:target=99", "nothing in the catalogue"},
		{"gold/few:target=99", "nothing in the catalogue"},
		{"gold/month:unknown=down", "nothing in the catalogue"},
	} {
		if _, err := override(t, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.set, err)
		}
	}
	for _, bad := range []string{"", "target", "colour=red", "gold:colour=red", "=1"} {
		if o, err := ParseOverride(bad); err == nil {
			t.Errorf("%q is %+v", bad, o)
		}
	}
}

// FuzzOverridden holds that whatever is set, of whatever document, is taken or
// refused, and that what is taken is a catalogue or problems.
func FuzzOverridden(f *testing.F) {
	for _, set := range []string{"target=99.95", "gold/year:target=98", "web:quorum=2", "confirm=[1", "unknown=&a *a", "hold=\n---\n"} {
		f.Add(overridable, set)
	}
	f.Add("kind: Probe\napiVersion: assay/v1\nspec: &s {locations: *s}\n", "quorum=1")
	f.Add("? kind\n---\n--- 3\n...\n", "quorum=1")
	f.Fuzz(func(t *testing.T, text, set string) {
		o, err := ParseOverride(set)
		if err != nil {
			return
		}
		out, err := Overridden([]Source{{Name: "a.yaml", Data: []byte(text)}}, []Override{o})
		if err != nil {
			return
		}
		if c, problems := Parse(out); (c == nil) != (problems.Err() != nil) {
			t.Fatalf("catalogue %v, problems %v", c, problems)
		}
	})
}
