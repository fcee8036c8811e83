package evidence

import (
	"cmp"
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
	File   string // in the pack, with the record whole; "" outside of one
	Points []Point
}

// Point is one thing that an auditor looks at.
type Point struct {
	What string
	OK   bool
	Says string // what the record says, or what it lacks
}

// Sample is what was drawn, in the order of the incidents' beginning.
type Sample struct {
	Seed  uint64
	Of    int // how many there were
	Drawn []Sampled
}

// Draw takes a random sample, and says in a language what its records hold.
func Draw(cases []Case, s Sampling, l Language) Sample {
	order := slices.Clone(cases)
	slices.SortFunc(order, func(a, b Case) int { return strings.Compare(a.ID, b.ID) })
	r := rand.New(rand.NewPCG(s.Seed, 0))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	order = order[:min(max(s.Count, 0), len(order))]
	slices.SortFunc(order, func(a, b Case) int {
		return cmp.Or(cmp.Compare(a.Began, b.Began), strings.Compare(a.ID, b.ID))
	})
	out := Sample{s.Seed, len(cases), make([]Sampled, len(order))}
	for i := range order {
		out.Drawn[i] = Sampled{order[i], "", check{l, &order[i]}.points()}
	}
	return out
}

// check looks at the record of an incident as an auditor does.
type check struct {
	Language
	*Case
}

// points are what an auditor looks at.
func (c check) points() []Point {
	w := &c.Work
	out := []Point{
		c.point("recorded", c.Detected != 0, at(c.Detected)),
		c.ofWhole("priority", w.Priority != 0, w.Priority),
		c.ofWhole("taken", c.Acknowledged != 0 || w.Responded != 0, cmp.Or(c.AckedBy, w.Assignee)),
		c.ofWhole("assigned", w.Assignee != "", w.Assignee),
		c.point("resolved", c.Resolved != 0, at(c.Resolved)),
		c.cause(),
		c.order(),
	}
	if m := w.Major; m != nil {
		out = append(out, c.point("major", m.Owner != "" && m.Reviewed != 0, m.Owner, at(m.Reviewed)))
	}
	for _, k := range c.Clocks {
		says := "point.target.ok"
		if k.Missed() {
			says = "point.target.lacks"
		}
		out = append(out, Point{c.Text("point."+string(k.Kind), k.Agreement), !k.Missed(), c.Text(says, k.Elapsed, k.Target)})
	}
	return out
}

// point is one with a text of what the record says, and one of what it lacks.
func (c check) point(key string, ok bool, says ...any) Point {
	p := Point{What: c.Text("point." + key), OK: ok, Says: c.Text("point." + key + ".lacks")}
	if ok {
		p.Says = c.Text("point."+key+".ok", says...)
	}
	return p
}

// at is an instant as a text; of one that is not known it is not shown.
func at(i slo.Instant) string {
	if i == 0 {
		return ""
	}
	return i.String()
}

// ofWhole is a point that a part of another incident may leave to the whole.
func (c check) ofWhole(key string, ok bool, says ...any) Point {
	if whole := c.Work.Parent; whole != "" && !ok {
		return Point{c.Text("point." + key), true, c.Text("point.part", whole)}
	}
	return c.point(key, ok, says...)
}

// cause is whether people said what it was.
func (c check) cause() Point {
	what, r := c.Text("point.cause"), c.Work.Resolution
	switch {
	case c.Work.Parent != "":
		return Point{what, true, c.Text("point.cause.part", c.Work.Parent)}
	case r == nil:
		return Point{what, false, c.Text("point.cause.none")}
	case r.Cause == "":
		return Point{what, false, c.Text("point.cause.lacks", c.Term(string(r.Code)))}
	}
	return Point{what, true, c.Text("point.cause.ok", c.Term(string(r.Code)), r.Cause)}
}

// order is whether the times of the record can be true.
func (c check) order() Point {
	what, last := c.Text("point.order"), slo.Instant(0)
	for _, i := range []slo.Instant{c.Began, c.Detected, c.Resolved, c.Work.Closed} {
		if i != 0 && i < last {
			return Point{what, false, c.Text("point.order.lacks", at(i), at(last))}
		}
		last = max(last, i)
	}
	return Point{what, true, c.Text("point.order.ok")}
}

// Readiness is how an audit of a period would find the records.
type Readiness struct {
	Language
	Period   Period
	At       slo.Instant
	Since    slo.Instant // the ledger's first entry
	Findings []Finding
	Sample   Sample
	Unfit    []string // what is not as the ledger says, a sentence each
}

// MinDays is for how many days of records auditors usually ask.
const MinDays = 90

// Days is for how many whole days there are records.
func (r *Readiness) Days() int { return int(r.At.Sub(r.Since).Hours() / 24) }
