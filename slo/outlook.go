package slo

import "math/bits"

// Outlook is the verdict that an objective's present window ends with if the
// service is up for the rest of it, with what is known at t. Where that is
// Missed, nothing but other news of the past can save the target. Nothing is
// left of a rolling window: its outlook is its verdict.
func (a *Account) Outlook(o *Objective, t Instant) Verdict {
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	window := o.Window.At(t, a.Agreement.Zone)
	if t < window.To {
		look.forgive()
	}
	coverage := look.figures(window).Coverage() // what no mark covers is up
	tally := look.tally(window)
	switch n := tally.counted(); {
	case tally.requests != nil:
		coverage, tally = a.requestsAhead(tally.requests, window)
	case n != nil:
		so := Interval{window.From, min(t, window.To)}
		left, _ := a.agreed.In(Interval{so.To, window.To})
		known := look.figures(so)
		tally = n.projected(ms(known.Up+known.Down), ms(left))
	}
	v, _ := tally.judge(o, a.Agreement, coverage)
	return v
}

// requestsAhead is what comes of requests if all that are still to be counted in
// the window are good, as many in their time as those that are known.
func (a *Account) requestsAhead(c *RequestCount, window Interval) (coverage Fraction, _ tally) {
	whole, _ := a.agreed.In(window)
	left := max(0, whole-c.Due)
	return Fraction{ms(c.Known + left), ms(whole)}, tally{availability: shares(c.Good+c.in(left), c.Bad, c.in(c.Due-c.Known))}
}

// counted is what was counted one by one, the good as Up and the bad as Down;
// nil of methods that do not count so.
func (t *tally) counted() *OccurrenceCount {
	if t.latency != nil {
		return &OccurrenceCount{t.latency.Within, t.latency.Slower, t.latency.Unknown}
	}
	return t.occurrences
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
