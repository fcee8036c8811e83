package capacity

import (
	"math"
	"slices"
)

// What makes a change of growth certain enough to forget the growth before it.
const (
	breakSpreads = 5     // so many times the usual spread of slopes
	breakDays    = 3     // on so many days in a row
	slopeDays    = 7     // of each slope: whole weeks, so that weekends do not matter
	breakHistory = 4 * 7 // days of history, to know what is usual
)

// newGrowth reports whether the slope of the last week, seen today and on the
// two days before, lies far from all that is usual for a week of the series: a
// leak has begun, or has ended.
func newGrowth(p *past) bool {
	days := daily(p.joined, p.now)
	if len(days) < breakHistory {
		return false
	}
	var slopes []float64
	for i := slopeDays; i <= len(days); i++ {
		slopes = append(slopes, slope(days[i-slopeDays:i]))
	}
	last := slices.Clone(slopes[len(slopes)-breakDays:])
	middle := median(slices.Clone(slopes))
	bound := breakSpreads * spread(slopes)
	for _, s := range last {
		if math.Abs(s-middle) <= bound || (s > middle) != (last[0] > middle) {
			return false
		}
	}
	return true
}

// recent are the methods that see the last week's growth.
func recent(cycle int) []int {
	var out []int
	for i, m := range methods() {
		if m.joined && m.trend && m.days == slopeDays && m.cycle == cycle {
			out = append(out, i)
		}
	}
	return out
}
