package main

import (
	"math"
	"slices"

	"github.com/assay-sla/assay/collector/capacity"
	"github.com/assay-sla/assay/slo"
)

// said is what a forecaster said at an origin.
type said struct {
	level     map[int]float64    // by days ahead
	interval  map[int][2]float64 // by days ahead; absent: none was said
	date      int64              // the hour of reaching the limit; 0: none
	early     int64              // that of the earliest case; 0: none was said
	abstained bool
}

// forecaster forecasts a series from the readings before the hour now.
type forecaster struct {
	name     string
	forecast func(s *series, now int64, horizons []int) said
}

// lookAhead is how far all forecasters look for a date, in days.
const lookAhead = 60

func forecasters() []forecaster {
	return []forecaster{
		{"assay", ours},
		{"predict_linear[1d]", linear(1, leastSquares)},
		{"predict_linear[7d]", linear(7, leastSquares)},
		{"predict_linear[28d]", linear(28, leastSquares)},
		{"theil-sen[7d]", linear(7, theilSen)},
		{"theil-sen[28d]", linear(28, theilSen)},
		{"naive", naive},
	}
}

// ours is the forecast that ships.
func ours(s *series, now int64, horizons []int) said {
	_, j := s.between(0, now)
	i, _ := s.between(now-int64(capacity.MaxHistory.Hours()), now)
	readings := make([]capacity.Reading, 0, j-i)
	for ; i < j; i++ {
		q, err := slo.NewQuantity(s.value[i])
		if err != nil {
			continue
		}
		readings = append(readings, capacity.Reading{At: slo.Instant(s.at[i]), Value: q})
	}
	limit, _ := slo.NewQuantity(s.limit)
	f := capacity.Forecast(readings, limit, slo.Instant(now*hourMs))
	out := said{level: map[int]float64{}, interval: map[int][2]float64{}}
	out.abstained = f.Exhaustion == slo.NotEnoughData
	for _, h := range f.Horizons {
		d := int(h.In.Hours() / 24)
		out.level[d] = h.Expected.Float()
		out.interval[d] = [2]float64{h.Low.Float(), h.High.Float()}
	}
	switch f.Exhaustion {
	case slo.Exhausts:
		out.date, out.early = int64(f.Expected)/hourMs, int64(f.Early)/hourMs
	case slo.LimitReached:
		out.date, out.early = now, now
	}
	return out
}

// naive says that the level stays what it was over the last day.
func naive(s *series, now int64, horizons []int) said {
	out := said{level: map[int]float64{}}
	v, ok := s.median(now-24, now)
	if !ok {
		return said{abstained: true}
	}
	for _, d := range horizons {
		out.level[d] = v
	}
	return out
}

// fit fits a line to x (seconds from now, negative) and y: its level at now,
// its slope a second, and the half-width of the interval of four in five at x,
// nil where the method has none.
type fit func(x, y []float64) (level, slope float64, half func(x float64) float64)

// linear forecasts by a line through the readings of the last days.
func linear(window int64, f fit) func(*series, int64, []int) said {
	return func(s *series, now int64, horizons []int) said {
		i, j := s.between(now-24*window, now)
		if j-i < 2 {
			return said{abstained: true}
		}
		x := make([]float64, j-i)
		for k := range x {
			x[k] = float64(s.at[i+k]-now*hourMs) / 1000
		}
		level, slope, half := f(x, s.value[i:j])
		out := said{level: map[int]float64{}, interval: map[int][2]float64{}}
		for _, d := range horizons {
			ahead := float64(d) * 86400
			out.level[d] = level + slope*ahead
			if half != nil {
				out.interval[d] = [2]float64{out.level[d] - half(ahead), out.level[d] + half(ahead)}
			}
		}
		for h := int64(0); h <= lookAhead*24; h++ {
			ahead := float64(h) * 3600
			if half != nil && out.early == 0 && level+slope*ahead+half(ahead) >= s.limit {
				out.early = now + h
			}
			if level+slope*ahead >= s.limit {
				out.date = now + h
				break
			}
		}
		return out
	}
}

// leastSquares is the arithmetic of Prometheus's predict_linear (linearRegression
// in promql/functions.go), with the textbook interval of its regression.
func leastSquares(x, y []float64) (level, slope float64, half func(float64) float64) {
	n := float64(len(x))
	var sumX, sumY, sumXY, sumX2 float64
	for i := range x {
		sumX += x[i]
		sumY += y[i]
		sumXY += x[i] * y[i]
		sumX2 += x[i] * x[i]
	}
	covXY, varX := sumXY-sumX*sumY/n, sumX2-sumX*sumX/n
	slope = covXY / varX
	level = sumY/n - slope*sumX/n
	var rest float64
	for i := range x {
		e := y[i] - level - slope*x[i]
		rest += e * e
	}
	dev := math.Sqrt(rest / max(1, n-2))
	return level, slope, func(at float64) float64 {
		d := at - sumX/n
		return 1.2816 * dev * math.Sqrt(1+1/n+d*d/varX)
	}
}

// most bounds the points that theilSen takes all pairs of.
const most = 400

// theilSen is the median of the slopes between all pairs, through the median of
// what is left.
func theilSen(x, y []float64) (level, slope float64, half func(float64) float64) {
	stride := (len(x) + most - 1) / most
	var slopes, rest []float64
	for i := 0; i < len(x); i += stride {
		for j := i + stride; j < len(x); j += stride {
			slopes = append(slopes, (y[j]-y[i])/(x[j]-x[i]))
		}
	}
	slices.Sort(slopes)
	slope = slopes[len(slopes)/2]
	for i := range x {
		rest = append(rest, y[i]-slope*x[i])
	}
	slices.Sort(rest)
	return rest[len(rest)/2], slope, nil
}
