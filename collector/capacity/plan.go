package capacity

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Plan is the forecast of a resource whose values are given by hand: those
// after at are what people plan with. A value holds until the next one.
func Plan(values []slo.CapacityValue, at slo.Instant) (f slo.Forecast, limit slo.Quantity) {
	next, found := slices.BinarySearchFunc(values, at, func(v slo.CapacityValue, at slo.Instant) int {
		switch {
		case v.At < at:
			return -1
		case v.At > at:
			return 1
		}
		return 0
	})
	if found {
		next++
	}
	f = slo.Forecast{At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackReadings}
	if next == 0 {
		return f, limit
	}
	now := values[next-1]
	f.Now, limit = now.Used, now.Limit
	if now.Used.Float() >= limit.Float() {
		f.Exhaustion, f.Lack = slo.LimitReached, ""
		return f, limit
	}
	if next == len(values) {
		f.Lack = slo.LackPlan
		return f, limit
	}
	f.Exhaustion, f.Lack = slo.NoTrend, ""
	f.LookAhead = values[len(values)-1].At.Sub(at)
	for _, v := range values[next:] {
		if v.Used.Float() >= v.Limit.Float() {
			f.Exhaustion, f.Expected, f.Early = slo.Exhausts, v.At, v.At
			break
		}
	}
	return f, limit
}
