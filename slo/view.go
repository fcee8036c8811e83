package slo

import "time"

// ServiceStatus is what is known of one service at one instant.
type ServiceStatus struct {
	Service    *Service
	State      State
	Since      Instant           // of State; MinInstant where it was never anything else
	Causes     []Cause           // why it is down, where it is: one for each failing location
	Planned    *PlannedWork      // maintenance in force now, nil where there is none
	Probes     []ProbeStatus     // those of its expression, and then those that count its requests
	Objectives []ObjectiveStatus // of every agreement about it, by agreement and then as written
	Recent     []TimedState      // the timeline of the last day, oldest first
}

// PlannedWork is a maintenance in force.
type PlannedWork struct {
	Name string
	Interval
}

// TimedState is a span of a timeline.
type TimedState struct {
	Interval
	State State
}

// ProbeStatus is what is known of one probe at one instant.
type ProbeStatus struct {
	Probe     *Probe
	State     State
	Since     Instant
	Locations []LocationStatus
}

// LocationStatus is what one location sees of one probe.
type LocationStatus struct {
	Location string
	Counts   bool // whether it takes part in the vote
	State    State
	Since    Instant
	Agents   []AgentReport
}

// AgentReport is an agent's last word on a probe.
type AgentReport struct {
	Agent string
	Last  Measurement
}

// Cause is a failed measurement that explains a down.
type Cause struct {
	Probe    string  `json:"probe"`
	Target   string  `json:"target"`
	Location string  `json:"location"`
	Agent    string  `json:"agent"`
	At       Instant `json:"at"`
	Reason   Reason  `json:"reason"`
	Evidence string  `json:"evidence"`
	ClockOff bool    `json:"clock_off"` // the measurement is marked: the agent's clock was off beyond ClockBound
}

// Burn is how fast an objective's budget goes over a recent window: 1 is the
// rate that uses it up exactly at the objective window's end.
type Burn struct {
	Window time.Duration
	Rate   float64
	Known  bool // false where nothing is known of the window
}

// SaturatedAt reports whether an agent has had room for no probe for so long
// that somebody should look.
func (a *AgentStatus) SaturatedAt(at Instant) bool {
	return a.Saturated != 0 && at.Sub(a.Saturated) >= SaturatedFor
}

// AgentStatus is what the collector knows of one agent.
type AgentStatus struct {
	Agent    string
	Location string
	Epoch    string
	Version  string
	Started  Instant       // of its process; 0 where it never said
	Seen     Instant       // its last heartbeat or push
	Silent   bool          // not seen for longer than it may be
	Newest   Instant       // of its measurements; 0 where there is none
	Queued   int64         // records waiting at the agent
	Oldest   Instant       // of those; 0 where there is none
	Offset   time.Duration // of its clock against the collector's
	Lost     uint64        // records that it declared lost, in its present epoch

	Room      *Room             // for more probes, as it last said; nil where it does not say
	Saturated Instant           // since when it has room for none; 0 while it has
	Labels    map[string]string // that its own file gives it
	Seats     int               // that it holds
	Watermark Instant           // all that it measured before it was delivered; 0 where it never said
}
