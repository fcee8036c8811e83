package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// resources has every field of a Resource.
const resources = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: s}
spec: {up: web}
---
apiVersion: assay/v1
kind: Resource
metadata: {name: disk}
spec: {service: s, unit: bytes, used: disk_used, limit: 2e12, by: [path, host], thresholds: [80, 95.5], leadTime: 30d, promised: 1.5e12}
---
apiVersion: assay/v1
kind: Resource
metadata: {name: connections}
spec: {service: s, unit: connections, used: used, limit: max_connections, leadTime: 0}
---
apiVersion: assay/v1
kind: Resource
metadata: {name: staff}
spec: {service: s, unit: people, values: [{at: 2026-10-01, used: 7.5, limit: 9}, {at: "2026-11-01T12:00:00Z", used: 8, limit: 9}], leadTime: 90d}
---
apiVersion: assay/v1
kind: Resource
metadata: {name: budget}
spec: {service: s, unit: EUR, limit: 1000, values: [{at: 2026-10-01, used: 0}], leadTime: 1d}
`

func TestParseResources(t *testing.T) {
	q := func(v float64) slo.Quantity {
		q, err := slo.NewQuantity(v)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	at := func(v float64) *slo.Quantity { v2 := q(v); return &v2 }
	share := func(s string) slo.Ratio {
		r, err := slo.ParsePercent(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const day = 24 * time.Hour
	october, november := *instant(t, "2026-10-01T00:00:00Z"), *instant(t, "2026-11-01T12:00:00Z")
	want := []*slo.Resource{
		{Name: "budget", Service: "s", Unit: "EUR", Limit: slo.ResourceLimit{Number: at(1000)}, LeadTime: day,
			Values: []slo.CapacityValue{{At: october, Used: q(0), Limit: q(1000)}}},
		{Name: "connections", Service: "s", Unit: "connections", Used: "used", Limit: slo.ResourceLimit{Expr: "max_connections"}},
		{Name: "disk", Service: "s", Unit: "bytes", Used: "disk_used", Limit: slo.ResourceLimit{Number: at(2e12)},
			By: []string{"host", "path"}, Thresholds: []slo.Ratio{share("80"), share("95.5")}, LeadTime: 30 * day, Promised: at(1.5e12)},
		{Name: "staff", Service: "s", Unit: "people", LeadTime: 90 * day, Values: []slo.CapacityValue{
			{At: october, Used: q(7.5), Limit: q(9)}, {At: november, Used: q(8), Limit: q(9)}}},
	}
	got := mustParse(t, resources)
	if diff := cmp.Diff(want, got.Resources, cmp.Comparer(func(a, b slo.Quantity) bool { return a == b })); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}
