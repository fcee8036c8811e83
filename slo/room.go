package slo

import "time"

// Room is how many more probes an agent could run beside those that it has, at
// the mean cost of these, and what would run out first.
type Room struct {
	Probes int64 `json:"probes"` // 0 to MaxRoom; 0: the agent is saturated
	Limit  Limit `json:"limit"`
}

// MaxRoom bounds Room.Probes: of an agent that hardly does anything no more can
// be said than that it has much room.
const MaxRoom = 1_000_000

// SaturatedFor is how long an agent has room for no probe before somebody
// should look.
const SaturatedFor = 5 * time.Minute

// Limit names what an agent runs out of.
type Limit string

// What an agent runs out of; Limits lists them. A newer agent may name another.
const (
	LimitConcurrency Limit = "concurrency" // places for probes at the same time
	LimitCPU         Limit = "cpu"         // processor time
	LimitQueue       Limit = "queue"       // memory for records that the queue's disk has not taken
	LimitSchedule    Limit = "schedule"    // slots begin late, and none of the others tells why
)

// Limits lists every limit, that of the schedule last.
func Limits() []Limit { return []Limit{LimitConcurrency, LimitCPU, LimitQueue, LimitSchedule} }
