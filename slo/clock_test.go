package slo

import (
	"math"
	"testing"
	"time"
)

func TestClockOff(t *testing.T) {
	for offset, want := range map[time.Duration]bool{
		0: false, ClockBound: false, -ClockBound: false, ClockBound + 1: true, -ClockBound - 1: true,
		math.MinInt64: true, math.MaxInt64: true,
	} {
		if got := ClockOff(offset); got != want {
			t.Errorf("%s: %v", offset, got)
		}
	}
}
