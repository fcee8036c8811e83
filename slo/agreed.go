package slo

import (
	"sort"
	"time"
)

// Agreed is an agreement's agreed time over a stretch of real time: the
// calendar's hours while its terms hold, minus the maintenance that counts and
// the time over a workload limit, with running sums, so that the agreed time of
// any window is two binary searches.
type Agreed struct {
	cover Interval
	spans []agreedSpan
}

// agreedSpan is a stretch inside the calendar's hours, agreed or taken out, with
// the sums of each before it.
type agreedSpan struct {
	Interval
	as     hoursAs
	before [3]time.Duration // by hoursAs
}

// hoursAs is what a stretch inside the calendar's hours counts as.
type hoursAs uint8

const (
	hoursAgreed   hoursAs = iota
	hoursExcluded         // taken out by maintenance, or after the fact
	hoursExempt           // over the workload limit
)

// NewAgreed lays out the agreed time of a over at least v. Caps, of maintenance
// and of credits, are spent from the beginning of their own period, so the
// cover may begin earlier than v does.
func NewAgreed(a *Agreement, ms []*Maintenance, v Interval) *Agreed {
	v = a.reach(v)
	g := &Agreed{cover: v}
	claims := a.claims(ms, v)
	out := claims.taken()
	for _, h := range claims.hours {
		g.cut(h, &out)
	}
	return g
}

// cut appends the hours h, divided by the exclusions that lie in them, which
// it takes from the front of out.
func (g *Agreed) cut(h Interval, out *[]Interval) {
	for len(*out) > 0 && (*out)[0].From < h.To {
		x := (*out)[0]
		g.append(Interval{h.From, x.From}, hoursAgreed)
		g.append(x, hoursExcluded)
		h.From = x.To
		*out = (*out)[1:]
	}
	g.append(h, hoursAgreed)
}

func (g *Agreed) append(v Interval, as hoursAs) {
	if v.Empty() {
		return
	}
	s := agreedSpan{Interval: v, as: as}
	if n := len(g.spans); n > 0 {
		s.before = g.spans[n-1].after()
	}
	g.spans = append(g.spans, s)
}

// after is the sums behind the span.
func (s agreedSpan) after() [3]time.Duration {
	sums := s.before
	sums[s.as] += s.Length()
	return sums
}

// limit keeps of the exclusions, oldest first, what the cap allows in each of
// its periods. An exclusion lies within the hours; it may cross periods.
func (c *MaintenanceCap) limit(out []Interval, zone *time.Location) []Interval {
	var kept []Interval
	var period Interval
	var left time.Duration
	for _, x := range out {
		for !x.Empty() {
			if !period.Contains(x.From) {
				period = c.Per.Holding(x.From, zone)
				left = c.Time
			}
			part := Interval{x.From, min(x.To, period.To)}
			if take := min(left, part.Length()); take > 0 {
				kept = append(kept, Interval{part.From, part.From.Add(take)})
				left -= take
			}
			x.From = part.To
		}
	}
	return kept
}

// intersect returns what two sorted lists of apart intervals share.
func intersect(a, b []Interval) []Interval {
	var out []Interval
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if x := a[i].Intersect(b[j]); !x.Empty() {
			out = append(out, x)
		}
		if a[i].To < b[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

// Cover is the time that the layout speaks of.
func (g *Agreed) Cover() Interval { return g.cover }

// Before returns the agreed and the excluded time between the beginning of
// the cover and i.
func (g *Agreed) Before(i Instant) (agreed, excluded time.Duration) {
	s := g.before(i)
	return s[hoursAgreed], s[hoursExcluded]
}

// before sums what lies between the beginning of the cover and i.
func (g *Agreed) before(i Instant) [3]time.Duration {
	n := g.index(i)
	if n == len(g.spans) {
		if n == 0 {
			return [3]time.Duration{}
		}
		return g.spans[n-1].after()
	}
	s := g.spans[n]
	sums := s.before
	sums[s.as] += max(0, i.Sub(s.From))
	return sums
}

// Exempt is how much of the calendar's hours in v is no agreed time since it is
// over the workload limit.
func (g *Agreed) Exempt(v Interval) time.Duration {
	if v.Empty() {
		return 0
	}
	return g.before(v.To)[hoursExempt] - g.before(v.From)[hoursExempt]
}

// index is the number of spans that end at or before i.
func (g *Agreed) index(i Instant) int {
	n := len(g.spans)
	if n > 0 && g.spans[n-1].From <= i { // now lies in the last one more often than not
		if g.spans[n-1].To > i {
			return n - 1
		}
		return n
	}
	return sort.Search(n, func(k int) bool { return g.spans[k].To > i })
}

// Back walks back from t by d of agreed time: it returns the latest instant
// with that much between it and t, and how much that is. Where the cover holds
// less than d before t, that is all of it, from the cover's beginning.
func (g *Agreed) Back(t Instant, d time.Duration) (from Instant, found time.Duration) {
	have, _ := g.Before(t)
	switch {
	case d <= 0:
		return t, 0
	case d > have:
		return min(t, g.cover.From), have
	}
	left := have - d // before the instant sought
	n := sort.Search(len(g.spans), func(k int) bool { return g.spans[k].before[hoursAgreed] > left })
	s := g.spans[n-1] // agreed: one that is taken out has as much before it as the next
	return s.From.Add(left - s.before[hoursAgreed]), d
}

// In returns the agreed and the excluded time inside v.
func (g *Agreed) In(v Interval) (agreed, excluded time.Duration) {
	if v.Empty() {
		return 0, 0
	}
	a0, x0 := g.Before(v.From)
	a1, x1 := g.Before(v.To)
	return a1 - a0, x1 - x0
}

// Intervals returns the agreed time inside v as maximal intervals.
func (g *Agreed) Intervals(v Interval) []Interval {
	var out []Interval
	g.within(v, func(x Interval) { out = append(out, x) })
	return out
}

// within calls f with each maximal interval of agreed time inside v, in order.
func (g *Agreed) within(v Interval, f func(Interval)) {
	var open Interval
	for _, s := range g.spans[g.index(v.From):] {
		if s.From >= v.To {
			break
		}
		x := s.Intersect(v)
		switch {
		case s.as != hoursAgreed || x.Empty():
		case open.To == x.From && !open.Empty():
			open.To = x.To
		default:
			if !open.Empty() {
				f(open)
			}
			open = x
		}
	}
	if !open.Empty() {
		f(open)
	}
}

// Agreed reports whether i is agreed time.
func (g *Agreed) Agreed(i Instant) bool {
	n := g.index(i)
	return n < len(g.spans) && g.spans[n].Contains(i) && g.spans[n].as == hoursAgreed
}
