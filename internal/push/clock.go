package push

import (
	"sync"
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

// Clock is the agent's idea of the collector's clock: the offset of the least
// uncertain exchange of late. Its methods may be called at the same time.
type Clock struct {
	offset atomic.Int64

	mu    sync.Mutex
	bound time.Duration // of the offset's error
	at    time.Time     // when it was measured; zero: it never was
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
// once: a clock was set.
func (c *Clock) Observe(sent, answered, collector time.Time) {
	offset, bound := Offset(sent, answered, collector)
	if bound > maxClockError {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := !c.at.IsZero() && answered.Sub(c.at) < clockMemory
	agrees := (offset - c.Offset()).Abs() <= bound+c.bound
	if fresh && agrees && bound > c.bound {
		return
	}
	c.bound, c.at = bound, answered
	c.offset.Store(int64(offset))
}

// Offset is what to add to the agent's clock to get the collector's; 0 while
// nothing is known.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }
