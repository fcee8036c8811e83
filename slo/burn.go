package slo

import "time"

// BurnRates is how fast the budget of an objective went over each of the
// windows that end at t: the share of the window that was bad over the share
// that may be. What is unknown was not seen to be bad, so it burns nothing,
// unless the agreement counts it as down: forty seconds of measurements say
// little of an hour, and an hour's rate is the share of the budget that the
// hour took. A target of 100 % has no budget, so any bad at all burns it
// infinitely fast; that is told as MaxBurn. A promised number of outages burns
// at no rate.
func (a *Account) BurnRates(o *Objective, t Instant, windows []time.Duration) []Burn {
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	out := make([]Burn, len(windows))
	unknown := a.Agreement.Unknown
	if unknown == UnknownExcluded {
		unknown = UnknownUp
	}
	for i, w := range windows {
		tally := look.tally(Interval{t.Add(-w), t})
		known := tally.availability[a.Agreement.Unknown].Valid() && o.Method != ByOutages
		out[i] = Burn{Window: w, Known: known, Rate: burnRate(tally.availability[unknown], o.Target)}
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
