//go:build !race

package agent

// fleetPart is by what the times of a fleet's life are divided.
const fleetPart = 1
