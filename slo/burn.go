package slo

import "time"

// BurnRates is how fast the budget of an objective went over each of the
// windows that end at t: the share of the window that was bad over the share
// that may be. A window is a length of agreed time, so that the hour before
// Monday 08:05 is Monday's first five minutes and Friday's last 55; of a
// composite it is the agreement's own service that keeps the clock. What is
// unknown was not seen to be bad, so it burns nothing, unless the agreement
// counts it as down: forty seconds of measurements say little of an hour, and
// an hour's rate is the share of the budget that the hour took. For the same
// reason time before the terms began burns nothing. A target of 100 % has no
// budget, so any bad at all burns it infinitely fast; that is told as MaxBurn.
// A promised number of outages burns at no rate. Of requests the share of bad
// ones among those that are known burns.
func (a *Account) BurnRates(o *Objective, t Instant, windows []time.Duration) []Burn {
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	out := make([]Burn, len(windows))
	unknown := a.Agreement.Unknown
	switch {
	case o.Method == ByRequests: // its newest increments are always still to come
		unknown = UnknownExcluded
	case unknown == UnknownExcluded:
		unknown = UnknownUp
	}
	for i, w := range windows {
		from, found := a.agreed.Back(t, w)
		tally := look.tally(Interval{from, t})
		known := tally.availability[a.Agreement.Unknown].Valid() && o.Method != ByOutages
		rate := burnRate(tally.availability[unknown], o.Target)
		if found < w && rate < MaxBurn {
			rate *= float64(found) / float64(w)
		}
		out[i] = Burn{Window: w, Known: known, Rate: rate}
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
