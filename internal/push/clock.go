package push

import (
	"sync/atomic"
	"time"
)

// Offset estimates how far the collector's clock is ahead of the agent's from
// one exchange: the collector read its clock about half-way between the
// sending and the answer (RFC 5905, section 8, with one reading for two). The
// error is at most half of the round trip.
func Offset(sent, answered, collector time.Time) (offset, errorBound time.Duration) {
	half := answered.Sub(sent) / 2
	return collector.Sub(sent.Add(half)), half
}

// Clock is the agent's idea of the collector's clock: the offset of the last
// exchange whose error bound was small.
type Clock struct{ offset atomic.Int64 }

// maxClockError is how uncertain an exchange may be to count.
const maxClockError = time.Second

// Observe takes one exchange.
func (c *Clock) Observe(sent, answered, collector time.Time) {
	if offset, bound := Offset(sent, answered, collector); bound <= maxClockError {
		c.offset.Store(int64(offset))
	}
}

// Offset is what to add to the agent's clock to get the collector's; 0 while
// nothing is known.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }
