package catalog_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// places are four Locations, and a service for the probe web.
const places = `
---
apiVersion: assay/v1
kind: Location
metadata: {name: fra}
spec: {labels: {region: eu, tier: "1"}}
---
apiVersion: assay/v1
kind: Location
metadata: {name: ber}
spec: {labels: {region: eu, tier: "2"}}
---
apiVersion: assay/v1
kind: Location
metadata: {name: nyc}
spec: {labels: {region: us, tier: "1"}}
---
apiVersion: assay/v1
kind: Location
metadata: {name: sin}
spec: {labels: {region: ap}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: s}
spec: {up: web}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: a}
spec: {service: s, objectives: [{name: o, target: 99, window: month}]}
`

// TestSelectedLocations says what each way to write locations is resolved to.
func TestSelectedLocations(t *testing.T) {
	dmz := slo.Selector{"network": {"dmz"}}
	for _, tt := range []struct {
		written string
		want    slo.Locations
	}{
		{`{from: [nyc, fra]}`, slo.Locations{From: []string{"fra", "nyc"}, Min: 2}},
		{`{from: {locations: {names: [nyc, mars, fra]}}}`, slo.Locations{From: []string{"fra", "mars", "nyc"}, Min: 2}},
		{`{from: {locations: {match: {region: eu}}}}`,
			slo.Locations{From: []string{"ber", "fra"}, Match: slo.Selector{"region": {"eu"}}, Min: 2}},
		{`{from: {locations: {match: {region: [us, eu], tier: "1"}}}}`,
			slo.Locations{From: []string{"fra", "nyc"}, Match: slo.Selector{"region": {"eu", "us"}, "tier": {"1"}}, Min: 2}},
		{`{from: {locations: {match: {region: [ap, eu, us]}, any: 3}}, quorum: 3}`,
			slo.Locations{From: []string{"ber", "fra", "nyc", "sin"}, Match: slo.Selector{"region": {"ap", "eu", "us"}},
				Any: 3, Agents: slo.Agents{Any: 1}, Quorum: 3, Min: 2}},
		{`{from: {locations: {names: [eu, us, ap], any: 2}, agents: {match: {network: dmz}}}, min: 1}`,
			slo.Locations{From: []string{"ap", "eu", "us"}, Any: 2, Agents: slo.Agents{Match: dmz, Any: 1}, Min: 1}},
		{`{from: {locations: {names: [eu, us], any: 1}, agents: {any: 2}}}`,
			slo.Locations{From: []string{"eu", "us"}, Any: 1, Agents: slo.Agents{Any: 2}, Min: 1}},
		{`{from: {agents: {match: {network: dmz}}}}`, slo.Locations{Agents: slo.Agents{Match: dmz}, Min: 1}},
		{`{from: {agents: {names: [eu-2, eu-1], any: 1}}, quorum: all}`,
			slo.Locations{Agents: slo.Agents{Names: []string{"eu-1", "eu-2"}, Any: 1}, Quorum: slo.All, Min: 1}},
	} {
		got := mustParse(t, fmt.Sprintf(`
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 30s, tcp: {address: "a:1"}, locations: %s}
`, tt.written)+places)
		if diff := cmp.Diff(tt.want, got.Probes[0].Locations); diff != "" {
			t.Errorf("%s:\n%s", tt.written, diff)
		}
		if len(got.Locations) != 4 || got.Locations[0].Name != "ber" || got.Locations[0].Labels["tier"] != "2" {
			t.Errorf("locations %+v", got.Locations)
		}
	}
}
