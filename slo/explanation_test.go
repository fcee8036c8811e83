package slo

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The pieces of an explanation sum up to the figures of the status, however
// much is left out of its lists.
func TestExplanationSumsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		drawTerms(t, &w)
		drawCounts(t, &w)
		r := NewReplay(w.catalog, second(w.t))
		for _, s := range w.said {
			r.Add(s.record())
		}
		limit := rapid.SampledFrom([]int{1, 2, 5, 1000}).Draw(t, "limit")
		a := w.catalog.Agreements[0]
		for i := range a.Objectives {
			x := r.Explain(a, &a.Objectives[i], second(w.t), limit)
			var sum Figures
			outages := 0
			for _, s := range x.Services {
				sum = sum.plus(s.Figures)
				outages += len(s.Down.Listed) + s.Down.Omitted.Count
				checkSums(t, x, &s, limit)
			}
			if sum != x.Status.Figures {
				t.Fatalf("the services have %+v, the figure %+v", sum, x.Status.Figures)
			}
			if outages != len(x.Status.Outages) {
				t.Fatalf("%d outages are explained, the figure has %d", outages, len(x.Status.Outages))
			}
			checkWitness(t, x, &w)
			checkCounts(t, x, &w, limit)
		}
	})
}

// drawTerms gives the world's agreement hours, terms, notice, a cap and
// exclusions after the fact.
func drawTerms(t *rapid.T, w *world) {
	a := w.catalog.Agreements[0]
	if rapid.Bool().Draw(t, "hours") {
		a.Hours = &Calendar{Zone: time.UTC, Week: [7][]DaySpan{time.Wednesday: {{0, 2 * time.Minute}, {3 * time.Minute, 6 * time.Minute}}}}
	}
	if rapid.Bool().Draw(t, "term") {
		from := second(rapid.IntRange(0, 200).Draw(t, "from"))
		a.From = &from
	}
	if rapid.Bool().Draw(t, "cap") {
		a.MaintenanceCap = &MaintenanceCap{Time: time.Duration(rapid.IntRange(0, 100).Draw(t, "capped")) * time.Second, Per: Day}
	}
	notice := time.Minute
	if rapid.Bool().Draw(t, "notice") {
		a.MaintenanceNotice = &notice
		announced := second(100)
		for _, m := range w.catalog.Maintenances {
			m.Announced = &announced
		}
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "exclusions") {
		from := rapid.IntRange(0, worldSeconds-1).Draw(t, "excluded")
		a.Exclusions = append(a.Exclusions, &Exclusion{Name: fmt.Sprint(n), Cause: ExclusionCause(rapid.IntRange(0, 2).Draw(t, "cause")),
			Interval: Interval{second(from), second(from + rapid.IntRange(1, 100).Draw(t, "length"))}})
	}
	if rapid.Bool().Draw(t, "composite") {
		w.catalog.Services = append([]*Service{{Name: "r", Up: Expr{Probe: "b"}}}, w.catalog.Services...)
		a.Objectives = append(a.Objectives, Objective{Name: "both", Target: One / 2, Method: Composite, Window: a.Objectives[0].Window, Parts: []Part{{"r", 2}, {"s", 1}}})
	}
}

func (s spoken) record() Record {
	return Record{
		ID:          ID{Agent: s.probe + s.location + s.agent, Seq: s.seq},
		Measurement: &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome, Latency: s.latency()},
	}
}

func checkSums(t *rapid.T, x *Explanation, s *ExplainedService, limit int) {
	if all := s.Time.BeyondTerms + s.Time.OutsideHours + s.Time.Excluded + s.Time.Agreed; all != x.So.Length() {
		t.Fatalf("the window is %v, its parts %+v", x.So.Length(), s.Time)
	}
	if s.Agreed != s.Up+s.Down.sum()+s.Unknown.sum() || s.Figures.Down != s.Down.sum() || s.Figures.Unknown != s.Unknown.sum() || s.Figures.Forgiven != s.Forgiven.sum() {
		t.Fatalf("down %v, unknown %v and forgiven %v are explained, the figure says %+v", s.Down.sum(), s.Unknown.sum(), s.Forgiven.sum(), s.Figures)
	}
	course, at := map[Counting]time.Duration{}, x.So.From
	for _, c := range s.Course {
		if c.From < at || c.Empty() {
			t.Fatalf("the course %v is not in order", s.Course)
		}
		course[c.As] += c.Length()
		at = c.To
	}
	if f := s.Figures; course[CountedDown] != f.Down || course[CountedUnknown] != f.Unknown || course[CountedForgiven] != f.Forgiven || course[CountedExcluded] != f.Excluded || course[CountedUp] != f.Up-f.Forgiven {
		t.Fatalf("the course sums up to %v, the figures are %+v", course, f)
	}
	excluded := s.TakenOutOmitted.Length
	for _, o := range s.TakenOut {
		excluded += o.Excluded
		if o.Hours != o.Excluded+o.OverCap+o.Covered+o.Refused || min(o.Excluded, o.OverCap, o.Covered, o.Refused) < 0 {
			t.Fatalf("an occurrence does not sum up: %+v", o)
		}
	}
	if excluded != s.Figures.Excluded {
		t.Fatalf("%v of exclusions are explained, the figure says %v", excluded, s.Figures.Excluded)
	}
	for _, list := range []ExplainedStretches{s.Down, s.Unknown, s.Forgiven} {
		if len(list.Listed) > limit {
			t.Fatalf("%d stretches are listed, at most %d were asked for", len(list.Listed), limit)
		}
		for _, v := range list.Listed {
			for _, p := range v.Probes {
				if p.sum() != v.Length() {
					t.Fatalf("probe %s has %v of a stretch of %v", p.Probe.Name, p.StateTimes, v.Length())
				}
			}
		}
	}
}

