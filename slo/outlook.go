package slo

import "math/bits"

// Outlook is the verdict that an objective's present window ends with if the
// service is up for the rest of it, with what is known at t. Where that is
// Missed, nothing but other news of the past can save the target. Nothing is
// left of a rolling window: its outlook is its verdict.
func (a *Account) Outlook(o *Objective, t Instant) Verdict {
	var buf [8]mark
	view := a.at(t, buf[:0])
	window := o.Window.At(t, a.Agreement.Zone)
	if t < window.To {
		view.forgive()
	}
	coverage := view.figures(window).Coverage() // what no mark covers is up
	tally := view.tally(o, window)
	if o.Method == ByOccurrences {
		so := Interval{window.From, min(t, window.To)}
		left, _ := a.agreed.In(Interval{so.To, window.To})
		known := view.figures(so)
		tally = view.tally(o, so).occurrences.projected(ms(known.Up+known.Down), ms(left))
	}
	availability := tally.availability[a.Agreement.Unknown]
	sufficient := coverage.Valid() && coverage.Compare(a.Agreement.MinCoverage) >= 0 && availability.Valid()
	return verdict(sufficient, o.Target, availability, tally.availability[UnknownUp], tally.availability[UnknownDown])
}

// forgive judges the stretch that is open as if an up came now.
func (w view) forgive() {
	for i, m := range w.open {
		if m.as == asUnknown && w.a.service.State(m.From) == Down {
			w.open[i].as = asForgiven
		}
	}
}

// maxProjected bounds the measurements still to come.
const maxProjected = 1 << 50

// projected adds the ups still to come in what is left: as many measurements
// in each millisecond as there were in those of which something is known.
func (c *OccurrenceCount) projected(known, left int64) tally {
	up := c.Up
	if n := c.Up + c.Down + c.Unknown; known > 0 && left > 0 {
		more := uint64(maxProjected)
		if hi, lo := bits.Mul64(uint64(n), uint64(left)); hi < uint64(known) {
			q, _ := bits.Div64(hi, lo, uint64(known))
			more = min(more, q)
		}
		up += int64(more)
	}
	return tally{availability: shares(up, c.Down, c.Unknown), occurrences: c}
}
