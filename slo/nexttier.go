package slo

import (
	"math"
	"math/bits"
	"time"
)

// NextTier is how far the present window is from owing more.
type NextTier struct {
	End     Ratio         // what is owed if the service is up for the rest of the window
	Percent Ratio         // what is owed with Left
	Left    time.Duration // of further down in agreed time, with the rest of the window up
	// Probability is the chance that at least so much down comes in what is left
	// of the window: a compound Poisson process with the rate and the lengths of
	// the outages seen. It knows no trend, and nothing of what never happened.
	Probability float64
	Outages     int           // that it rests on
	Observed    time.Duration // known agreed time that they were seen in
}

// NextTier says how far the window that holds the instant before t is from
// owing more, from the outages since the instant of history on; nil where no
// further tier can be reached in it, or o earns no credits by time. The cover of
// the account's agreed time must hold both.
func (a *Account) NextTier(o *Objective, t, history Instant) *NextTier {
	c := a.Agreement.Credits
	if c == nil || c.Objective != o.Name || o.Method != ByTime || o.Window.Rolling > 0 {
		return nil
	}
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	window := o.Window.At(t, a.Agreement.Zone)
	look.forgive()
	end := look.tally(window).availability[a.Agreement.Unknown] // with all that is left up
	left, _ := a.agreed.In(Interval{t, window.To})
	percent, further, ok := c.further(end, left)
	if !ok {
		return nil
	}
	n := &NextTier{End: c.Owed(end), Percent: percent, Left: further}
	seen := Interval{history, t}
	f := look.figures(seen)
	n.Observed = f.Up + f.Down
	var lengths []time.Duration
	for _, v := range look.outages(seen) {
		lengths = append(lengths, v.Length())
	}
	n.Outages = len(lengths)
	n.Probability = chance(lengths, n.Observed, left, further)
	return n
}

// further is the least further down, at most left, from which on more is owed
// than for an availability of end, and how much.
func (c *Credits) further(end Fraction, left time.Duration) (Ratio, time.Duration, bool) {
	if !end.Valid() {
		return 0, 0, false
	}
	now, best, owed := c.Owed(end), int64(math.MaxInt64), Ratio(0)
	for _, t := range c.Tiers {
		for _, bound := range []*Ratio{t.Below, t.AtMost, t.Above, t.AtLeast} {
			if bound == nil {
				continue
			}
			// The part that the bound is: from there down, or just below it.
			part := floorOf(end.Whole, *bound)
			for _, x := range []int64{end.Part - part, end.Part - part + 1} {
				if x <= 0 || x > ms(left) || x > end.Part || x >= best {
					continue
				}
				if r := c.Owed(Fraction{end.Part - x, end.Whole}); r > now {
					best, owed = x, r
				}
			}
		}
	}
	return owed, time.Duration(best) * time.Millisecond, owed > 0
}

// floorOf is whole × r rounded down, for a ratio of at most one.
func floorOf(whole int64, r Ratio) int64 {
	hi, lo := bits.Mul64(uint64(whole), uint64(min(r, One)))
	q, _ := bits.Div64(hi, lo, uint64(One))
	return int64(q)
}

// chanceSteps is how finely outages are measured in the estimate.
const chanceSteps = 512

// chance is the probability that outages like these, seen in so much time, sum
// up to at least d in the time that is left: Panjer's recursion over lengths
// in units of d ÷ chanceSteps, rounded to the nearest (H. H. Panjer, Recursive
// evaluation of a family of compound distributions, ASTIN Bulletin 12, 1981).
func chance(lengths []time.Duration, seen, left, d time.Duration) float64 {
	if len(lengths) == 0 || seen <= 0 || left <= 0 {
		return 0
	}
	rate := float64(len(lengths)) * float64(left) / float64(seen) // outages to come
	unit := float64(d) / chanceSteps
	var severity [chanceSteps]float64 // by units; longer ones reach d alone
	for _, l := range lengths {
		if k := int(math.Round(float64(l) / unit)); k < chanceSteps {
			severity[k] += 1 / float64(len(lengths))
		}
	}
	var p [chanceSteps]float64
	p[0] = math.Exp(-rate * (1 - severity[0]))
	below := p[0]
	for n := 1; n < chanceSteps; n++ {
		for k := 1; k <= n; k++ {
			p[n] += float64(k) * severity[k] * p[n-k]
		}
		p[n] *= rate / float64(n)
		below += p[n]
	}
	return min(1, max(0, 1-below))
}
