package push

import (
	"sync"
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
// exchange whose error bound was small, less what the agent's clock was set by
// since then.
type Clock struct {
	// Steps tells how far the agent's clock was set since it was last asked;
	// nil is one that is not. It must not be changed once the clock is in use.
	Steps func() time.Duration

	mu     sync.Mutex
	offset time.Duration
	known  bool
}

// maxClockError is how uncertain an exchange may be to count.
const maxClockError = time.Second

// Observe takes one exchange. One in whose course the agent's clock was set
// counts for nothing.
func (c *Clock) Observe(sent, answered, collector time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follow()
	offset, bound := Offset(sent, answered, collector)
	set := answered.Round(0).Sub(sent.Round(0)) - answered.Sub(sent) // Round strips the monotonic reading
	if bound.Abs() <= maxClockError && set.Abs() <= maxClockError {
		c.offset, c.known = offset, true
	}
}

// follow keeps the offset true when the agent's clock was set. While nothing
// is known there is nothing to keep: a clock that is set then is believed.
func (c *Clock) follow() {
	if c.Steps == nil {
		return
	}
	if set := c.Steps(); c.known {
		c.offset -= set
	}
}

// Offset is what to add to the agent's clock to get the collector's; 0 while
// nothing is known.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follow()
	return c.offset
}
