package capacity

import "math"

// horizons returns the times ahead, in days, that methods are tried over.
func horizons() []int { return []int{1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90} }

// trials is how many origins in the past a method is tried from.
const trials = 48

// minBefore is what history comes before a trial at least, in hours.
const minBefore = 2 * day

// near is how far from the least error a method's may be to have a say, in
// shares of it: the wider, the fewer days there are to tell methods apart by.
func near(days int) float64 { return 1.05 + 1/float64(days) }

// trial is an origin in the past with what was known there.
type trial struct {
	*past
	paths []path // by method; those without a line are not known
	known []bool
}

// backtest are the errors of each method from origins in the past.
type backtest struct {
	days    int // of history
	origins []trial
	judged  map[int][][]float64 // horizon in days, then method: what methods are chosen by
	all     map[int][][]float64 // likewise, for intervals
}

// newBacktest tries all methods from origins spread over the history. A quarter
// of it, at least minBefore, comes before the first.
//
// A method is not blamed for level shifts between the origin and the time it
// spoke of, unless shifts of that direction are usual in the series.
func newBacktest(points []point, found []shift) *backtest {
	first, last := points[0].hour, points[len(points)-1].hour
	b := &backtest{days: (last - first) / day, judged: map[int][][]float64{}, all: map[int][][]float64{}}
	begin := first + max(minBefore, (last-first)/4)
	stride := max(1, (last-day-begin)/trials) | 1 // odd, so that origins are at every hour of the day
	for now := begin; now <= last-day; now += stride {
		b.origins = append(b.origins, newTrial(newPast(points, found, now)))
	}
	rare, gap := rareShifts(points, found), usualGap(points)
	for _, d := range horizons() {
		b.all[d] = b.errors(points, d*day, gap, nil)
		b.judged[d] = b.errors(points, d*day, gap, rare)
	}
	return b
}

// usualGap is the median time between points, in hours.
func usualGap(points []point) int {
	gaps := make([]float64, len(points)-1)
	for i := range gaps {
		gaps[i] = float64(points[i+1].hour - points[i].hour)
	}
	return int(median(gaps))
}

func newTrial(p *past) trial {
	all := methods()
	t := trial{past: p, paths: make([]path, len(all)), known: make([]bool, len(all))}
	for i, m := range all {
		t.paths[i], t.known[i] = p.forecast(m)
	}
	return t
}

// rareShifts are those that are no part of how the series goes: all of them,
// unless there are several, all down or all up, that take away about what grows
// between them. A store that was emptied twice when it was full will be again.
func rareShifts(points []point, found []shift) []shift {
	if len(found) < 2 {
		return found
	}
	var net float64
	for _, s := range found {
		if (s.by > 0) != (found[0].by > 0) {
			return found
		}
		net += s.by
	}
	first, last := points[0].hour, points[len(points)-1].hour
	grown := slope(daily(join(points, found), last)) * float64(last-first)
	if -net > 0.5*grown && -net < 1.5*grown || -net < 0.5*grown && -net > 1.5*grown {
		return nil
	}
	return found
}

// errors are what was minus what was said some hours ahead, for each method
// one from each origin that it knows, without the shifts in between.
// What was is the first level within gap of that time.
func (b *backtest) errors(points []point, horizon, gap int, shifts []shift) [][]float64 {
	errs := make([][]float64, len(methods()))
	for _, t := range b.origins {
		target := within(points, t.now+horizon, t.now+horizon+gap)
		if len(target) == 0 {
			continue
		}
		was := target[0].level
		for _, s := range shifts {
			if t.now < s.hour && s.hour <= target[0].hour {
				was -= s.by
			}
		}
		for i, path := range t.paths {
			if t.known[i] {
				errs[i] = append(errs[i], was-path.at(target[0].hour))
			}
		}
	}
	return errs
}

// choose returns the methods whose error, over all horizons and each as a share
// of the first method's, is near the least.
func (b *backtest) choose() []int {
	errs := map[int]float64{0: 1}
	least := 1.0
	for i := range methods() {
		if e, ok := b.relative(i); ok {
			errs[i] = e
			least = min(least, e)
		}
	}
	var out []int
	for i := range methods() {
		if e, ok := errs[i]; ok && e <= least*near(b.days) {
			out = append(out, i)
		}
	}
	return out
}

// relative is the error of a method as a share of the first one's, over the
// origins that both know.
func (b *backtest) relative(i int) (float64, bool) {
	var sum float64
	n := 0
	for _, d := range horizons() {
		own, first, ok := b.pair(d, i)
		if !ok {
			continue
		}
		sum += math.Min(own/first, 10)
		n++
	}
	return sum / float64(max(n, 1)), n > 0
}

// pair are the mean absolute errors of a method and of the first one at a
// horizon, over the later origins that both know.
func (b *backtest) pair(d, i int) (own, first float64, ok bool) {
	errs := b.judged[d]
	if len(errs[i]) == 0 || 2*len(errs[i]) < len(errs[0]) {
		return 0, 0, false
	}
	own, first = meanAbs(errs[i]), meanAbs(errs[0][len(errs[0])-len(errs[i]):])
	return own, first, first > 0
}

func meanAbs(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Abs(v)
	}
	return sum / float64(len(values))
}

// together are the errors of the mean of some methods at a horizon, one for
// each origin that at least one of them knows, the later ones last.
func (b *backtest) together(chosen []int, d int) []float64 {
	most := 0
	for _, i := range chosen {
		most = max(most, len(b.all[d][i]))
	}
	out := make([]float64, most)
	for k := range out { // k-th from the end
		n := 0
		for _, i := range chosen {
			if e := b.all[d][i]; k < len(e) {
				out[most-1-k] += e[len(e)-1-k]
				n++
			}
		}
		out[most-1-k] /= float64(n)
	}
	return out
}
