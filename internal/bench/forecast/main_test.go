package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// The forecast is better than what it is compared with, on the real series and
// on synthetic ones that it was not made on.
func TestForecastBeatsItsRivals(t *testing.T) {
	real, err := readFolder("testdata/nab")
	if err != nil {
		t.Fatal(err)
	}
	results := run(append(real, synthetic(77, 1)...))
	for n, f := range forecasters()[1:] {
		if k := times(results, n+1); k < 1.05 {
			t.Errorf("the errors of %s are %.2f times ours", f.name, k)
		}
	}
	var covered mean
	for _, r := range results {
		for _, d := range ahead {
			if c := r.scores[0].covered[d]; c.n > 0 {
				covered.add(c.value())
			}
		}
	}
	if covered.value() < 0.7 {
		t.Errorf("intervals of 80 percent cover %.0f percent", 100*covered.value())
	}
}

// leastSquares says what the predict_linear of Prometheus says.
func TestLeastSquaresIsPredictLinear(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const now = 1_800_000_000_000
	var x, y []float64
	var points []promql.FPoint
	for i := range 500 {
		at := int64(now - (500-i)*60_000)
		v := 1e9 + 1e5*float64(i) + 1e7*r.NormFloat64()
		points = append(points, promql.FPoint{T: at, F: v})
		x, y = append(x, float64(at-now)/1000), append(y, v)
	}
	level, slope, _ := leastSquares(x, y)
	for _, ahead := range []float64{0, 3600, 30 * 86400} {
		got := level + slope*ahead
		want, _ := promql.FunctionCalls["predict_linear"](
			[]promql.Vector{{{F: ahead}}}, promql.Matrix{{Floats: points}},
			parser.Expressions{&parser.MatrixSelector{}, &parser.NumberLiteral{Val: ahead}},
			&promql.EvalNodeHelper{Ts: now})
		if len(want) != 1 || math.Abs(got-want[0].F) > 1e-9*math.Abs(got) {
			t.Errorf("in %v s: %v, predict_linear says %v", ahead, got, want)
		}
	}
}
