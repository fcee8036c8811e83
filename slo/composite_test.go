package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A composite is the weighted sum of what each of its services has under the
// same terms, whichever timeline changed last.
func TestCompositeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		terms := w.catalog.Agreements[0]
		w.catalog.Services = []*Service{{Name: "s", Up: Expr{Probe: "a"}}, {Name: "r", Up: Expr{Probe: "b"}}}
		o := Objective{Name: "both", Target: One / 2, Method: Composite, Window: terms.Objectives[0].Window, Parts: []Part{
			{"r", int64(rapid.IntRange(1, 5).Draw(t, "r"))}, {"s", int64(rapid.IntRange(1, 5).Draw(t, "s"))}}}
		terms.Objectives = []Objective{o}
		h := NewHistory(w.catalog)
		layout := LaidOver(Interval{second(-500), second(1000)}, w.catalog.Maintenances)
		acc := NewAccount(terms, layout, h)
		for i, s := range w.said {
			h.Add(s.agent, &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome})
			if i%3 == 0 || i == len(w.said)-1 {
				for s, changed := range h.Settle() {
					acc.Update(s.Service.Name, changed)
				}
			}
		}
		at := second(w.t)
		got := acc.Status(&o, at, at)
		var want [2]ObjectiveStatus
		for i, p := range o.Parts {
			single := *terms
			single.Service = p.Service
			single.Objectives = []Objective{{Name: "one", Target: One / 2, Window: o.Window}}
			want[i] = NewAccount(&single, layout, h).Status(&single.Objectives[0], at, at)
		}
		sum := func(f func(ObjectiveStatus) Fraction) Fraction {
			a, b := f(want[0]), f(want[1])
			x, y := o.Parts[0].Weight, o.Parts[1].Weight
			return Fraction{x*a.Part + y*b.Part, x*a.Whole + y*b.Whole}
		}
		if want := sum(func(st ObjectiveStatus) Fraction { return st.Availability }); got.Availability != want {
			t.Fatalf("availability %v, of the parts %v", got.Availability, want)
		}
		if want := sum(func(st ObjectiveStatus) Fraction { return st.Worst }); got.Worst != want {
			t.Fatalf("worst %v, of the parts %v", got.Worst, want)
		}
		if f := want[0].Figures.plus(want[1].Figures); got.Figures != f {
			t.Fatalf("times %+v, of the parts %+v", got.Figures, f)
		}
		down := time.Duration(0)
		for i, v := range got.Outages {
			down += v.Length()
			if i > 0 && v.From < got.Outages[i-1].From {
				t.Fatal("outages are out of order")
			}
		}
		if down != got.Down {
			t.Fatalf("outages sum to %v, down is %v", down, got.Down)
		}
	})
}

// Terms hold from and to an instant: what lies outside is not agreed time, and
// spends no cap.
func TestTerm(t *testing.T) {
	day := Interval{second(0), second(86400)}
	from, to := second(6*3600), second(18*3600)
	a := &Agreement{Service: "s", Zone: time.UTC, MaintenanceCap: &MaintenanceCap{Time: time.Hour, Per: Day}}
	ms := []*Maintenance{
		{Services: []string{"s"}, Once: &Interval{second(0), second(2 * 3600)}},
		{Services: []string{"s"}, Once: &Interval{second(17 * 3600), second(20 * 3600)}},
	}
	for _, c := range []struct {
		name             string
		from, to         *Instant
		agreed, excluded time.Duration
	}{
		{"for good", nil, nil, 23 * time.Hour, time.Hour},
		{"from", &from, nil, 17 * time.Hour, time.Hour},
		{"to", nil, &to, 17 * time.Hour, time.Hour},
		{"both", &from, &to, 11 * time.Hour, time.Hour},
		{"never", &to, &to, 0, 0},
	} {
		a.From, a.To = c.from, c.to
		g := NewAgreed(a, ms, day)
		if agreed, excluded := g.In(day); agreed != c.agreed || excluded != c.excluded {
			t.Errorf("%s: %v agreed and %v excluded, want %v and %v", c.name, agreed, excluded, c.agreed, c.excluded)
		}
	}
}
