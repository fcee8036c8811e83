package web

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

// Continuity are the continuity plans and their drills. What Declare and Add
// refuse is a slo.DrillRefusal.
type Continuity interface {
	// Plans returns the plans of the catalogue, by name, as they stand at an
	// instant.
	Plans(ctx context.Context, at slo.Instant) ([]PlanStanding, error)
	// Drill returns one drill; ErrNoDrill where there is none.
	Drill(ctx context.Context, id string) (slo.Drill, error)
	// OfService returns the drills of the plans that cover a service which touch
	// v, the newest first, at most so many.
	OfService(ctx context.Context, service string, v slo.Interval, limit int) ([]slo.Drill, error)
	// Declare declares a disruption and begins a drill. The same once more is the
	// drill that is there.
	Declare(ctx context.Context, d DrillDeclaration) (slo.Drill, error)
	// Add adds an event to a drill.
	Add(ctx context.Context, id string, e slo.DrillEvent) (slo.Drill, error)
}

// PlanStanding is a plan with its tests.
type PlanStanding struct {
	*slo.ContinuityPlan
	Due  []slo.DueTest // the earliest first
	Past []slo.Drill   // the newest first
}

// DrillDeclaration is a disruption that somebody declares.
type DrillDeclaration struct {
	Plan, Drill string
	Disruption  slo.Instant // at most slo.MaxDisruption before At
	At          slo.Instant
	Actor       string
	Text        string // why; "" where nobody said
}

// ErrNoDrill is what Continuity returns for an ID that nothing has.
var ErrNoDrill = errors.New("there is no such drill")
