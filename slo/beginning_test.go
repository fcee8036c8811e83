package slo

import (
	"testing"
	"time"
)

// TestBeforeTime: a window may begin before the first instant that there is,
// and what lies there is unknown as all else before the first measurement.
func TestBeforeTime(t *testing.T) {
	for _, rolling := range []time.Duration{10 * time.Minute, 100 * 24 * time.Hour, 366 * 24 * time.Hour} {
		a := &Agreement{Objectives: []Objective{{Name: "o", Target: *percents(t, "99"), Window: Window{Rolling: rolling}}}}
		acc := accountOf(a, repeat(Up, 10))
		st := acc.Status(&a.Objectives[0], second(100), MinInstant)
		if st.Up != 0 || st.Unknown != st.Agreed || st.Verdict != Insufficient {
			t.Errorf("over %s: %+v %s", rolling, st.Figures, st.Verdict)
		}
	}
}
