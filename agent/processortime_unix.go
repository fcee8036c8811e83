//go:build unix

package agent

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of the processors since its
// start, with the programs that it ran and that have ended; 0 where the system
// does not say.
func processorTime() time.Duration {
	var used time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			return 0
		}
		used += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return used
}
