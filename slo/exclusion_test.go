package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Exclusions take out what the model takes out second by second, and the
// figure before is that of the agreement without them.
func TestExclusionsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		terms := w.catalog.Agreements[0]
		plain := *terms
		agreed := modelAgreed(w)
		for n := range rapid.IntRange(1, 3).Draw(t, "exclusions") {
			from := rapid.IntRange(0, worldSeconds-1).Draw(t, "excluded")
			to := min(worldSeconds, from+rapid.IntRange(1, 100).Draw(t, "length"))
			terms.Exclusions = append(terms.Exclusions, &Exclusion{
				Name: string(rune('a' + n)), Interval: Interval{second(from), second(to)}, Cause: ExclusionCause(rapid.IntRange(0, 2).Draw(t, "cause")),
			})
			for i := from; i < to; i++ {
				agreed[i] = 2
			}
		}
		h := NewHistory(w.catalog)
		layout := LaidOver(Interval{second(-500), second(1000)}, w.catalog.Maintenances)
		acc := NewAccount(terms, layout, h)
		for i, s := range w.said {
			h.Add(s.agent, &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome})
			if i%4 == 0 || i == len(w.said)-1 {
				for s, changed := range h.Settle() {
					acc.Update(s.Service.Name, changed)
				}
			}
		}
		states := make([]State, worldSeconds)
		for i := range states {
			states[i] = h.Service("s").Timeline().State(second(i))
		}
		classes := forgive(states, int(terms.MinimumOutage/time.Second), w.t)
		without := NewAccount(&plain, layout, h)
		for _, o := range terms.Objectives {
			compareFigures(t, acc, &o, w, classes, agreed)
			at := second(w.t)
			st, want := acc.Status(&o, at, at), without.Status(&o, at, at)
			touched := 0
			for _, x := range terms.Exclusions {
				if !x.Intersect(st.Window).Empty() {
					touched++
				}
			}
			if len(st.Exclusions) != touched || (st.Before != nil) != (touched > 0) {
				t.Fatalf("%d exclusions and %v before, model says %d", len(st.Exclusions), st.Before, touched)
			}
			if b := st.Before; b != nil && (b.Figures != want.Figures || b.Availability != want.Availability || b.Verdict != want.Verdict) {
				t.Fatalf("before they were %+v, the agreement without has %+v", b.Figures, want.Figures)
			}
		}
	})
}

// Late maintenance needs no notice, but spends the cap; what is nobody's
// planned work spends none.
func TestExclusionsAndCap(t *testing.T) {
	day := Interval{second(0), second(86400)}
	notice := 24 * time.Hour
	ms := []*Maintenance{{Services: []string{"s"}, Once: &Interval{second(0), second(3600)}}} // never announced
	hours := func(from, to int) Interval { return Interval{second(3600 * from), second(3600 * to)} }
	for _, c := range []struct {
		name string
		xs   []*Exclusion
		want time.Duration
	}{
		{"no notice", nil, 0},
		{"declared late", []*Exclusion{{Interval: hours(0, 1)}}, time.Hour},
		{"up to the cap", []*Exclusion{{Interval: hours(0, 5)}}, 2 * time.Hour},
		{"force majeure has none", []*Exclusion{{Interval: hours(0, 5), Cause: ForceMajeure}}, 5 * time.Hour},
		{"both at once", []*Exclusion{{Interval: hours(0, 5)}, {Interval: hours(1, 4), Cause: CausedByCustomer}}, 4 * time.Hour},
		{"apart", []*Exclusion{{Interval: hours(0, 1)}, {Interval: hours(10, 11), Cause: CausedByCustomer}}, 2 * time.Hour},
	} {
		a := &Agreement{Service: "s", Zone: time.UTC, MaintenanceNotice: &notice, MaintenanceCap: &MaintenanceCap{2 * time.Hour, Day}, Exclusions: c.xs}
		if _, excluded := NewAgreed(a, ms, day).In(day); excluded != c.want {
			t.Errorf("%s: %v excluded, want %v", c.name, excluded, c.want)
		}
	}
}
