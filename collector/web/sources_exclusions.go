package web

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

// Exclusions are the requests for exclusions after the fact. What Request and
// Decide refuse is a slo.ExclusionRefusal. Both keep the event that they are
// given in the audit, in one transaction with what they do, and only where they
// do something.
type Exclusions interface {
	// List returns requests, the newest first.
	List(ctx context.Context, f ExclusionFilter) ([]slo.ExclusionRequest, error)
	// Get returns one request; ErrNoExclusion where there is none.
	Get(ctx context.Context, id string) (slo.ExclusionRequest, error)
	// Effects is what the next decision would do to figures, with what is known
	// at an instant, which is the present one: approving what is pending, and
	// revoking what is approved.
	Effects(r *slo.ExclusionRequest, at slo.Instant) (effects []slo.ExclusionEffect, omitted int)
	// Request keeps a request of the event's actor. One that is there already is
	// returned as it stands, and fresh is false.
	Request(ctx context.Context, r slo.ExclusionRequest, e AuditEvent) (got slo.ExclusionRequest, fresh bool, err error)
	// Decide adds a decision of the event's actor. Making it again changes nothing.
	Decide(ctx context.Context, id string, d slo.ExclusionDecision, e AuditEvent) (slo.ExclusionRequest, error)
}

// ErrNoExclusion is what Exclusions return for an ID that nothing has.
var ErrNoExclusion = errors.New("there is no such exclusion")

// ExclusionFilter chooses requests. Its zero value chooses all.
type ExclusionFilter struct {
	State      slo.ExclusionState // "" is any
	Agreements []string           // one of which is named; none is any
	Offset     int                // how many of the chosen to skip
	Limit      int                // how many to return at most; from 1 to 1001
}
