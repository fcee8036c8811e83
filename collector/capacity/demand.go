package capacity

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// DemandHistory is how much of the past Demand is asked about.
const DemandHistory = 28 * 24 * time.Hour

// bandBounds are where the bands of load begin, as shares of the limit.
func bandBounds() []slo.Ratio {
	const percent = slo.One / 100
	return []slo.Ratio{0, 25 * percent, 50 * percent, 70 * percent, 80 * percent, 90 * percent, 100 * percent}
}

// Demand sets how a service was, hour by hour, against the load on one of its
// resources, so that a limit that shows before it is reached is seen: latency
// in seconds, and down as the share of the hour. Hours without a load are left
// out, as are bands without hours.
func Demand(load []Reading, limit slo.Quantity, latency, down []Reading, at slo.Instant) []slo.LoadBand {
	if limit.Float() <= 0 {
		return nil
	}
	seconds, shares := levelsByHour(latency, at), levelsByHour(down, at)
	bounds := bandBounds()
	bands := make([]slo.LoadBand, len(bounds))
	latencies := make([][]float64, len(bounds))
	for _, p := range byHour(load, at) {
		i := bandOf(bounds, p.level/limit.Float())
		bands[i].Hours++
		bands[i].Down += time.Duration(max(0, min(1, shares[p.hour])) * float64(time.Hour))
		if s, ok := seconds[p.hour]; ok && s > 0 {
			latencies[i] = append(latencies[i], min(s, maxLatency.Seconds()))
		}
	}
	for i := range bands {
		bands[i].From = bounds[i]
		if i+1 < len(bounds) {
			bands[i].To = bounds[i+1]
		}
		bands[i].Down = bands[i].Down.Round(time.Millisecond)
		if len(latencies[i]) > 0 {
			bands[i].Latency = time.Duration(median(latencies[i]) * float64(time.Second)).Round(time.Microsecond)
		}
	}
	return slices.DeleteFunc(bands, func(b slo.LoadBand) bool { return b.Hours == 0 })
}

// maxLatency bounds what a series may say of a latency.
const maxLatency = 24 * time.Hour

// bandOf is the band that a share of the limit lies in; below 0 the first.
func bandOf(bounds []slo.Ratio, share float64) int {
	i := 0
	for i+1 < len(bounds) && share >= bounds[i+1].Float() {
		i++
	}
	return i
}

// levelsByHour are the levels of byHour by their hour.
func levelsByHour(readings []Reading, at slo.Instant) map[int]float64 {
	out := map[int]float64{}
	for _, p := range byHour(readings, at) {
		out[p.hour] = p.level
	}
	return out
}
