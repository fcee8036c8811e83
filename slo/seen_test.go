package slo

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What was seen of a word is its timeline under a confirmation of one, in
// whatever order measurements come, also after it was stored.
func TestStreamSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hold := time.Duration(rapid.IntRange(5, 30).Draw(t, "hold")) * time.Second
		confirm := rapid.IntRange(1, 3).Draw(t, "confirm")
		s, plain := NewStream(hold, confirm), NewStream(hold, 1)
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			at, state := second(rapid.IntRange(0, 200).Draw(t, "at")), State(rapid.IntRange(0, 2).Draw(t, "state"))
			before := slices.Clone(s.Seen().Changes())
			changed, ok := s.Add(at, state)
			if !ok {
				continue
			}
			plain.Add(at, state)
			var was Timeline
			was.changes = before
			for i := range 300 {
				if was.State(second(i)) != s.Seen().State(second(i)) && !changed.Contains(second(i)) {
					t.Fatalf("second %d changed outside of %v", i, changed)
				}
			}
			if rapid.IntRange(0, 9).Draw(t, "store") == 0 {
				back, err := DecodeStream(s.AppendBinary(nil, rapid.IntRange(0, 5).Draw(t, "keep")), hold, confirm)
				if err != nil {
					t.Fatal(err)
				}
				s = back
			}
		}
		if a, b := plain.Timeline().Changes(), s.Seen().Changes(); !slices.Equal(a, b) {
			t.Fatal(cmp.Diff(a, b))
		}
	})
}

// What was seen of an objective is its figure in a world where nothing is
// confirmed, outvoted or forgiven.
func TestSeenAgainstPlainWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		terms := w.catalog.Agreements[0]
		terms.Objectives = append(terms.Objectives, Objective{Name: "w", Method: Composite, Window: terms.Objectives[0].Window, Parts: []Part{{"s", 3}}})
		plain := *w.catalog
		plain.Probes = nil
		for _, p := range w.catalog.Probes {
			q := *p
			q.Confirm, q.Locations.Quorum, q.Locations.Min = 1, Any, 1
			plain.Probes = append(plain.Probes, &q)
		}
		unforgiving := *terms
		unforgiving.MinimumOutage = 0
		layout := LaidOver(Interval{second(-500), second(1000)}, w.catalog.Maintenances)
		h, p := NewHistory(w.catalog), NewHistory(&plain)
		acc := NewAccount(terms, layout, h)
		for i, s := range w.said {
			m := &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome}
			h.Add(s.agent, m)
			p.Add(s.agent, m)
			if i%4 == 0 || i == len(w.said)-1 {
				for s, changed := range h.Settle() {
					acc.Update(s.Service.Name, changed)
				}
			}
		}
		p.Settle()
		want := NewAccount(&unforgiving, layout, p)
		at := second(w.t)
		for i := range terms.Objectives {
			o := &terms.Objectives[i]
			got, st := acc.Status(o, at, at).Seen, want.Status(o, at, at)
			if got == nil {
				if o.Method != ByOccurrences {
					t.Fatalf("nothing is said of what %v saw", o.Method)
				}
				continue
			}
			if want := (Seen{st.Figures, st.Availability, len(st.Outages)}); *got != want {
				t.Fatalf("%v saw %+v, a plain world has %+v", o.Method, *got, want)
			}
		}
	})
}
