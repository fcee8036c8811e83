package agent

import (
	"testing"
	"time"
)

func TestCorrect(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct{ inUse, estimate, want time.Duration }{
		{0, 0, 0},
		{0, 1000 * ms, 0},  // not beyond the bound
		{0, -1000 * ms, 0}, // nor below
		{0, 1001 * ms, 1001 * ms},
		{0, -1001 * ms, -1001 * ms},
		{1200 * ms, 900 * ms, 1200 * ms}, // kept: the estimate moved little
		{1200 * ms, 700 * ms, 1200 * ms},
		{1200 * ms, 699 * ms, 699 * ms}, // it moved, and is not nothing
		{1200 * ms, 1701 * ms, 1701 * ms},
		{1200 * ms, 500 * ms, 0}, // the clock was mended
		{900 * ms, 500 * ms, 0},
		{-1200 * ms, -900 * ms, -1200 * ms},
		{-1200 * ms, 1200 * ms, 1200 * ms},
		{24 * time.Hour, 0, 0},
	} {
		if got := correct(c.inUse, c.estimate); got != c.want {
			t.Errorf("with %v in use an estimate of %v corrects by %v, want %v", c.inUse, c.estimate, got, c.want)
		}
	}
}

// TestCorrectionDoesNotFlutter lets an estimate waver around the bound: the
// correction is made once and stays.
func TestCorrectionDoesNotFlutter(t *testing.T) {
	estimates := []time.Duration{990, 1010, 995, 1005, 980, 1020, 1000}
	i := 0
	c := correction{estimate: func() time.Duration { return estimates[i] * time.Millisecond }}
	var changes int
	last := time.Duration(0)
	for i = range estimates {
		if now := c.now(); now != last {
			changes, last = changes+1, now
		}
	}
	if changes != 1 || last != 1010*time.Millisecond {
		t.Errorf("it changed %d times and is %v", changes, last)
	}
}
