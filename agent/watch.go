package agent

import (
	"sync"
	"time"
)

// reading is one look at the clock: the time on the wall, which people and
// NTP may set, and what has passed.
type reading struct {
	wall      time.Time     // may have Go's monotonic reading beside it
	monotonic time.Duration // since some start; stands while the machine sleeps
	boot      time.Duration // since some other start; goes on while it sleeps. 0 where the system has no such clock
}

// systemClock reads the machine's clock.
func systemClock() func() reading {
	start := time.Now()
	return func() reading {
		now := time.Now()
		return reading{now, now.Sub(start), sinceBoot()}
	}
}

// since tells what happened between an earlier reading and this one: for how
// long the machine slept, and how far the clock was set. Without a clock that
// goes on while it sleeps, one that moved ahead is taken for sleep.
func (r reading) since(last reading) (slept, set time.Duration) {
	monotonic, wall := r.monotonic-last.monotonic, r.wall.Round(0).Sub(last.wall.Round(0)) // Round strips Go's
	if r.boot > 0 {
		boot := r.boot - last.boot
		return boot - monotonic, wall - boot
	}
	if jump := wall - monotonic; jump > 0 {
		return jump, 0
	}
	return 0, wall - monotonic
}

// steps tells how far the clock was set since it was last asked; 0 where that
// is no more than maxJump. It may be asked at the same time from any goroutine.
type steps struct {
	clock func() reading

	mu   sync.Mutex
	last reading
}

func newSteps(clock func() reading) *steps { return &steps{clock: clock, last: clock()} }

func (s *steps) next() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	_, set := now.since(s.last)
	s.last = now
	if set.Abs() <= maxJump {
		return 0
	}
	return set
}

// maxJump is how far the wall clock may move against what has passed before it
// counts as set, and for how long the machine may sleep, or the loop oversleep,
// before the slots in between count as slept through.
const maxJump = time.Second

// watch notices when the scheduler was away: it compares both clocks, and how
// long the loop slept with how long it meant to.
type watch struct {
	last  reading
	meant time.Duration
}

// sight is what a watch noticed since it last looked.
type sight struct {
	away bool          // the machine slept, or the process was stopped
	set  time.Duration // how far the clock was set; 0 where it was not
}

// sleep notes how long the loop is about to sleep.
func (w *watch) sleep(d time.Duration) { w.meant = d }

// look compares now with the reading before.
func (w *watch) look(now reading) sight {
	slept, set := now.since(w.last)
	overslept := now.monotonic - w.last.monotonic - w.meant
	w.last = now
	if set.Abs() <= maxJump {
		set = 0
	}
	return sight{away: slept > maxJump || overslept > maxJump, set: set}
}
