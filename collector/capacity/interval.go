package capacity

import (
	"math"
	"slices"
)

// outside is the share of cases on either side of an interval.
const outside = 0.1

// bands are how far below and above a forecast the truth was, by hours ahead.
type bands []band

// band is the interval around a forecast at one time ahead.
type band struct {
	hours     int
	low, high float64 // low <= 0 <= high
}

// bands are the quantiles of the methods' own errors at each horizon that it was
// tried over, widened for how few of them there are (split conformal
// prediction, one set of errors for each horizon). They never narrow with time.
func (b *backtest) bands(chosen []int) bands {
	var out bands
	for _, d := range horizons() {
		errs := b.together(chosen, d)
		if len(errs) < 4 {
			continue
		}
		n := band{d * day, lowOf(errs), highOf(errs)}
		if len(out) > 0 {
			last := out[len(out)-1]
			n.low, n.high = math.Min(n.low, last.low), math.Max(n.high, last.high)
		}
		out = append(out, n)
	}
	return out
}

// highOf is the conformal quantile of errors above, at least 0.
func highOf(errs []float64) float64 {
	sorted := slices.Sorted(slices.Values(errs))
	k := int(math.Ceil(float64(len(sorted)+1) * (1 - outside)))
	return math.Max(0, sorted[min(k, len(sorted))-1])
}

// lowOf is highOf of what is below.
func lowOf(errs []float64) float64 {
	turned := make([]float64, len(errs))
	for i, e := range errs {
		turned[i] = -e
	}
	return -highOf(turned)
}

// at is the interval some hours ahead: between two horizons on the line between
// them, beyond the last one growing as time does.
func (b bands) at(hours int) (low, high float64) {
	if len(b) == 0 {
		return 0, 0
	}
	i, _ := slices.BinarySearchFunc(b, hours, func(x band, h int) int { return x.hours - h })
	switch last := b[len(b)-1]; {
	case i == 0:
		return b[0].low, b[0].high
	case i == len(b):
		k := float64(hours) / float64(last.hours)
		return last.low * k, last.high * k
	}
	p, q := b[i-1], b[i]
	k := float64(hours-p.hours) / float64(q.hours-p.hours)
	return p.low + k*(q.low-p.low), p.high + k*(q.high-p.high)
}
