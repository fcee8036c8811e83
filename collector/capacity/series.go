// Package capacity forecasts how resources are used: which level shifts a
// series has, how it grows apart from them, whether it has a season, and when
// it reaches its limit. Its functions are pure; reading series, storing
// forecasts and telling people is the caller's.
package capacity

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Reading is a value of a series at an instant.
type Reading struct {
	At    slo.Instant
	Value slo.Quantity
}

// MaxHistory is how much of a series a forecast looks at.
const MaxHistory = 120 * 24 * time.Hour

// hour is the grain of all that is forecast, in milliseconds. Instants in this
// package are whole hours since the epoch.
const hour = slo.Instant(time.Hour / time.Millisecond)

// day and week are counted in hours.
const (
	day  = 24
	week = 7 * day
)

// point is the median of the readings in one hour.
type point struct {
	hour  int
	level float64
}

// byHour is the median of each hour that has readings, in order. Readings
// after at, or older than MaxHistory, are left out.
func byHour(readings []Reading, at slo.Instant) []point {
	kept := make([]Reading, 0, len(readings))
	from := at.Add(-MaxHistory)
	for _, r := range readings {
		if from <= r.At && r.At <= at {
			kept = append(kept, r)
		}
	}
	slices.SortStableFunc(kept, func(a, b Reading) int { return cmp.Compare(a.At, b.At) })
	var out []point
	var levels []float64
	for i, r := range kept {
		levels = append(levels, r.Value.Float())
		if h := hourOf(r.At); i == len(kept)-1 || hourOf(kept[i+1].At) != h {
			out = append(out, point{h, median(levels)})
			levels = levels[:0]
		}
	}
	return out
}

// hourOf is the hour that an instant lies in.
func hourOf(at slo.Instant) int {
	h := at / hour
	if at%hour < 0 {
		h--
	}
	return int(h)
}

// within is the part of points with from <= hour < to.
func within(points []point, from, to int) []point {
	i, _ := slices.BinarySearchFunc(points, from, func(p point, h int) int { return cmp.Compare(p.hour, h) })
	j, _ := slices.BinarySearchFunc(points, to, func(p point, h int) int { return cmp.Compare(p.hour, h) })
	return points[i:max(i, j)]
}

// levels copies the levels of points.
func levels(points []point) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.level
	}
	return out
}

// median reorders values, of which there is at least one.
func median(values []float64) float64 {
	n := len(values)
	m := nth(values, n/2)
	if n%2 == 1 {
		return m
	}
	return m/2 + slices.Max(values[:n/2])/2
}

// spread is the median distance of values from their median, scaled to the
// standard deviation of a normal distribution. values is reordered.
func spread(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	m := median(values)
	for i, v := range values {
		values[i] = math.Abs(v - m)
	}
	return 1.4826 * median(values)
}

// nth reorders values so that the k-th smallest is at k, nothing greater
// before it, and returns it (Hoare's selection).
func nth(values []float64, k int) float64 {
	lo, hi := 0, len(values)-1
	for lo < hi {
		pivot := values[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return values[k]
		}
	}
	return values[k]
}
