package agent

import (
	"sync/atomic"
	"time"
)

// Bounds of the clock's correction. An estimate over the network is off by
// up to half a round trip, so a small one says nothing; and once a correction
// is made, it stays until the estimate has clearly moved.
const (
	correctFrom = time.Second            // an offset beyond this is corrected
	correctMove = 500 * time.Millisecond // a correction in use is kept while the estimate is this near
)

// correct returns what to add to the agent's clock, from what is added now
// and an estimate of how far the collector's clock is ahead.
func correct(inUse, estimate time.Duration) time.Duration {
	switch {
	case inUse == 0 && estimate.Abs() <= correctFrom:
		return 0
	case estimate.Abs() <= correctMove:
		return 0
	case inUse != 0 && (estimate-inUse).Abs() <= correctMove:
		return inUse
	}
	return estimate
}

// correction is the correction in use.
type correction struct {
	estimate func() time.Duration
	inUse    atomic.Int64
}

// now returns what to add to the agent's clock.
func (c *correction) now() time.Duration {
	was := c.inUse.Load()
	is := correct(time.Duration(was), c.estimate())
	if int64(is) != was {
		c.inUse.CompareAndSwap(was, int64(is))
	}
	return is
}
