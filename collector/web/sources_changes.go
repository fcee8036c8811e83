package web

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

// Changes are the changes and releases on record. What Tell and Say refuse is a
// slo.ChangeRefusal. Both keep the event that they are given in the audit, in
// one transaction with what they do, and only where they do something.
type Changes interface {
	// List returns changes, the latest to begin first.
	List(ctx context.Context, f ChangeFilter) ([]slo.ChangeRecord, error)
	// Get returns one change; ErrNoChange where there is none.
	Get(ctx context.Context, id string) (slo.ChangeRecord, error)
	// Tell keeps a change of which key, terms and source are given, told by the
	// event's actor; From, To and By that are zero are as the catalogue's
	// documentation of changes says. One that is there already is returned as it
	// stands, and fresh is false.
	Tell(ctx context.Context, c slo.ChangeRecord, e AuditEvent) (got slo.ChangeRecord, fresh bool, err error)
	// Say adds what the event's actor says of a change. What is so already
	// changes nothing.
	Say(ctx context.Context, id string, said slo.ChangeEvent, e AuditEvent) (slo.ChangeRecord, error)
	// Freezes are the steps of budget policies that have changes wait at an
	// instant, by service.
	Freezes(at slo.Instant) []slo.ChangeFreeze
}

// ErrNoChange is what Changes return for an ID that nothing has.
var ErrNoChange = errors.New("there is no such change")

// ChangeFilter chooses changes. Its zero value chooses all.
type ChangeFilter struct {
	Services []string      // one of which it touches; none is any
	Overlap  *slo.Interval // that its time touches; nil is any
	Counting bool          // only those that were not withdrawn
	Offset   int           // how many of the chosen to skip
	Limit    int           // how many to return at most; from 1 to 1001
}
