package evaluate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func TestScope(t *testing.T) {
	c := graph("db", "shop: db", "till")
	c.Services[0].Criticality, c.Services[2].Criticality = slo.HighLevel, slo.LowLevel // db and till
	c.Agreements[0].Party, c.Agreements[1].Party = "acme", "acme"
	c.Agreements = append(c.Agreements,
		&slo.Agreement{Name: "inside", Type: slo.OLA, Service: "db", Zone: time.UTC, Objectives: c.Agreements[0].Objectives},
		&slo.Agreement{Name: "other", Service: "db", Zone: time.UTC, Objectives: []slo.Objective{
			{Name: "counts", Target: slo.One / 2, Window: slo.Window{Rolling: 24 * time.Hour}, Method: slo.ByOccurrences},
		}})
	e := New(c, at(0))
	for _, name := range []string{"db", "shop", "till"} {
		e.Apply([]slo.Entry{said(name, "eu", -60, slo.Up), said(name, "us", -60, slo.Up)})
	}
	e.Apply([]slo.Entry{said("db", "eu", 0, slo.Down), said("db", "us", 0, slo.Down), said("shop", "eu", 0, slo.Down)})
	left := func(d time.Duration) *time.Duration { return &d }
	budget := 30 * 24 * time.Hour / 1000
	for _, tt := range []struct {
		services []string
		want     slo.Scope
	}{
		{nil, slo.Scope{}},
		{[]string{"none"}, slo.Scope{Criticality: slo.LowLevel}},
		{[]string{"till"}, slo.Scope{Criticality: slo.LowLevel, Customers: 1, Locations: 2, Left: left(budget)}},
		{[]string{"shop"}, slo.Scope{Customers: 1, Seen: 1, Locations: 2, Left: left(budget)}},
		{[]string{"db", "shop"}, slo.Scope{Criticality: slo.HighLevel, Customers: 2, Seen: 2, Locations: 2, Left: left(budget - 60*time.Second)}},
	} {
		if diff := cmp.Diff(tt.want, e.Scope(tt.services, at(60))); diff != "" {
			t.Errorf("%v: %s", tt.services, diff)
		}
	}
}
