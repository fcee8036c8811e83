package evidence

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Case is an incident with what its agreements ask for.
type Case struct {
	slo.Incident
	Clocks []slo.IncidentClock
}

// Sampling says how incidents are drawn. Equal seeds draw equal samples of
// equal records, so that an auditor can draw again.
type Sampling struct {
	Seed  uint64
	Count int
}

// Sampled is an incident of a sample with what an auditor looks at.
type Sampled struct {
	Case   Case
	Points []Point
}

// Point is one thing that an auditor looks at.
type Point struct {
	What string
	OK   bool
	Says string // what the record says, or what it lacks
}

// Draw takes a random sample, in the order of the incidents' beginning.
func Draw(cases []Case, s Sampling) []Sampled {
	order := slices.Clone(cases)
	slices.SortFunc(order, func(a, b Case) int { return strings.Compare(a.ID, b.ID) })
	r := rand.New(rand.NewPCG(s.Seed, 0))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	order = order[:min(max(s.Count, 0), len(order))]
	slices.SortFunc(order, func(a, b Case) int {
		if a.Began != b.Began {
			return int(a.Began - b.Began)
		}
		return strings.Compare(a.ID, b.ID)
	})
	out := make([]Sampled, len(order))
	for i, c := range order {
		out[i] = Sampled{c, points(&c)}
	}
	return out
}

// points are what an auditor looks at in the record of an incident.
func points(c *Case) []Point {
	w := &c.Work
	out := []Point{
		point("recorded", c.Detected != 0, "detected "+at(c.Detected), "it has no time of detection"),
		point("priority", w.Priority != 0, "priority "+string(rune('0'+w.Priority)), "nothing ranks it"),
		point("taken by a person", c.Acknowledged != 0 || w.Responded != 0, "by "+c.AckedBy, "nobody acknowledged it"),
		point("assigned", w.Assignee != "" || w.Parent != "", assigned(w), "nobody is named for it"),
		point("resolved", c.Resolved != 0, at(c.Resolved), "it is still open"),
		cause(w),
		order(c),
	}
	if m := w.Major; m != nil {
		out = append(out, point("major incident led and reviewed", m.Owner != "" && m.Reviewed != 0, "led by "+m.Owner+", reviewed "+at(m.Reviewed), "its review is not held"))
	}
	for _, k := range c.Clocks {
		out = append(out, point(string(k.Kind)+" target of "+k.Agreement, !k.Missed(), "kept: "+k.Elapsed.String()+" of "+k.Target.String(), "missed: "+k.Elapsed.String()+" of "+k.Target.String()))
	}
	return out
}

func point(what string, ok bool, says, lacks string) Point {
	if !ok {
		says = lacks
	}
	return Point{what, ok, says}
}

// at is an instant as a text; of one that is not known it is not shown.
func at(i slo.Instant) string {
	if i == 0 {
		return ""
	}
	return i.String()
}

func assigned(w *slo.Work) string {
	if w.Parent != "" {
		return "part of " + w.Parent
	}
	return "to " + w.Assignee
}

// cause is whether people said what it was.
func cause(w *slo.Work) Point {
	r := w.Resolution
	switch {
	case w.Parent != "":
		return Point{"cause", true, "that of " + w.Parent}
	case r == nil:
		return Point{"cause", false, "nobody said what it was"}
	case r.Cause == "":
		return Point{"cause", false, "closed as " + string(r.Code) + ", without a cause"}
	}
	return Point{"cause", true, string(r.Code) + ": " + r.Cause}
}

// order is whether the times of the record can be true.
func order(c *Case) Point {
	last := slo.Instant(0)
	for _, i := range []slo.Instant{c.Began, c.Detected, c.Resolved, c.Work.Closed} {
		if i != 0 && i < last {
			return Point{"times in order", false, at(i) + " comes after " + at(last)}
		}
		last = max(last, i)
	}
	return Point{"times in order", true, "began, detected, resolved and closed follow each other"}
}

// Readiness is how an audit of a period would find the records.
type Readiness struct {
	Period   Period
	At       slo.Instant
	Since    slo.Instant // the ledger's first entry
	Findings []Finding
	Sample   []Sampled
	Unfit    []string // what is not as the ledger says, a sentence each
}

// MinDays is for how many days of records auditors usually ask.
const MinDays = 90

// Days is for how many whole days there are records.
func (r *Readiness) Days() int { return int(r.At.Sub(r.Since).Hours() / 24) }
