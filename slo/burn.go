package slo

import "time"

// BurnRates is how fast the budget of an objective went over each of the
// windows that end at t: the share that was bad over the share that may be. A
// target of 100 % has no budget, so any bad at all burns it infinitely fast;
// that is told as MaxBurn.
func (a *Account) BurnRates(o *Objective, t Instant, windows []time.Duration) []Burn {
	var buf [8]mark
	view := a.at(t, buf[:0])
	out := make([]Burn, len(windows))
	for i, w := range windows {
		f := view.tally(o, Interval{t.Add(-w), t}).availability[a.Agreement.Unknown]
		out[i] = Burn{Window: w, Known: f.Valid(), Rate: burnRate(f, o.Target)}
	}
	return out
}

// MaxBurn is the burn rate of an objective without a budget.
const MaxBurn = 1e6

func burnRate(f Fraction, target Ratio) float64 {
	if !f.Valid() || f.Part == f.Whole {
		return 0
	}
	if target >= One {
		return MaxBurn
	}
	return min(MaxBurn, float64(f.Whole-f.Part)/float64(f.Whole)/(One-target).Float())
}
