package slo

import "time"

// Incident is an unplanned interruption of a service: one for each outage,
// however many probes and locations saw it.
type Incident struct {
	ID           string // derived from the service and the outage's beginning
	Service      string
	Began        Instant // first instant of down
	Detected     Instant // when the collector knew
	Restored     Instant // first instant of up after it; 0 while it lasts
	Resolved     Instant // when the collector knew; 0 while it is open
	Downtime     time.Duration
	Acknowledged Instant // 0 where nobody did
	AckedBy      string
	Causes       []Cause
	Agreements   []string // that the outage counts against
	Events       []IncidentEvent
}

// Open reports whether the incident still lasts.
func (i *Incident) Open() bool { return i.Resolved == 0 }

// IncidentEvent is one line of an incident's timeline.
type IncidentEvent struct {
	At    Instant   `json:"at"`
	Kind  EventKind `json:"kind"`
	Actor string    `json:"actor"` // who did it; assay for what happened by itself
	Text  string    `json:"text,omitempty"`
}

// EventKind says what happened to an incident.
type EventKind string

// The kinds.
const (
	EventDetected     EventKind = "detected"
	EventSeenFrom     EventKind = "seen_from" // another location sees it too
	EventRevised      EventKind = "revised"   // late measurements moved its beginning or end
	EventRestored     EventKind = "restored"
	EventResolved     EventKind = "resolved"
	EventAcknowledged EventKind = "acknowledged"
	EventCommented    EventKind = "commented"
)
