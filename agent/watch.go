package agent

import "time"

// reading is one look at the clock: the time on the wall, which people and
// NTP may set, and a monotonic one, which stands while the machine sleeps.
type reading struct {
	wall      time.Time
	monotonic time.Duration // since some start
}

// systemClock reads the machine's clock.
func systemClock() func() reading {
	start := time.Now()
	return func() reading {
		now := time.Now()
		return reading{now.Round(0), now.Sub(start)} // Round strips the monotonic reading
	}
}

// maxJump is how far the wall clock may move against the monotonic one, or
// the loop oversleep, before the slots in between count as slept through.
const maxJump = time.Second

// watch notices when the scheduler was away: it compares both clocks, and how
// long the loop slept with how long it meant to.
type watch struct {
	last  reading
	meant time.Duration
}

// sight is what a watch noticed since it last looked.
type sight struct {
	away bool // the machine slept, the process was stopped, or the clock was set forward
	back bool // the clock was set back
}

// sleep notes how long the loop is about to sleep.
func (w *watch) sleep(d time.Duration) { w.meant = d }

// look compares now with the reading before.
func (w *watch) look(now reading) sight {
	monotonic, wall := now.monotonic-w.last.monotonic, now.wall.Sub(w.last.wall)
	w.last = now
	jump := wall - monotonic
	return sight{away: jump > maxJump || monotonic-w.meant > maxJump, back: jump < -maxJump}
}
