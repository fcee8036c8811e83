package slo

import "time"

// MaxRecurrence is the longest time on either side of a fix that is compared.
const MaxRecurrence = 90 * 24 * time.Hour

// Recurrence says how often a problem's incidents came before and after its
// fix.
type Recurrence struct {
	Before, After int           // all incidents before the fix, and from it on
	Span          time.Duration // the equal time compared on each side; 0 without a fix
	SpanBefore    int           // incidents in the span that ends at the fix
	SpanAfter     int           // and in the one that begins there
	Verdict       FixVerdict
}

// FixVerdict says whether a fix held.
type FixVerdict string

// The verdicts.
const (
	NotFixed     FixVerdict = "not_fixed"
	FixTooRecent FixVerdict = "too_recent" // nothing came back, but less time has passed than makes a problem
	FixHeld      FixVerdict = "held"
	FixFailed    FixVerdict = "recurred"
)

// FixVerdicts lists every verdict.
func FixVerdicts() []FixVerdict { return []FixVerdict{NotFixed, FixTooRecent, FixHeld, FixFailed} }

// Recurrence compares a problem's incidents that began before at. The spans on
// both sides of the fix are equally long, so that their counts compare as
// rates do: the time since the fix, MaxRecurrence at most. A fix held where
// nothing came back for within, the time in which repeated failures make a
// problem.
func (p *Problem) Recurrence(within time.Duration, at Instant) Recurrence {
	r := Recurrence{Verdict: NotFixed}
	fixed := p.Fixed != 0 && p.Fixed <= at
	if fixed {
		r.Span = min(at.Sub(p.Fixed), MaxRecurrence)
	}
	for _, i := range p.Incidents {
		switch {
		case i.Began >= at:
		case !fixed || i.Began < p.Fixed:
			r.Before++
			if fixed && i.Began >= p.Fixed.Add(-r.Span) {
				r.SpanBefore++
			}
		default:
			r.After++
			if i.Began < p.Fixed.Add(r.Span) {
				r.SpanAfter++
			}
		}
	}
	switch {
	case !fixed:
	case r.After > 0:
		r.Verdict = FixFailed
	case at.Sub(p.Fixed) < within:
		r.Verdict = FixTooRecent
	default:
		r.Verdict = FixHeld
	}
	return r
}

// Per30Days is how many of a count in the span come in 30 days, in hundredths,
// rounded down; 0 without a span.
func (r *Recurrence) Per30Days(count int) int64 {
	if r.Span < time.Millisecond {
		return 0
	}
	return int64(count) * 100 * (30 * 24 * time.Hour).Milliseconds() / r.Span.Milliseconds()
}
