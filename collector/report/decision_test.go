package report

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func jsonNumber(s string) json.Number { return json.Number(s) }

// Decisions follow from the figures as they stand when the report is made.
func TestDecisions(t *testing.T) {
	of := func(change func(*Input)) []string {
		in := goldInput(t)
		a := *in.Agreement
		in.Agreement = &a
		in.Waiting, in.Resources, in.Recorded, a.Targets = nil, nil, Recorded{}, nil
		in.Incidents = slices.DeleteFunc(in.Incidents, func(k slo.Incident) bool { return k.Trigger != slo.ServiceDown })
		change(&in)
		var out []string
		for _, d := range Build(in).Decisions {
			out = append(out, string(d.Kind)+" "+d.Subject)
		}
		return out
	}
	open := func(in *Input) {
		in.Incidents[1].Restored, in.Incidents[1].Resolved, in.Incidents[1].Work.Priority = 0, 0, 2
		in.Agreement.Targets = []slo.IncidentTarget{{Priority: 2, Restoration: 4 * time.Hour}}
	}
	pending := goldInput(t).Waiting
	for _, c := range []struct {
		name   string
		change func(*Input)
		want   []string
	}{
		{"nothing", func(*Input) {}, nil},
		{"an open incident past its target", open, []string{"incident_overdue shop-20261006T071230.000Z"}},
		{"one that is not yet past it", func(in *Input) { open(in); in.Agreement.Targets[0].Restoration = 10_000 * time.Hour }, nil},
		{"one that was restored too late", func(in *Input) {
			open(in)
			in.Incidents[1].Restored, in.Incidents[1].Resolved = in.At-1000, in.At-500
		}, nil},
		{"more to order within a month, and a limit reached", func(in *Input) { in.Resources = goldResources(t, in.At) }, []string{"capacity shop-disk (host=db1)", "capacity shop-disk (host=db2)"}},
		{"more to order later", func(in *Input) {
			in.Resources = goldResources(t, in.At)[:1]
			in.Resources[0].Early = in.At.Add(62 * 24 * time.Hour)
		}, nil},
		{"a request for an exclusion", func(in *Input) { in.Waiting = pending }, []string{"exclusion x-1f38"}},
		{"one in another month", func(in *Input) {
			x := pending[0]
			x.Interval = slo.Interval{From: in.Period.To, To: in.Period.To + 1}
			in.Waiting = []slo.ExclusionRequest{x}
		}, nil},
		{"one of another agreement", func(in *Input) {
			x := pending[0]
			x.Agreements = []string{"silver"}
			in.Waiting = []slo.ExclusionRequest{x}
		}, nil},
		{"too little observed", func(in *Input) {
			for i := range in.Objectives {
				in.Objectives[i].Coverage = slo.Fraction{Part: 1, Whole: 10}
			}
		}, []string{"coverage availability", "coverage slices", "coverage each-day"}},
		{"what a register has", func(in *Input) { in.Recorded.Decisions = []Decision{{Kind: DecideRecorded, Subject: "budget-2027"}} }, []string{"recorded budget-2027"}},
	} {
		got := of(c.change)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, not %v", c.name, got, c.want)
			}
		}
	}
}

// TestDoneAsAnother says of an outage that came with another service's who is on
// that one and whether it is over, and nothing that people wrote there.
func TestDoneAsAnother(t *testing.T) {
	at := instant(t, "2026-10-06T10:00:00Z")
	r := Report{Incidents: []Incident{{ID: "shop-1", PartOf: "db-1", Whole: &Whole{Service: "db"}}}}
	r.Identity.Zone = "UTC"
	p := &page{w: English.words(), r: &r, clock: clock{zone: time.UTC, w: English.words(), year: 2026}, limits: fullLimits()}
	o := Outage{Incident: "shop-1"}
	if got, want := p.done(&o), "part of an incident of db (db-1); nobody has acknowledged it"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	r.Incidents[0].Whole = &Whole{Service: "db", Acknowledged: &at, AcknowledgedBy: "bob", Restored: &at}
	if got, want := p.done(&o), "part of an incident of db (db-1); acknowledged by bob; over since Tue 6\u00a0Oct, 10:00:00"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}
