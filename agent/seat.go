package agent

import (
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// never is after every slot.
var never = slo.MaxInstant

// tenure is the time, by the agent's own clock, in which it measures the slots
// of a probe: from from on, and before until.
type tenure struct{ from, until slo.Instant }

// tenureOf is how long an agent has a seat, where offset corrects its clock.
// Agents whose clocks are right, and so are not corrected, agree to the
// millisecond on which slots are whose.
func tenureOf(seat push.Seat, offset time.Duration) tenure {
	t := tenure{slo.MinInstant, never}
	if seat.From != 0 {
		t.from = seat.From.Add(-offset)
	}
	if seat.Until != 0 {
		t.until = seat.Until.Add(-offset)
	}
	return t
}

// seated notes the seat in which a slot was measured, and the slot by the
// collector's clock, which is the same whoever measures it.
func seated(m *slo.Measurement, seat string, of slots, slot slo.Instant) {
	if seat != "" {
		m.Seat, m.Slot = seat, of.nearest(slot.Add(m.Offset))
	}
}
