package capacity

import (
	"testing"

	"github.com/assay-sla/assay/slo"
)

func TestPlan(t *testing.T) {
	v := func(day int, used, limit float64) slo.CapacityValue {
		return slo.CapacityValue{At: after(day * 24), Used: quantity(used), Limit: quantity(limit)}
	}
	for _, tt := range []struct {
		name   string
		values []slo.CapacityValue
		want   slo.Exhaustion
		lack   slo.Lack
		in     int // days until the limit
	}{
		{"nothing yet", []slo.CapacityValue{v(20, 1, 9)}, slo.NotEnoughData, slo.LackReadings, 0},
		{"nothing planned", []slo.CapacityValue{v(0, 7, 9)}, slo.NotEnoughData, slo.LackPlan, 0},
		{"enough", []slo.CapacityValue{v(0, 7, 9), v(30, 8, 9)}, slo.NoTrend, "", 0},
		{"too many later", []slo.CapacityValue{v(0, 7, 9), v(30, 8, 9), v(60, 9, 9), v(90, 9, 12)}, slo.Exhausts, "", 50},
		{"more comes in time", []slo.CapacityValue{v(0, 7, 9), v(30, 9, 12)}, slo.NoTrend, "", 0},
		{"too many now", []slo.CapacityValue{v(10, 9, 9), v(30, 9, 12)}, slo.LimitReached, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := Plan(tt.values, after(10*24))
			if f.Exhaustion != tt.want || f.Lack != tt.lack {
				t.Fatalf("got %s, %q; want %s, %q", f.Exhaustion, f.Lack, tt.want, tt.lack)
			}
			if tt.in > 0 && (f.Expected != after((10+tt.in)*24) || f.Early != f.Expected) {
				t.Errorf("expected %s, early %s", f.Expected, f.Early)
			}
		})
	}
}
