package capacity

import (
	"math"
	"slices"
)

// shift is a change of level that is not growth: a cleanup, a resize.
type shift struct {
	hour int     // the first at the new level
	by   float64 // new level less old
}

// Bounds of what counts as a shift.
const (
	shiftSpreads = 6    // so many times the usual step between one day and the next
	shiftShare   = 0.02 // of the range that the series moves in
	shiftEnough  = 22   // hours with readings in the day on either side
)

// burst is how long one lasts at most, in hours.
const burst = 3 * day

// step is the change of level around one hour: the median of the day from it
// less that of the day before.
type step struct {
	hour int
	by   float64
}

// shifts finds level shifts: hours around which the medians of whole days
// differ by far more than they usually do from one day to the next, so that
// neither a daily cycle nor a burst of some hours is one. What comes again a
// day or a week later is a season, and no shift.
func shifts(points []point) []shift {
	steps := daySteps(points)
	if len(steps) < 2*shiftEnough {
		return nil
	}
	sizes := make([]float64, len(steps))
	for i, s := range steps {
		sizes[i] = s.by
	}
	usual := median(slices.Clone(sizes))
	bound := max(shiftSpreads*spread(sizes), shiftShare*breadth(points))
	if bound == 0 {
		return nil
	}
	var found []shift
	for i := 0; i < len(steps); {
		if math.Abs(steps[i].by-usual) <= bound {
			i++
			continue
		}
		end := runEnd(steps, i, usual, bound)
		found = append(found, locate(points, steps[i:end], usual))
		i = end
	}
	found = withoutBursts(found)
	return slices.DeleteFunc(found, recurring(slices.Clone(found)))
}

// withoutBursts leaves out what went up and soon after came down again, or the
// other way round: medians live with it.
func withoutBursts(found []shift) []shift {
	var out []shift
	for _, s := range found {
		if n := len(out); n > 0 {
			last := out[n-1]
			if back := -s.by / last.by; s.hour-last.hour <= burst && back > 0.5 && back < 2 {
				out = out[:n-1]
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// daySteps are the steps around each hour that has readings enough in the day
// before it and in that from it.
func daySteps(points []point) []step {
	var out []step
	for i := 1; i < len(points); i++ {
		h := points[i].hour
		before, after := within(points[max(0, i-day):i], h-day, h), within(points[i:min(len(points), i+day)], h, h+day)
		if len(before) >= shiftEnough && len(after) >= shiftEnough {
			out = append(out, step{h, median(levels(after)) - median(levels(before))})
		}
	}
	return out
}

// breadth is how far apart the fifth and the 95th percentile of the levels lie.
func breadth(points []point) float64 {
	all := levels(points)
	n := len(all)
	return nth(all, (n-1)*95/100) - nth(all, (n-1)*5/100)
}

// runEnd is the end of the run of steps from i that are beyond bound on the
// same side and no more than a day apart.
func runEnd(steps []step, i int, usual, bound float64) int {
	up := steps[i].by > usual
	end := i + 1
	for end < len(steps) && steps[end].hour-steps[end-1].hour <= day &&
		math.Abs(steps[end].by-usual) > bound && (steps[end].by > usual) == up {
		end++
	}
	return end
}

// locate puts a shift at the largest change from one hour to the next in a run
// of steps. Its size is that of the largest step, without the usual growth.
func locate(points []point, run []step, usual float64) shift {
	largest := slices.MaxFunc(run, func(a, b step) int {
		return compareSize(a.by-usual, b.by-usual)
	})
	by := largest.by - usual
	at, most := largest.hour, 0.0
	near := within(points, run[0].hour-1, run[len(run)-1].hour+1)
	for i := 1; i < len(near); i++ {
		if d := near[i].level - near[i-1].level; d*by > 0 && math.Abs(d) > most {
			at, most = near[i].hour, math.Abs(d)
		}
	}
	return shift{at, by}
}

func compareSize(a, b float64) int {
	switch a, b = math.Abs(a), math.Abs(b); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// recurring reports of a shift whether one like it lies a day or a week from it.
func recurring(all []shift) func(shift) bool {
	return func(s shift) bool {
		return slices.ContainsFunc(all, func(o shift) bool {
			apart, alike := max(o.hour-s.hour, s.hour-o.hour), o.by/s.by
			again := between(apart, day-3, day+3) || between(apart, week-12, week+12)
			return again && alike > 0.5 && alike < 2
		})
	}
}

func between(v, low, high int) bool { return low <= v && v <= high }

// join moves what lies before each shift to the level after it, so that growth
// is left and jumps are gone.
func join(points []point, found []shift) []point {
	out := slices.Clone(points)
	next := len(found)
	by := 0.0
	for i := len(out) - 1; i >= 0; i-- {
		for next > 0 && out[i].hour < found[next-1].hour {
			next--
			by += found[next].by
		}
		out[i].level += by
	}
	return out
}
