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

// Clock is the agent's idea of the collector's clock: the offset of the least
// uncertain exchange of late, less what the agent's clock was set by since
// then. Its methods may be called at the same time.
type Clock struct {
	// Steps tells how far the agent's clock was set since it was last asked;
	// nil is one that is not. It must not be changed once the clock is in use.
	Steps func() time.Duration

	mu     sync.Mutex
	offset time.Duration
	bound  time.Duration // of the offset's error
	at     time.Time     // when it was measured; zero: it never was
}

const (
	// maxClockError is how uncertain an exchange may be to count.
	maxClockError = time.Second
	// clockMemory is how long an exchange is believed rather than a less
	// certain one that agrees with it. Clocks drift by milliseconds in that
	// time at most.
	clockMemory = time.Minute
)

// Observe takes one exchange. One that contradicts what is known counts at
// once; one in whose course the agent's clock was set counts for nothing.
func (c *Clock) Observe(sent, answered, collector time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follow()
	offset, bound := Offset(sent, answered, collector)
	set := answered.Round(0).Sub(sent.Round(0)) - answered.Sub(sent) // Round strips the monotonic reading
	if bound.Abs() > maxClockError || set.Abs() > maxClockError {
		return
	}
	fresh := !c.at.IsZero() && answered.Sub(c.at) < clockMemory
	agrees := (offset - c.offset).Abs() <= bound+c.bound
	if fresh && agrees && bound > c.bound {
		return
	}
	c.offset, c.bound, c.at = offset, bound, answered
}

// follow keeps the offset true when the agent's clock was set. While nothing
// is known there is nothing to keep: a clock that is set then is believed.
func (c *Clock) follow() {
	if c.Steps == nil {
		return
	}
	if set := c.Steps(); set != 0 && !c.at.IsZero() {
		c.offset -= set
		c.at = c.at.Round(0).Add(set)
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
