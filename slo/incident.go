package slo

import "time"

// Incident is an unplanned interruption of a service, or something that is
// about to become one: one for each cause, however many probes and locations
// saw it. Began, Restored and Downtime are probe time, of what was measured;
// the other instants are incident time, of what the collector and people knew
// and did.
type Incident struct {
	ID           string // derived from what it is about and its beginning
	Service      string // "" where it is about no service
	Trigger      Trigger
	Key          string  // the condition that opened it; "" of ServiceDown
	Summary      string  // of that condition, one line; "" of ServiceDown
	Began        Instant // first instant of down, or of the condition
	Detected     Instant // when the collector knew
	Restored     Instant // first instant of up after it; 0 while it lasts
	Resolved     Instant // when the collector knew, or people said so; 0 while it is open
	Downtime     time.Duration
	Acknowledged Instant // 0 where nobody did
	AckedBy      string
	Causes       []Cause
	Agreements   []string // that the outage counts against
	Work         Work
	Events       []IncidentEvent
}

// Work is what people made of an incident. It follows from its events, less
// those that were undone.
type Work struct {
	Responded  Instant        `json:"responded,omitempty"` // when work on it began; 0 before
	Closed     Instant        `json:"closed,omitempty"`    // 0 while it is not
	Assignee   string         `json:"assignee,omitempty"`  // "" is nobody
	Resolution *Resolution    `json:"resolution,omitempty"`
	Reopened   bool           `json:"reopened,omitempty"` // by people, so it resolves by their word only
	Parent     string         `json:"parent,omitempty"`   // ID of the incident that it is part of
	Links      []IncidentLink `json:"links,omitempty"`
	Pauses     []Pause        `json:"pauses,omitempty"`      // of its clocks
	Priority   int            `json:"priority,omitempty"`    // from 1 to LowestPriority; 0 before it has one
	PriorityBy string         `json:"priority_by,omitempty"` // who chose it; "" where it follows from what is touched
	Major      *Major         `json:"major,omitempty"`       // nil where it is none
	NotMajor   bool           `json:"not_major,omitempty"`   // people said so, and by itself it stays none
}

// Major is what makes an incident major.
type Major struct {
	At        Instant `json:"at"`
	Owner     string  `json:"owner"` // who leads it
	ReviewDue Instant `json:"review_due"`
	Reviewed  Instant `json:"reviewed,omitempty"` // 0 before
}

// Resolution is what people say an incident was.
type Resolution struct {
	At    Instant     `json:"at"`
	By    string      `json:"by"`
	Code  ClosureCode `json:"code"`
	Cause string      `json:"cause,omitempty"`
}

// Open reports whether the incident still lasts.
func (i *Incident) Open() bool { return i.Resolved == 0 }

// Stage is how far the incident has come.
func (i *Incident) Stage() Stage {
	switch {
	case i.Work.Closed != 0:
		return Closed
	case !i.Open():
		return Resolved
	case i.Restored != 0:
		return Restored
	case i.Work.Responded != 0:
		return Responded
	case i.Acknowledged != 0:
		return Acknowledged
	}
	return Detected
}

// Stage is a step in the life of an incident.
type Stage string

// The stages, in their order.
const (
	Detected     Stage = "detected"
	Acknowledged Stage = "acknowledged" // somebody has seen it
	Responded    Stage = "responded"    // somebody works on it
	Restored     Stage = "restored"     // what it is about is over
	Resolved     Stage = "resolved"     // it needs nobody any more
	Closed       Stage = "closed"       // and its record is complete
)

// Trigger is what opened an incident.
type Trigger string

// The triggers.
const (
	ServiceDown  Trigger = "service_down"
	BurnRate     Trigger = "burn_rate"     // a page of a burn rate
	BudgetUsed   Trigger = "budget_used"   // a step of a budget policy whose action is incident
	AgentSilent  Trigger = "agent_silent"  // an agent is not heard of
	Exhausted    Trigger = "exhausted"     // a resource is at its limit
	DrillFailed  Trigger = "drill_failed"  // a drill of a continuity plan did not pass
	ForeignAlert Trigger = "foreign_alert" // an alert of another system
)

