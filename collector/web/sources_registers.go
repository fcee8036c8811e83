package web

import (
	"context"
	"errors"
	"io"

	"github.com/assay-sla/assay/slo"
)

// Registers are the registers of the management system. What they refuse is
// slo.RegisterProblems. Change, Undo and Import keep the event that they are given
// in the audit, in one transaction with what they do, and only where they do
// something.
type Registers interface {
	// Shapes lists the registers, in the order in which they are shown.
	Shapes() []slo.Register
	// Counts counts the items of each register by state, as register and state.
	Counts(ctx context.Context) (map[[2]string]int, error)
	// List returns items of one register, the newest first.
	List(ctx context.Context, f RegisterFilter) ([]slo.RegisterItem, error)
	// Get returns one item; ErrNoItem where there is none.
	Get(ctx context.Context, register, id string) (slo.RegisterItem, error)
	// Change makes a new item of the event's actor where the change's version is 0,
	// and else changes the one that is there. One that is there already is returned
	// as it stands, and done is false, as where nothing would change.
	Change(ctx context.Context, c slo.RegisterChange, e AuditEvent) (got slo.RegisterItem, done bool, err error)
	// Undo takes the event n of an item back.
	Undo(ctx context.Context, c slo.RegisterChange, n int, e AuditEvent) (slo.RegisterItem, error)
	// Import makes and changes items as the lines of a CSV file say: all of them,
	// or none. A dry run only says what it would do.
	Import(ctx context.Context, register string, csv []byte, dry bool, e AuditEvent) (slo.RegisterImport, error)
	// Export writes a register as a CSV file that Import takes.
	Export(ctx context.Context, register string, w io.Writer) error
	// Candidates lists items that the figures propose for a register.
	Candidates(ctx context.Context, register string, at slo.Instant) ([]slo.RegisterCandidate, error)
	// Inputs is what a management review is given.
	Inputs(ctx context.Context, at slo.Instant) ([]slo.ReviewInput, error)
}

// ErrNoItem is what Registers return for an item or a register that is not there.
var ErrNoItem = errors.New("there is no such item")

// RegisterFilter chooses items of a register.
type RegisterFilter struct {
	Register string
	States   []string // none is any
	Text     string   // in one of the values; "" is any
	Offset   int      // how many of the chosen to skip
	Limit    int      // how many to return at most; from 1 to 1001
}
