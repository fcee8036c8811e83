package capacity

import (
	"slices"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestDemand(t *testing.T) {
	loads := []float64{10, 20, 75, 78, 95, 95, 120, -3}
	load := hourly(len(loads), func(h int) float64 { return loads[h] })
	latency := hourly(len(loads), func(h int) float64 { return []float64{0.02, 0.02, 0.05, 0.07, 0.5, 1e20, 0, 0.02}[h] })
	down := hourly(6, func(h int) float64 { return []float64{0, 0, 0, 0, 0.5, 7}[h] })
	const percent = slo.One / 100
	want := []slo.LoadBand{
		{From: 0, To: 25 * percent, Hours: 3, Latency: 20 * time.Millisecond},
		{From: 70 * percent, To: 80 * percent, Hours: 2, Latency: 60 * time.Millisecond},
		{From: 90 * percent, To: 100 * percent, Hours: 2, Latency: 43_200_250 * time.Millisecond, Down: 90 * time.Minute},
		{From: 100 * percent, Hours: 1},
	}
	if got := Demand(load, quantity(100), latency, down, after(100)); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := Demand(load, quantity(0), latency, down, after(100)); got != nil {
		t.Errorf("of no limit: %+v", got)
	}
	if got := Demand(nil, quantity(100), latency, down, after(100)); len(got) != 0 {
		t.Errorf("of no load: %+v", got)
	}
}
