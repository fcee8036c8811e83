package probe

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWithoutUnread(t *testing.T) {
	const ms = time.Millisecond
	for name, tt := range map[string]struct{ took, passed, unread, want time.Duration }{
		"read at once":           {5 * ms, 5 * ms, 0, 5 * ms},
		"read late":              {25 * ms, 25 * ms, 20 * ms, 5 * ms},
		"came with the send":     {20 * ms, 20 * ms, 20 * ms, 0},
		"clocks read apart":      {25 * ms, 25*ms + maxParting, 20 * ms, 5 * ms},
		"set an hour ahead":      {25 * ms, 25*ms + time.Hour, 20*ms + time.Hour, 25 * ms},
		"set an hour back":       {25 * ms, 25*ms - time.Hour, 20*ms - time.Hour, 25 * ms},
		"set before it came":     {25 * ms, 30 * ms, 20 * ms, 25 * ms},
		"set a little ahead":     {25 * ms, 27 * ms, 22 * ms, 25 * ms},
		"stamped after the read": {25 * ms, 25 * ms, -1, 25 * ms},
		"stamped before it left": {25 * ms, 25 * ms, 25*ms + 1, 25 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			if got := withoutUnread(tt.took, tt.passed, tt.unread); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// steppedClock goes with the monotonic clock until it is set, which happens any
// number of times: the model of a wall clock.
type steppedClock []struct{ at, by time.Duration }

func (c steppedClock) says(at time.Duration) time.Duration {
	says := at
	for _, set := range c {
		if set.at <= at {
			says += set.by
		}
	}
	return says
}

// Whatever is done to the wall clock, a packet's time is neither negative nor
// more than until it was read; and it is right, but for maxParting, or that.
func TestClockIsSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.Custom(func(t *rapid.T) time.Duration {
			unit := rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond, time.Second}).Draw(t, "unit")
			return unit * time.Duration(rapid.IntRange(0, 2000).Draw(t, "n"))
		})
		took := some.Draw(t, "took")
		unread := some.Draw(t, "unread")
		var clock steppedClock
		for range rapid.IntRange(0, 3).Draw(t, "sets") {
			by := some.Draw(t, "by")
			if rapid.Bool().Draw(t, "back") {
				by = -by
			}
			clock = append(clock, struct{ at, by time.Duration }{some.Draw(t, "at"), by})
		}
		came, read := took, took+unread
		got := withoutUnread(read, clock.says(read)-clock.says(0), clock.says(read)-clock.says(came))
		if got < 0 || got > read {
			t.Fatalf("%v of the %v until it was read", got, read)
		}
		if got != read && (got-took).Abs() > maxParting+clock.hidden(read) {
			t.Fatalf("%v, took %v, read after %v", got, took, read)
		}
		if len(clock) == 0 && got != took {
			t.Fatalf("%v, took %v, and nobody set the clock", got, took)
		}
	})
}

// hidden is how far sets of the clock may hide one another.
func (c steppedClock) hidden(until time.Duration) (sum time.Duration) {
	net := time.Duration(0)
	for _, set := range c {
		if set.at > 0 && set.at <= until {
			net += set.by
			sum += set.by.Abs()
		}
	}
	return sum - net.Abs()
}

func TestArrivalWithoutStamp(t *testing.T) {
	sent := time.Now()
	if got := (arrival{read: sent.Add(5 * time.Millisecond)}).since(sent); got != 5*time.Millisecond {
		t.Errorf("got %v", got)
	}
	if got := (arrival{read: sent.Add(-time.Second)}).since(sent); got != 0 {
		t.Errorf("got %v", got)
	}
	stamped := arrival{read: sent.Add(25 * time.Millisecond), stamp: sent.Add(5 * time.Millisecond)}
	if got := stamped.since(sent); got != 5*time.Millisecond {
		t.Errorf("got %v", got)
	}
}
