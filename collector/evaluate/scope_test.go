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

// Planned work is on record and pages nobody, also where the agreement does
// not leave it out.
func TestPlannedWorkPagesNobody(t *testing.T) {
	c := graph("shop", "till")
	c.Maintenances = []*slo.Maintenance{{Name: "patch", Services: []string{"shop"}, Once: &slo.Interval{From: at(-3600), To: at(7200)}}}
	none := 24 * time.Hour
	c.Agreements[0].MaintenanceNotice = &none // it was never announced, so it counts
	e := New(c, at(0))
	for _, name := range []string{"shop", "till"} {
		e.Apply([]slo.Entry{said(name, "eu", -60, slo.Up), said(name, "eu", 0, slo.Down)})
	}
	paged := map[string]int{}
	for _, a := range e.Alerts(at(1200)) {
		if a.Severity == slo.Page {
			paged[a.Labels["service"]]++
		}
	}
	if paged["shop"] != 0 || paged["till"] < 2 {
		t.Errorf("paged: %v", paged)
	}
	if list := e.Down(at(1200), noHold); len(list) != 2 {
		t.Errorf("%d outages", len(list))
	}
	if !e.Scope([]string{"shop"}, at(1200)).Planned || e.Scope([]string{"shop", "till"}, at(1200)).Planned {
		t.Error("planned is what all of the services are")
	}
}
