package slo

import (
	"cmp"
	"slices"
)

// Formula is the version of the arithmetic behind the figures: that of
// docs/formats/availability.md. It changes when equal measurements under an
// equal catalogue give another figure, never for a figure that is new.
const Formula = "assay/v1"

// Counting is what a stretch of a window counts as.
type Counting string

// What a stretch can count as.
const (
	CountedUp       Counting = "up"
	CountedDown     Counting = "down"
	CountedUnknown  Counting = "unknown"
	CountedForgiven Counting = "forgiven" // down, and up only through the minimum outage
	CountedExcluded Counting = "excluded" // taken out of agreed time by maintenance
	CountedExempt   Counting = "exempt"   // taken out of agreed time by the workload limit
)

// CountedSpan is a stretch of a window and what it counts as.
type CountedSpan struct {
	Interval
	As Counting `json:"as"`
}

// Counted lists, with what is known at t, every stretch of v inside the
// calendar's hours that is not plainly up: those of agreed time in order, and
// then those that were taken out. v must lie in the cover of the
// account's agreed time.
func (a *Account) Counted(t Instant, v Interval) []CountedSpan {
	out := []CountedSpan{}
	v.To = min(v.To, t)
	if v.Empty() {
		return out
	}
	var buf [8]mark
	a.at(t, buf[:0]).each(v, func(m mark) {
		for _, i := range a.agreed.Intervals(m.Intersect(v)) {
			out = append(out, CountedSpan{i, m.as.counting()})
		}
	})
	for _, s := range a.agreed.spans[a.agreed.index(v.From):] {
		switch x := s.Intersect(v); {
		case x.Empty() || s.as == hoursAgreed:
		case s.as == hoursExempt:
			out = append(out, CountedSpan{x, CountedExempt})
		default:
			out = append(out, CountedSpan{x, CountedExcluded})
		}
	}
	return out
}

// Course is Counted with the stretches of agreed time that are plainly up, all
// in order of time.
func (a *Account) Course(t Instant, v Interval) []CountedSpan {
	counted := a.Counted(t, v)
	out, k := slices.Clone(counted), 0
	up := func(x Interval) {
		if !x.Empty() {
			out = append(out, CountedSpan{x, CountedUp})
		}
	}
	for _, agreed := range a.agreed.Intervals(Interval{v.From, min(v.To, t)}) {
		at := agreed.From
		for ; k < len(counted) && counted[k].As != CountedExcluded && counted[k].From < agreed.To; k++ {
			up(Interval{at, counted[k].From})
			at = counted[k].To
		}
		up(Interval{at, agreed.To})
	}
	slices.SortFunc(out, func(a, b CountedSpan) int { return cmp.Compare(a.From, b.From) })
	return out
}

// counting is the name of what a mark counts as.
func (c class) counting() Counting {
	switch c {
	case asDown:
		return CountedDown
	case asForgiven:
		return CountedForgiven
	}
	return CountedUnknown
}
