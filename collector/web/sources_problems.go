package web

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

// Problems are the problems on record. What Open and Act refuse is a
// slo.ProblemRefusal.
type Problems interface {
	// List returns problems, the newest first.
	List(ctx context.Context, f ProblemFilter) ([]slo.Problem, error)
	// Get returns one problem; ErrNoProblem where there is none.
	Get(ctx context.Context, id string) (slo.Problem, error)
	// Of returns the problems of an incident, and where it has none the one that
	// it fails the same way as, the newest first.
	Of(ctx context.Context, i *slo.Incident) ([]slo.Problem, error)
	// Rule is when repeated failures are a problem.
	Rule() slo.ProblemRule
	// Open opens a problem with an event of people, of which At and Actor are
	// given. The same incident once more is the problem that it has begun, and
	// fresh is false.
	Open(ctx context.Context, n NewProblem, e slo.ProblemEvent) (got slo.Problem, fresh bool, err error)
	// Act adds an event of people, whose number is not given yet, to a problem.
	// Where version is not 0 people must have done nothing since.
	Act(ctx context.Context, id string, version int, e slo.ProblemEvent) (slo.Problem, error)
}

// NewProblem is a problem that people open.
type NewProblem struct {
	Incident string // that it begins with; "" is none
	Service  string // that it is about where it has no incident; "" is none
	Title    string // "" is the incident's
	Text     string // what is known
}

// ErrNoProblem is what Problems return for an ID that nothing has.
var ErrNoProblem = errors.New("there is no such problem")

// ProblemFilter chooses problems. Its zero value chooses all.
type ProblemFilter struct {
	Service string // "" is any
	State   string // "" is any; ActiveProblem, or one of slo.ProblemStates
	Offset  int    // how many of the chosen to skip
	Limit   int    // how many to return at most; from 1 to 1001
}

// ActiveProblem chooses the problems that need somebody.
const ActiveProblem = "active"
