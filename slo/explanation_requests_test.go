package slo

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is listed of a day's increments and what is left out sum up to the
// figure, and each that is listed is one of the worst and names who counted it.
func TestExplainedIncrements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bad, missing := map[int]int64{}, map[int]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "bad") {
			bad[rapid.IntRange(0, 24*60-1).Draw(t, "minute")] = rapid.Int64Range(1, 20).Draw(t, "requests")
		}
		for range rapid.IntRange(0, 3).Draw(t, "missing") {
			from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
			for m := from; m < from+rapid.IntRange(1, 5).Draw(t, "minutes"); m++ {
				missing[m] = true
			}
		}
		limit := rapid.SampledFrom([]int{1, 2, 5, 1000}).Draw(t, "limit")
		r, records := requestRecords(Objective{Name: "o", Target: One / 100 * 99, Window: Window{Period: Day}}, UnknownExcluded,
			func(m int) (int64, bool) { return 1000 - bad[m], !missing[m] })
		a := r.catalog.Agreements[0]
		x := r.Explain(a, &a.Objectives[0], second(24*3600), limit)
		w := NewWitness(x)
		for _, rec := range records {
			w.Add(rec)
		}
		w.Finish(MinInstant)

		var worst []int64
		for m, n := range bad {
			if (m < 720 || m >= 780) && !missing[m] { // in agreed time
				worst = append(worst, n*PerRequest)
			}
		}
		slices.SortFunc(worst, func(a, b int64) int { return cmp.Compare(b, a) })
		var listed []int64
		sum := x.Requests.Omitted.Bad
		for i, v := range x.Requests.Bad {
			listed = append(listed, v.Bad)
			sum += v.Bad
			if i > 0 && x.Requests.Bad[i-1].To >= v.To {
				t.Errorf("%v is listed before %v", x.Requests.Bad[i-1].Interval, v.Interval)
			}
			if s := v.Said; s == nil || s.Agent != "eu" || *s.Requests != (Requests{v.Interval, v.Good, v.Good + v.Bad}) {
				t.Errorf("%v was counted by %+v", v.Interval, s)
			}
		}
		slices.SortFunc(listed, func(a, b int64) int { return cmp.Compare(b, a) })
		if !slices.Equal(listed, worst[:min(limit, len(worst))]) || len(listed)+x.Requests.Omitted.Count != len(worst) {
			t.Errorf("%v are listed and %d left out of %v", listed, x.Requests.Omitted.Count, worst)
		}
		c := x.Status.Requests
		if sum != c.Bad {
			t.Errorf("%d are bad in all, and %d in the figure", sum, c.Bad)
		}
		if d := length(x.Requests.Missing) + x.Requests.MissingOmitted.Length; d != c.Due-c.Known || len(x.Requests.Missing) > limit {
			t.Errorf("%v are missing, in all %v, and in the figure %v", x.Requests.Missing, d, c.Due-c.Known)
		}
	})
}

// An increment that is counted after the instant of the explanation is missing
// there.
func TestExplainedIncrementsAsKnown(t *testing.T) {
	r, _ := requestRecords(Objective{Name: "o", Target: One / 2, Window: Window{Period: Day}}, UnknownExcluded, func(int) (int64, bool) { return 999, true })
	a := r.catalog.Agreements[0]
	r.at = second(3600) // what was counted 70 seconds later is not known yet
	x := r.Explain(a, &a.Objectives[0], r.at, 1000)
	if n := len(x.Requests.Bad); n != 58 || x.Status.Requests.Increments != 58 {
		t.Errorf("%d are listed, %d are in the figure", n, x.Status.Requests.Increments)
	}
	if d := length(x.Requests.Missing); d != x.Status.Requests.Due-x.Status.Requests.Known || d >= 2*time.Minute {
		t.Errorf("%v are missing", d)
	}
}
