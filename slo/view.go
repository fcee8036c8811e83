package slo

import "time"

// ServiceStatus is what is known of one service at one instant.
type ServiceStatus struct {
	Service    *Service
	State      State
	Since      Instant           // of State; MinInstant where it was never anything else
	Causes     []Cause           // why it is down, where it is: one for each failing location
	Planned    *PlannedWork      // maintenance in force now, nil where there is none
	Probes     []ProbeStatus     // those of its expression
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
}

// Burn is how fast an objective's budget goes over a recent window: 1 is the
// rate that uses it up exactly at the objective window's end.
type Burn struct {
	Window time.Duration
	Rate   float64
	Known  bool // false where nothing is known of the window
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

	Watermark Instant // all that it measured before it was delivered; 0 where it never said
}
