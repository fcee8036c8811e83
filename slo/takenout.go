package slo

import (
	"cmp"
	"slices"
	"time"
)

// TakenOut is an occurrence of maintenance, or an exclusion after the fact,
// that touches a window, and what it took out of agreed time. Where several
// lie over each other the first has the time: Hours is the sum of Excluded,
// OverCap, Covered and Refused.
type TakenOut struct {
	Name string
	Interval
	Exclusion *Exclusion // nil of planned maintenance
	Announced *Instant   // of planned maintenance; nil where it never was
	Noticed   bool       // early enough for the agreement; true of an exclusion

	Hours    time.Duration // of it in the window so far, inside the calendar's hours and the terms
	Excluded time.Duration // taken out of agreed time
	OverCap  time.Duration // more than the cap of maintenance allows: agreed time
	Covered  time.Duration // that another one speaks for
	Refused  time.Duration // for want of notice
}

// takenOut lists what asks to take time out of v, with what each gets of it.
func (a *Account) takenOut(ms []*Maintenance, v Interval, c claims, limit int) ([]TakenOut, Omitted) {
	out := a.Agreement.asking(ms, v)
	hours := intersect(c.hours, []Interval{v})
	allowed := intersect(c.allowed, []Interval{v})
	over := subtract(intersect(c.planned, []Interval{v}), c.taken())
	after := subtract(intersect(c.after, []Interval{v}), c.allowed)
	for i := range out {
		x, from := &out[i], &allowed
		mine := intersect(hours, []Interval{x.Interval})
		x.Hours = length(mine)
		switch {
		case !x.Noticed:
			x.Refused = x.Hours
			continue
		case x.Exclusion != nil && x.Exclusion.Cause != LateMaintenance:
			from = &after
		default:
			x.OverCap = take(&over, mine)
		}
		x.Excluded = take(from, mine)
		x.Covered = x.Hours - x.Excluded - x.OverCap
	}
	return longest(out, limit, func(x TakenOut) time.Duration { return x.Hours }, func(x TakenOut) time.Duration { return x.Excluded })
}

// asking lists what asks to take time out of v, by beginning.
func (a *Agreement) asking(ms []*Maintenance, v Interval) []TakenOut {
	var out []TakenOut
	for _, m := range ms {
		if !m.Covers(a.Service) {
			continue
		}
		for _, o := range m.Occurrences(v) {
			out = append(out, TakenOut{Name: m.Name, Interval: o, Announced: m.Announced, Noticed: a.noticed(m, o)})
		}
	}
	for _, x := range a.Exclusions {
		if !x.Intersect(v).Empty() {
			out = append(out, TakenOut{Name: x.Name, Interval: x.Interval, Exclusion: x, Noticed: true})
		}
	}
	slices.SortStableFunc(out, func(x, y TakenOut) int { return cmp.Compare(x.From, y.From) })
	return out
}

// take takes what mine shares with what is left, and returns how much that is.
func take(left *[]Interval, mine []Interval) time.Duration {
	got := length(intersect(*left, mine))
	if got > 0 {
		*left = subtract(*left, mine)
	}
	return got
}

// subtract returns what of the intervals a lies in none of b; both are sorted
// and apart.
func subtract(a, b []Interval) []Interval {
	var out []Interval
	k := 0
	for _, x := range a {
		for k < len(b) && b[k].To <= x.From {
			k++
		}
		for n := k; n < len(b) && b[n].From < x.To; n++ {
			if before := (Interval{x.From, b[n].From}); !before.Empty() {
				out = append(out, before)
			}
			x.From = max(x.From, b[n].To)
		}
		if !x.Empty() {
			out = append(out, x)
		}
	}
	return out
}
