package fleet

import (
	"testing"
	"time"
)

func TestRenewalMissed(t *testing.T) {
	const day = 24 * time.Hour
	for left, want := range map[time.Duration]bool{
		AgentLife: false, 10 * day: false, 9 * day: false, 9*day - time.Millisecond: true, 0: true, -day: true,
	} {
		if got := RenewalMissed(noon.Add(left), noon); got != want {
			t.Errorf("with %s left: %v", left, got)
		}
	}
}
