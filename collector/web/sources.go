// Package web serves the collector's pages and its JSON API, signs people in
// and says who may do what. It computes no figure: it shows what the sources
// below give it. docs/formats/api.md specifies the API.
package web

import (
	"context"
	"errors"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// Figures are the availability figures as they stand at an instant, which is
// the present one.
type Figures interface {
	// Services returns every service, by name.
	Services(at slo.Instant) []slo.ServiceStatus
	// Service returns one service, false where the catalogue lacks it.
	Service(name string, at slo.Instant) (slo.ServiceStatus, bool)
	// Days returns the figures of an objective for each of the days given,
	// at most 31. Days that lie ahead, or before what is held, are all zero.
	Days(agreement, objective string, days []slo.Interval, at slo.Instant) []DayFigure
	// Timeline returns a service's states over v, at most a day and an hour,
	// oldest first, and nothing for time after at.
	Timeline(service string, v slo.Interval, at slo.Instant) []slo.TimedState
}

// DayFigure is what a day of agreed time was. Agreed = Up + Down + Unknown.
type DayFigure struct {
	Agreed, Up, Down, Unknown, Excluded time.Duration
	Availability                        slo.Fraction // by the objective's method, under its policy
}

// Incidents are the incidents on record.
type Incidents interface {
	// List returns incidents, the latest to begin first.
	List(ctx context.Context, f IncidentFilter) ([]slo.Incident, error)
	// Get returns one incident; ErrNoIncident where there is none.
	Get(ctx context.Context, id string) (slo.Incident, error)
	// Parts returns the IDs of the incidents that are part of one.
	Parts(ctx context.Context, id string) ([]string, error)
	// Clocks returns the targets that agreements set for an incident, as they
	// stand at an instant.
	Clocks(ctx context.Context, i *slo.Incident, at slo.Instant) ([]slo.IncidentClock, error)
	// Act does what an event by people says, whose number is not given yet.
	// What is so already changes nothing; what cannot be done is an
	// *IncidentRefused.
	Act(ctx context.Context, id string, e slo.IncidentEvent) error
}

// ErrNoIncident is what Incidents return for an ID that nothing has.
var ErrNoIncident = errors.New("there is no such incident")

// IncidentFilter chooses incidents. Its zero value chooses all.
type IncidentFilter struct {
	Service string        // "" is any
	State   IncidentState // "" is any
	Whole   bool          // only those that are part of no other
	Offset  int           // how many of the chosen to skip
	Limit   int           // how many to return at most; from 1 to 1001
}

// IncidentState chooses incidents by whether they last.
type IncidentState string

// The states to choose by.
const (
	AnyIncident      IncidentState = ""
	OpenIncident     IncidentState = "open"
	ResolvedIncident IncidentState = "resolved"
)

// Agents are the agents that ever pushed or were enrolled, by name.
type Agents interface {
	Agents(at slo.Instant) []slo.AgentStatus
}

// Latency returns a probe's latency over v for each location, by location.
type Latency func(ctx context.Context, probe string, v slo.Interval, step time.Duration) ([]LatencySeries, error)

// LatencySeries is the latency of one probe from one location.
type LatencySeries struct {
	Location string
	Points   []LatencyPoint // by time; a step without a measurement has none
}

// LatencyPoint is the latency at one step.
type LatencyPoint struct {
	At      slo.Instant
	Latency time.Duration
}

// Collector is the process as a whole.
type Collector interface {
	Status() Status
	// Reload takes the catalogue and the credentials from their files, as actor
	// asks for, all or nothing. Its error is shown to the one who asked, and Status tells of it
	// until a reload succeeds.
	Reload(ctx context.Context, actor string) error
}

// Status is how the collector itself is.
type Status struct {
	Version  string
	Started  slo.Instant
	NotReady string      // why the figures are not complete yet; "" where they are
	Revision string      // of the catalogue in force
	Loaded   slo.Instant // when it was taken
	Refused  slo.Instant // when a changed catalogue was last refused; 0 where the last was taken
	Problems []string    // of the refused one
}

// Audit keeps who did what. A write that it cannot record is not made.
type Audit interface {
	Record(ctx context.Context, e AuditEvent) error
}

// AuditEvent is one write, one refused write, or one sign-in.
type AuditEvent struct {
	At      slo.Instant
	Actor   string // as signed in, or as claimed by a refused sign-in; "" is nobody
	Role    auth.Role
	By      auth.Means
	Remote  string // address without port
	Action  string // such as incident.acknowledge
	Object  string // what it was done to
	Outcome Outcome
	Reason  string // why it was refused or failed
}

// Outcome is what became of a write.
type Outcome string

// The outcomes. A write is recorded as allowed before it is made, and once
// more as failed where it then was not.
const (
	Allowed Outcome = "allowed"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)
