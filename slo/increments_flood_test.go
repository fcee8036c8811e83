package slo

import (
	"testing"
	"time"
)

// Increments that a probe never asks for are an agent's invention, and do not
// count.
func TestIncrementsOfNobody(t *testing.T) {
	c := &Catalog{
		Probes:     []*Probe{{Name: "count", Every: time.Minute, Hold: 3 * time.Minute, Confirm: 1}, {Name: "web", Every: time.Minute, Hold: 3 * time.Minute, Confirm: 1}},
		Services:   []*Service{{Name: "shop", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "gold", Service: "shop", Zone: time.UTC, Objectives: []Objective{{Name: "good", Method: ByRequests, Requests: RequestRule{"count"}, Window: Window{Period: Day}}}}},
	}
	r := &Revisions{}
	r.Add(InForce{"1", 0}, map[string]Parameters{"count": {Every: 5 * time.Minute}})
	r.Add(InForce{"2", 1000}, map[string]Parameters{"count": {Every: time.Minute}})
	for _, x := range []struct {
		revisions *Revisions
		to        Instant
		length    time.Duration
		counts    bool
	}{
		{r, 3_600_000, time.Minute, true},
		{r, 3_600_000, 5 * time.Minute, true}, // that of the revision before
		{r, 3_600_000, 2 * time.Minute, false},
		{r, 3_600_001, time.Minute, false},
		{nil, 3_600_000, 2 * time.Minute, true}, // another catalogue than the one that was measured under
		{nil, 3_600_001, time.Minute, false},
	} {
		h := NewHistoryUnder(c, x.revisions)
		h.Add("a", &Measurement{Probe: "count", Location: "eu", At: x.to, Outcome: Up, Revision: "2", Requests: &Requests{Interval{x.to.Add(-x.length), x.to}, 1, 1}})
		if n := h.Probe("count").increments.in(Interval{0, MaxInstant}, MaxInstant).n; n == 1 != x.counts {
			t.Errorf("%s to %d: counts %d times", x.length, x.to, n)
		}
	}
}

// What comes in the wrong order costs what it is, not what there is.
func BenchmarkIncrementsBackwards(b *testing.B) {
	const hours = 100_000
	for b.Loop() {
		var c Increments
		for i := range hours {
			to := Instant(hours-i) * hour
			c.Add(&Measurement{At: to, Requests: &Requests{Interval{to - 60_000, to}, 1, 1}})
		}
		c.refresh()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/hours, "ns/increment")
}
