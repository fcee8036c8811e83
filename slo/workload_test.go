package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Time over a workload limit is taken out as the model takes it out second by
// second, whenever its count comes, and maintenance keeps what it took.
func TestWorkloadModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		terms := w.catalog.Agreements[0]
		terms.Workload = &WorkloadLimit{Probe: "z", Above: 2, Per: time.Second}
		if rapid.Bool().Draw(t, "excluded") {
			from := rapid.IntRange(0, worldSeconds-1).Draw(t, "from")
			terms.Exclusions = []*Exclusion{{Name: "x", Interval: Interval{second(from), second(min(worldSeconds, from+20))}, Cause: ForceMajeure}}
		}
		w.catalog.Probes = append(w.catalog.Probes, &Probe{Name: "z", Every: 10 * time.Second, Locations: Locations{Min: 1}, Spec: &PromQL{}})
		agreed := modelAgreed(w)
		for _, x := range terms.Exclusions {
			for i := range agreed {
				if x.Contains(second(i)) {
					agreed[i] = 2
				}
			}
		}
		h := NewHistory(w.catalog)
		layout := LaidOver(Interval{second(-500), second(1000)}, w.catalog.Maintenances)
		acc := NewAccount(terms, layout, h)
		settle := func() {
			acc.Recheck()
			for s, changed := range h.Settle() {
				acc.Update(s.Service.Name, changed)
			}
		}
		left := rapid.Permutation(tens()).Draw(t, "order")
		for i, s := range w.said {
			h.Add(s.agent, &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome})
			if n := len(left); n > 0 {
				count(t, h, left[n-1], agreed)
				left = left[:n-1]
			}
			if i%4 == 0 {
				settle()
			}
		}
		settle()
		states := make([]State, worldSeconds)
		for i := range states {
			states[i] = h.Service("s").Timeline().State(second(i))
		}
		classes := forgive(states, int(terms.MinimumOutage/time.Second), w.t)
		anew := NewAccount(terms, layout, h)
		for _, o := range terms.Objectives {
			compareFigures(t, acc, &o, w, classes, agreed)
			st := acc.Status(&o, second(w.t), second(w.t))
			exempt := time.Duration(0)
			for i := range agreed {
				if agreed[i] == 3 && st.Window.Contains(second(i)) {
					exempt += time.Second
				}
			}
			if st.Exempt != exempt {
				t.Fatalf("exempt %v, model says %v", st.Exempt, exempt)
			}
			if got, want := st.Figures, anew.Figures(second(w.t), st.Window); got != want {
				t.Fatalf("%+v, books made anew say %+v", got, want)
			}
		}
	})
}

// tens are the beginnings of the increments of ten seconds in the world.
func tens() (out []int) {
	for i := 0; i+10 <= worldSeconds; i += 10 {
		out = append(out, i)
	}
	return out
}

// count says how many requests there were in ten seconds, and what that does to
// agreed time.
func count(t *rapid.T, h *History, from int, agreed []int) {
	total := rapid.Int64Range(15, 25).Draw(t, "total")
	h.Add("1", &Measurement{Probe: "z", Location: "eu", At: second(from + 11), Outcome: Up,
		Requests: &Requests{Interval{second(from), second(from + 10)}, 0, total * PerRequest}})
	for i := from; i < from+10 && total > 20; i++ {
		if agreed[i] == 1 {
			agreed[i] = 3
		}
	}
}
