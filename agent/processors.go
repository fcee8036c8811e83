package agent

import "runtime"

// processors is how many processors the agent may use: those of its Go program,
// or the part of them that a quota of its control group allows.
func processors() float64 {
	cores := float64(runtime.GOMAXPROCS(0))
	if quota := quota(); quota > 0 {
		cores = min(cores, quota)
	}
	return cores
}
