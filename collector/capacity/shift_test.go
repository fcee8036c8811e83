package capacity

import (
	"math"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func instantOf(ms int64) slo.Instant { return slo.Instant(ms) }

func pointsOf(hours int, level func(h int) float64) []point {
	out := make([]point, hours)
	for h := range out {
		out[h] = point{h, level(h)}
	}
	return out
}

func TestShifts(t *testing.T) {
	grows := func(h int) float64 { return float64(h) / day }
	for _, tt := range []struct {
		name  string
		level func(h int) float64
		want  []shift
	}{
		{"none", noisy(0.3, grows), nil},
		{"a cleanup", noisy(0.3, func(h int) float64 { return grows(h) - 20*step01(h, 700) }), []shift{{700, -20}}},
		{"a cleanup over some hours", noisy(0.1, func(h int) float64 {
			return grows(h) - 10*step01(h, 700) - 10*step01(h, 702)
		}), []shift{{701, -20}}},
		{"a cleanup and a resize", noisy(0.3, func(h int) float64 {
			return grows(h) - 20*step01(h, 300) + 35*step01(h, 900)
		}), []shift{{300, -20}, {900, 35}}},
		{"a burst", noisy(0.3, func(h int) float64 { return grows(h) + 40*step01(h, 500) - 40*step01(h, 530) }), nil},
		{"every week", noisy(0.1, func(h int) float64 { return float64(h % week) }), nil},
		{"a working week", noisy(0.3, workingWeek), nil},
		{"nothing moves", func(int) float64 { return 5 }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := shifts(pointsOf(60*day, tt.level))
			if len(got) != len(tt.want) {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
			for i, s := range got {
				if w := tt.want[i]; max(s.hour-w.hour, w.hour-s.hour) > 2 || math.Abs(s.by-w.by) > 2 {
					t.Errorf("got %v, want %v", s, w)
				}
			}
		})
	}
}

func TestJoinLeavesGrowthAlone(t *testing.T) {
	points := pointsOf(2000, func(h int) float64 { return float64(h) - 500*step01(h, 900) + 70*step01(h, 1500) })
	joined := join(points, []shift{{900, -500}, {1500, 70}})
	for i := 1; i < len(joined); i++ {
		if d := joined[i].level - joined[i-1].level; math.Abs(d-1) > 1e-9 {
			t.Fatalf("at %d the level changes by %v", i, d)
		}
	}
	if last := len(points) - 1; joined[last] != points[last] {
		t.Errorf("the level of now is moved from %v to %v", points[last], joined[last])
	}
}

func TestSlopeLivesWithAThirdOfNonsense(t *testing.T) {
	points := pointsOf(90, func(h int) float64 {
		if h%4 == 0 {
			return 1e6
		}
		return 2 * float64(h)
	})
	if got := slope(points); math.Abs(got-2) > 0.2 {
		t.Errorf("the slope is %v, want 2", got)
	}
}

func TestBandsWidenWithTime(t *testing.T) {
	b := bands{{day, -1, 2}, {7 * day, -3, 4}}
	for _, tt := range []struct {
		hours     int
		low, high float64
	}{{1, -1, 2}, {day, -1, 2}, {4 * day, -2, 3}, {7 * day, -3, 4}, {14 * day, -6, 8}} {
		if low, high := b.at(tt.hours); low != tt.low || high != tt.high {
			t.Errorf("after %d hours: %v to %v, want %v to %v", tt.hours, low, high, tt.low, tt.high)
		}
	}
}
