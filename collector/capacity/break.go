package capacity

import (
	"math"
	"slices"
)

// What makes a change of growth certain enough to forget the growth before it.
const (
	breakSpreads = 5     // so many times the usual spread of slopes
	breakHistory = 4 * 7 // days of history, to know what is usual
	breakReach   = 8 * 7 // days back that the change is looked for
	breakWhole   = 7     // slopes over more than a week want so many times their length of history
)

// Lengths of the slopes that show a change of growth, in days. Those of a
// series with a season are whole weeks, so that weekends do not matter.
const (
	shortSlope = 4
	weekSlope  = 7
	longSlope  = 14
)

// newGrowth is for how many days the series has grown as it does now, where
// that lies far from all that was usual for it: a leak has begun, or has
// ended. It is 0 where nothing tells so.
func newGrowth(p *past, cycle int) int {
	days := daily(p.joined, p.now)
	if len(days) < breakHistory {
		return 0
	}
	if cycle > 0 {
		if unusual(days, weekSlope, 3) {
			return weekSlope
		}
		return 0
	}
	for n := longSlope; n >= shortSlope; n-- {
		if (n <= weekSlope || len(days) >= breakWhole*n) && unusual(days, n, 2) {
			return sinceBend(days[max(0, len(days)-breakReach):])
		}
	}
	return 0
}

// unusual reports whether the slope of the last n days, seen today and on all
// of the last so many days, lies far to one side of what is usual for n days.
func unusual(days []point, n, seen int) bool {
	var slopes []float64
	for i := n; i <= len(days); i++ {
		slopes = append(slopes, slope(days[i-n:i]))
	}
	last := slices.Clone(slopes[len(slopes)-seen:])
	middle := median(slices.Clone(slopes))
	bound := breakSpreads * spread(slopes)
	for _, s := range last {
		if math.Abs(s-middle) <= bound || (s > middle) != (last[0] > middle) {
			return false
		}
	}
	return true
}

// sinceBend is how many days ago the growth changed: where two lines, one
// before and one after, leave the least.
func sinceBend(days []point) int {
	best, least := shortSlope, math.Inf(1)
	for n := shortSlope; n <= len(days)-shortSlope; n++ {
		k := len(days) - n
		if e := leaves(days[:k]) + leaves(days[k:]); e < least {
			best, least = n, e
		}
	}
	return best
}

// leaves is the sum of the distances of points from their line.
func leaves(points []point) float64 {
	l := anchored(points, slope(points), points[0].hour, points[len(points)-1].hour)
	sum := 0.0
	for _, p := range points {
		sum += math.Abs(p.level - l.at(p.hour))
	}
	return sum
}

// recent are the methods that see the last week's growth: their errors stand
// for those of any growth that is new.
func recent(cycle int) []int {
	var out []int
	for i, m := range methods() {
		if m.joined && m.trend && m.days == weekSlope && m.cycle == cycle {
			out = append(out, i)
		}
	}
	return out
}
