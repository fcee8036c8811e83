// Command forecast compares the capacity forecast with predict_linear and
// Theil-Sen, on real series and on synthetic ones: from origins that roll over
// each series every forecaster says the level 7, 14 and 30 days ahead and when
// the limit is reached, and is told how it was.
//
//	go run ./internal/bench/forecast
//	go run ./internal/bench/forecast -data DIR    (CSV files: timestamp,value)
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

func main() {
	data := flag.String("data", "internal/bench/forecast/testdata/nab", "a folder of CSV files: timestamp,value")
	seed := flag.Uint64("seed", 1, "what the synthetic series are drawn from")
	each := flag.Int("each", 8, "how many synthetic series of each kind")
	flag.Parse()
	real, err := readFolder(*data)
	if err != nil {
		fmt.Fprintln(os.Stderr, "forecast:", err)
		os.Exit(1)
	}
	results := run(append(real, synthetic(*seed, *each)...))
	tables(os.Stdout, results)
}

// ahead are the horizons that are compared, in days.
var ahead = []int{7, 14, 30}

// result are the scores of one kind of series, in the order of forecasters.
type result struct {
	kind   string
	scores []*score
}

// run lets every forecaster forecast every series from all its origins.
func run(all []series) []result {
	var out []result
	for i := range all {
		s := &all[i]
		k := slices.IndexFunc(out, func(r result) bool { return r.kind == s.kind })
		if k < 0 {
			k = len(out)
			out = append(out, newResult(s.kind))
		}
		for _, now := range origins(s) {
			for n, f := range forecasters() {
				out[k].scores[n].rate(s, now, ahead, f.forecast(s, now, ahead))
			}
		}
	}
	return out
}

func newResult(kind string) result {
	r := result{kind: kind}
	for range forecasters() {
		r.scores = append(r.scores, newScore(ahead))
	}
	return r
}
