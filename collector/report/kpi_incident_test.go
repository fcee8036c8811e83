package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func TestBands(t *testing.T) {
	var got []int
	list := bands([]Outage{{Length: 1}, {Length: 60_000}, {Length: 60_001}, {Length: 300_000}, {Length: 14_400_000}, {Length: 14_400_001}})
	var down Milliseconds
	for _, b := range list {
		got = append(got, b.Outages)
		down += b.Down
	}
	if diff := cmp.Diff([]int{2, 2, 0, 0, 1, 1}, got); diff != "" || down != 1+60_000+60_001+300_000+14_400_000+14_400_001 {
		t.Errorf("%s, %d", diff, down)
	}
	if list[0].Over != 0 || *list[0].UpTo != 60_000 || list[5].Over != 14_400_000 || list[5].UpTo != nil {
		t.Errorf("%+v", list)
	}
}

// brief is a compliance in few words: met/decided.
func brief(c *Compliance) string {
	s := fmt.Sprintf("%d/%d", c.Met, c.Met+c.Missed)
	if c.MissedOpen > 0 {
		s += fmt.Sprintf(" open %d", c.MissedOpen)
	}
	if c.Running > 0 {
		s += fmt.Sprintf(" running %d", c.Running)
	}
	return s
}

// TestCompliance has targets decided before, in and after the period, and
// nowhere yet: each counts in the one in which it was decided.
func TestCompliance(t *testing.T) {
	const hour = time.Hour
	in := goldInput(t)
	from, to := in.Period.From, in.Period.To
	in.Agreement.Targets = []slo.IncidentTarget{{Priority: 1, Response: hour, Restoration: 4 * hour}}
	incident := func(id string, detected slo.Instant, responded, restored time.Duration) slo.Incident {
		i := slo.Incident{ID: id, Service: "shop", Trigger: slo.Exhausted, Began: detected, Detected: detected, Work: slo.Work{Priority: 1}}
		if responded > 0 {
			i.Work.Responded = detected.Add(responded)
		}
		if restored > 0 {
			i.Restored = detected.Add(restored)
			i.Resolved = i.Restored
		}
		return i
	}
	part := func(of string, i slo.Incident) slo.Incident {
		i.ID, i.Work = i.ID+"-part", slo.Work{Parent: of}
		return i
	}
	for _, c := range []struct {
		name                  string
		list                  []slo.Incident
		response, restoration string
	}{
		{"none", nil, "0/0", "0/0"},
		{"in time", []slo.Incident{incident("a", from, hour, 4*hour)}, "1/1", "1/1"},
		{"late", []slo.Incident{incident("a", from, hour+1e6, 4*hour+1e6)}, "0/1", "0/1"},
		{"exceeded and open", []slo.Incident{incident("a", from, 0, 0)}, "0/1 open 1", "0/1 open 1"},
		{"exceeded in the month before, over in this one", []slo.Incident{incident("a", from.Add(-5*hour), 0, 6*hour)}, "0/0", "0/0"},
		{"detected in the month before, exceeded in this one", []slo.Incident{incident("a", from.Add(-3*hour), hour/2, 0)}, "0/0", "0/1 open 1"},
		{"runs at the end", []slo.Incident{incident("a", to.Add(-hour/2), 0, 0)}, "0/0 running 1", "0/0 running 1"},
		{"over in the next month", []slo.Incident{incident("a", to.Add(-2*hour), hour/2, 3*hour)}, "1/1", "0/0 running 1"},
		{"of another priority", []slo.Incident{{ID: "a", Service: "shop", Trigger: slo.Exhausted, Began: from, Detected: from}}, "0/0", "0/0"},
		{"two of three", []slo.Incident{incident("a", from, 1e6, 1e6), incident("b", from, 1e6, 1e6), incident("c", from, 2*hour, 5*hour)}, "2/3", "2/3"},
		{"with its parts once", []slo.Incident{incident("a", from, hour, hour), part("a", incident("b", from, 0, 0)), part("a", incident("c", from, 0, 0))}, "1/1", "1/1"},
		{"a part of another service's", []slo.Incident{part("db", incident("b", from, 0, hour))}, "0/1", "1/1"},
	} {
		in.Incidents, in.Wholes = c.list, nil
		if strings.HasPrefix(c.name, "a part") {
			db := incident("db", from, 2*hour, 3*hour)
			db.Service = "database"
			in.Wholes = []slo.Incident{db}
		}
		k := Build(in).KPIs
		if got := brief(&k.Response); got != c.response {
			t.Errorf("%s: response %s, want %s", c.name, got, c.response)
		}
		if got := brief(&k.Restoration); got != c.restoration {
			t.Errorf("%s: restoration %s, want %s", c.name, got, c.restoration)
		}
	}
}
