//go:build race

package agent

// fleetPart is by what the times of a fleet's life are divided: the race
// detector makes everything that much slower.
const fleetPart = 4
