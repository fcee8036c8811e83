package probe

import "time"

// maxParting is how far the wall clock and the monotonic one may part while a
// packet is under way. They are read one after the other, so that a busy
// machine parts them by itself; more than this is a clock that was set.
const maxParting = 100 * time.Microsecond

// arrival is when a packet came.
type arrival struct {
	read  time.Time // when the agent read it, by both clocks
	stamp time.Time // when the kernel had it, by the wall clock; zero: it does not say
}

// since is how long before the arrival a packet was sent, never less than
// nothing. sent bears both clocks, as time.Now gives them.
func (a arrival) since(sent time.Time) time.Duration {
	took := max(0, a.read.Sub(sent))
	if a.stamp.IsZero() {
		return took
	}
	return withoutUnread(took, wall(a.read, sent), wall(a.read, a.stamp))
}

// withoutUnread is the time that a packet took, of the time until it was read
// and of that for which it lay unread in the kernel. The first is of the
// monotonic clock (took) and of the wall clock (passed), the other of the wall
// clock alone, as the kernel's stamp is. Where the two clocks disagree by more
// than maxParting, the wall clock was set, and where unread cannot be, it is
// wrong: then nothing is taken off.
func withoutUnread(took, passed, unread time.Duration) time.Duration {
	if (passed-took).Abs() > maxParting || unread < 0 || unread > took {
		return took
	}
	return took - unread
}

// wall is the time from b to a by the wall clock.
func wall(a, b time.Time) time.Duration { return a.Round(0).Sub(b.Round(0)) }
