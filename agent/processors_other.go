//go:build !linux

package agent

// quota is 0: only Linux has control groups.
func quota() float64 { return 0 }
