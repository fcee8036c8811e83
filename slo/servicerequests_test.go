package slo

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCountedPeriod(t *testing.T) {
	for text, end := range map[string]string{"2026-10": "2026-11-01", "2026-12": "2027-01-01", "2026-02-28": "2026-03-01", "2028-02-28": "2028-02-29"} {
		if p, err := ParseCountedPeriod(text); err != nil || p.End() != end {
			t.Errorf("%s: %s, %v", text, p.End(), err)
		}
	}
	for _, text := range []string{"", "2026", "2026-13", "2026-02-30", "26-10", "2026-10-3", "1999-12", "2200-01", "=2026-10", "2026-10 "} {
		if p, err := ParseCountedPeriod(text); err == nil {
			t.Errorf("%q is %s", text, p)
		}
	}
}

func TestServiceRequestsCheck(t *testing.T) {
	for _, r := range []ServiceRequests{{Received: -1}, {Completed: 1, InTarget: 2}, {TotalS: 1}, {Completed: 1, TotalS: -1}, {Received: MaxServiceRequests + 1}} {
		if r.Check() == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	r := ServiceRequests{Received: 2, Completed: 3, InTarget: 2, TotalS: 100}
	if mean, ok := r.MeanTime(); r.Check() != nil || !ok || mean != 33*time.Second || r.InTargetShare() != (Fraction{2, 3}) {
		t.Errorf("%v %v %v", r.Check(), mean, ok)
	}
	if _, ok := (&ServiceRequests{}).MeanTime(); ok {
		t.Error("the mean of none")
	}
}

// A sum is what each day says, where the day's month does not say it.
func TestSumServiceRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := func(what string) time.Time {
			return time.Date(2026, 10, 1+rapid.IntRange(-20, 80).Draw(t, what), 0, 0, 0, 0, time.UTC)
		}
		from, to := day("from"), day("to")
		seen := map[string]int64{}
		var list []ServiceRequests
		for n := range rapid.IntRange(0, 20).Draw(t, "rows") {
			layout := rapid.SampledFrom([]string{"2006-01", time.DateOnly}).Draw(t, "layout")
			p := day("period").Format(layout)
			if _, twice := seen[p]; twice {
				continue
			}
			seen[p] = int64(n + 1)
			list = append(list, ServiceRequests{Period: CountedPeriod(p), Received: int64(n + 1)})
		}
		want := int64(0)
		for p, n := range seen {
			var days []time.Time // of the period
			for d := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2027; d = d.AddDate(0, 0, 1) {
				if d.Format(time.DateOnly)[:len(p)] == p {
					days = append(days, d)
				}
			}
			inside := func(days []time.Time) bool { return !days[0].Before(from) && days[len(days)-1].Before(to) }
			if !inside(days) {
				continue
			}
			if len(p) > 7 {
				month := days[0].AddDate(0, 0, 1-days[0].Day())
				if _, ok := seen[p[:7]]; ok && inside([]time.Time{month, month.AddDate(0, 1, -1)}) {
					continue
				}
			}
			want += n
		}
		if got, used := SumServiceRequests(list, from.Format(time.DateOnly), to.Format(time.DateOnly)); got.Received != want {
			t.Fatalf("%d, want %d of %s", got.Received, want, fmt.Sprint(used))
		}
	})
}
