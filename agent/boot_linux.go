package agent

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot is the time since the machine started, sleep included
// (clock_gettime(2), CLOCK_BOOTTIME); 0 where the system does not tell.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