func (s ExplainedStretches) sum() time.Duration {
	sum := s.Omitted.Length
	for _, v := range s.Listed {
		sum += v.Length()
	}
	return sum
}

func (s StateTimes) sum() time.Duration { return s.Up + s.Down + s.Unknown }

// checkWitness holds the edges of every word against a look at each
// measurement.
func checkWitness(t *rapid.T, x *Explanation, w *world) {
	witness := NewWitness(x)
	for _, s := range w.said {
		witness.Add(s.record())
		witness.Add(s.record()) // a repeat counts once
	}
	witness.Finish(MinInstant)
	for _, s := range x.Services {
		for _, list := range []ExplainedStretches{s.Down, s.Unknown, s.Forgiven} {
			for _, v := range list.Listed {
				for _, p := range v.Probes {
					for _, l := range p.Locations {
						for _, word := range l.Words {
							checkEdges(t, v.Interval, p.Probe.Name, l.Location, &word, w)
						}
					}
				}
			}
		}
	}
}

func checkEdges(t *rapid.T, v Interval, probe, location string, word *ExplainedWord, w *world) {
	var want Edges
	for _, s := range w.said {
		rec := s.record()
		if s.probe != probe || s.location != location || rec.Agent != word.Agent {
			continue
		}
		said := &Said{rec.ID, *rec.Measurement}
		switch {
		case said.At < v.From:
			want.Before = later(want.Before, said)
		case said.At >= v.To:
			want.After = earlier(want.After, said)
		default:
			want.in(said)
		}
	}
	got := word.Edges
	same := func(a, b *Said) bool { return a == nil && b == nil || a != nil && b != nil && a.ID == b.ID }
	if got == nil || !same(got.Before, want.Before) || !same(got.First, want.First) || !same(got.Worst, want.Worst) ||
		!same(got.Last, want.Last) || !same(got.After, want.After) || got.OccurrenceCount != want.OccurrenceCount {
		t.Fatalf("%s from %s by %s in %v: %+v, the measurements say %+v", probe, location, word.Agent, v, got, want)
	}
}

// A gap explains a stretch when it lies between the numbers of the
// measurements around it, and in their epoch.
func TestWitnessGaps(t *testing.T) {
	c := &Catalog{
		Probes:   []*Probe{{Name: "web", Hold: 10 * time.Second, Confirm: 1, Locations: Locations{From: []string{"eu", "us"}, Min: 1, Quorum: Any}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "g", Service: "s", Zone: time.UTC,
			Objectives: []Objective{{Name: "o", Window: Window{Rolling: 100 * time.Second}}}}},
	}
	recs := []Record{
		{ID: ID{"a", "e", 1}, Measurement: &Measurement{Probe: "web", Location: "eu", At: second(0), Outcome: Up}},
		{ID: ID{"a", "e", 9}, Measurement: &Measurement{Probe: "web", Location: "eu", At: second(90), Outcome: Up}},
		{ID: ID{"a", "e", 10}, Gap: &Gap{From: 2, To: 8, At: second(95), Reason: GapDiskFull}},
		{ID: ID{"a", "e", 30}, Gap: &Gap{From: 20, To: 25, At: second(99), Reason: GapDiskFull}}, // later
		{ID: ID{"a", "f", 1}, Gap: &Gap{From: 3, To: 4, At: second(50), Reason: GapDiskFull}},    // another epoch
		{ID: ID{"b", "e", 1}, Gap: &Gap{From: 3, To: 4, At: second(50), Reason: GapDiskFull}},    // another agent
	}
	r := NewReplay(c, second(100))
	for _, rec := range recs {
		r.Add(rec)
	}
	x := r.Explain(c.Agreements[0], &c.Agreements[0].Objectives[0], second(100), 10)
	w := NewWitness(x)
	for _, rec := range recs {
		w.Add(rec)
	}
	w.Finish(MinInstant)
	unknown := x.Services[0].Unknown.Listed
	if len(unknown) != 1 || len(unknown[0].Probes[0].Locations) != 2 {
		t.Fatalf("unknown is %+v", unknown)
	}
	eu, us := unknown[0].Probes[0].Locations[0], unknown[0].Probes[0].Locations[1]
	if len(us.Words) != 0 || us.Location != "us" {
		t.Errorf("us, which is silent, says %+v", us)
	}
	if e := eu.Words[0].Edges; len(e.Gaps) != 1 || e.Gaps[0].From != 2 || e.Before.Seq != 1 || e.After.Seq != 9 {
		t.Errorf("the edges are %+v", e)
	}
	want := Interval{unknown[0].From.Add(-aroundStretch - 20*time.Second), second(100)}
	if v := w.Wants(); len(v) != 1 || v[0] != want {
		t.Errorf("the witness wants %v, not %v", v, want)
	}
}