// Triggers lists every trigger.
func Triggers() []Trigger {
	return []Trigger{ServiceDown, BurnRate, BudgetUsed, AgentSilent, Exhausted, DrillFailed, ForeignAlert}
}

// ClosureCode says what kind of thing an incident was in the end.
type ClosureCode string

// ClosureCodes lists every code, in the order in which they are offered.
func ClosureCodes() []ClosureCode {
	return []ClosureCode{"fixed", "workaround", "change_reverted", "supplier", "by_itself", "false_alarm", "duplicate"}
}

// IncidentLink ties an incident to a record that is kept elsewhere.
type IncidentLink struct {
	Kind LinkKind `json:"kind"`
	ID   string   `json:"id"` // as that record is called
}

// LinkKind is what a link leads to.
type LinkKind string

// LinkKinds lists every kind.
func LinkKinds() []LinkKind { return []LinkKind{"problem", "change", "supplier"} }

// IncidentEvent is one line of an incident's timeline.
type IncidentEvent struct {
	N      int       `json:"n"` // names it within its incident; rising
	At     Instant   `json:"at"`
	Kind   EventKind `json:"kind"`
	Actor  string    `json:"actor"` // who did it; assay for what happened by itself
	Text   string    `json:"text,omitempty"`
	Value  string    `json:"value,omitempty"`  // what it set; its kind says what that is
	Undoes int       `json:"undoes,omitempty"` // N of the event that an undo takes back
}

// Undoable reports whether people may take an event back: what they did
// themselves, except what has an opposite of its own.
func (e *IncidentEvent) Undoable() bool {
	switch e.Kind {
	case EventCommented, EventAcknowledged, EventAssigned, EventResponded, EventResolved, EventReopened, EventClosed, EventLinked, EventUnlinked,
		EventPaused, EventContinued, EventPrioritised, EventMajor, EventNotMajor, EventReviewed:
		return e.Actor != ByItself
	}
	return false
}

// ByItself is the actor of what happens by itself.
const ByItself = "assay"

// EventKind says what happened to an incident.
type EventKind string

// The kinds. Behind the semicolon is what Value holds.
const (
	EventDetected     EventKind = "detected"
	EventSeenFrom     EventKind = "seen_from" // another location sees it too
	EventRevised      EventKind = "revised"   // late measurements moved its beginning or end
	EventRestored     EventKind = "restored"
	EventResolved     EventKind = "resolved" // by itself, or by people; their closure code
	EventReopened     EventKind = "reopened"
	EventAcknowledged EventKind = "acknowledged"
	EventCommented    EventKind = "commented"
	EventAssigned     EventKind = "assigned"  // ; the assignee, "" for nobody
	EventResponded    EventKind = "responded" // work on it began
	EventClosed       EventKind = "closed"
	EventMerged       EventKind = "merged" // into another; its ID
	EventSplit        EventKind = "split"  // from the other again; its ID
	EventJoined       EventKind = "joined" // another became part of this one; its ID, or the condition's key
	EventParted       EventKind = "parted" // and is not any more; its ID, or the condition's key
	EventLinked       EventKind = "linked" // ; kind and ID of the record, as problem:PRB-7
	EventUnlinked     EventKind = "unlinked"
	EventPaused       EventKind = "paused"      // its clocks stand
	EventContinued    EventKind = "continued"   // and go on
	EventPrioritised  EventKind = "prioritised" // ; the priority
	EventMajor        EventKind = "major"       // it became a major incident; when its review is due, and who leads it
	EventNotMajor     EventKind = "not_major"   // and is none after all
	EventTargetNear   EventKind = "target_near" // much of a target is over, or all of it; percent, clock and agreement
	EventReviewed     EventKind = "reviewed"    // as a major incident is afterwards
	EventUndone       EventKind = "undone"      // what somebody did was taken back
)

// EventKinds lists every kind.
func EventKinds() []EventKind {
	return []EventKind{
		EventDetected, EventSeenFrom, EventRevised, EventRestored, EventResolved, EventReopened, EventAcknowledged, EventCommented,
		EventAssigned, EventResponded, EventClosed, EventMerged, EventSplit, EventJoined, EventParted, EventLinked, EventUnlinked,
		EventPaused, EventContinued, EventPrioritised, EventMajor, EventNotMajor, EventTargetNear, EventReviewed, EventUndone,
	}
}
