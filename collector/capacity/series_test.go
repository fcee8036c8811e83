package capacity

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e30, 1e30), 1, 50).Draw(t, "values")
		sorted := slices.Sorted(slices.Values(values))
		n := len(sorted)
		want := sorted[n/2]/2 + sorted[(n-1)/2]/2
		if n%2 == 1 {
			want = sorted[n/2]
		}
		if got := median(slices.Clone(values)); got != want && math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Fatalf("the median of %v is %v, want %v", values, got, want)
		}
	})
}

func TestByHour(t *testing.T) {
	readings := []Reading{
		{after(1) + 5, quantity(3)}, {after(0), quantity(1)}, {after(0) + 1, quantity(9)},
		{after(0) + 2, quantity(2)}, {after(3), quantity(7)}, {after(5), quantity(8)},
	}
	h := hourOf(start)
	want := []point{{h, 2}, {h + 1, 3}, {h + 3, 7}}
	if got := byHour(readings, after(4)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := byHour(readings, after(4).Add(MaxHistory)); len(got) != 1 {
		t.Errorf("older than the history: %v", got)
	}
}

func TestHourOfBefore1970(t *testing.T) {
	for at, want := range map[int64]int{0: 0, 1: 0, -1: -1, -3600_000: -1, -3600_001: -2} {
		if got := hourOf(instantOf(at)); got != want {
			t.Errorf("%d ms is in hour %d, want %d", at, got, want)
		}
	}
}
