package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// ServiceRequests are the counts of service requests on record.
type ServiceRequests interface {
	// List returns counts, the latest period first.
	List(ctx context.Context, f ServiceRequestFilter) ([]slo.ServiceRequests, error)
	// Take keeps counts, all of them or none: what says the same as the newest
	// version changes nothing, what says something else is a new version. What it
	// refuses is a *RowsRefused.
	Take(ctx context.Context, list []slo.ServiceRequests) (Taken, error)
}

// Taken says what became of counts.
type Taken struct {
	New       int `json:"new"`
	Corrected int `json:"corrected"`
	Unchanged int `json:"unchanged"`
}

// ServiceRequestFilter chooses counts. Its zero value chooses the newest version
// of all.
type ServiceRequestFilter struct {
	Service  string // "" is any
	Versions bool   // every version
	Offset   int
	Limit    int // from 1 to 1001
}

// RowProblem is what is wrong with one row. Row counts from 1, without a header.
type RowProblem struct {
	Row int
	Why string
}

// RowsRefused is why counts were not taken.
type RowsRefused struct{ Problems []RowProblem }

// maxRowProblems bounds the rows of which an answer says what is wrong.
const maxRowProblems = 10

// Error names the first rows.
func (e *RowsRefused) Error() string {
	var out []string
	for _, p := range e.Problems[:min(len(e.Problems), maxRowProblems)] {
		out = append(out, fmt.Sprintf("row %d: %s", p.Row, p.Why))
	}
	if n := len(e.Problems) - maxRowProblems; n > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(out, "; ")
}
