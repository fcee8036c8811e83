package probe

import (
	"fmt"

	"github.com/assay-sla/assay/internal/sqlwire"
	"github.com/assay-sla/assay/slo"
)

// readCanary notes the newest canary among the rows. Rows without one are down:
// what was to be there is lost.
func (t *sqlTest) readCanary(r *run, rows *sqlwire.Table) error {
	ctx, cancel := r.timed()
	defer cancel()
	wanted := fmt.Sprintf("a canary in the %d rows from %s by %s", len(rows.Rows), r.peer, t.canary)
	text, err := t.canary.Text(ctx, map[string]any{"rows": rows.Rows, "now": r.at.Time()})
	if err != nil {
		return r.unevaluated(slo.AssertionFailed, wanted, err)
	}
	at, err := slo.ParseInstant(text)
	if err != nil {
		return downf(slo.AssertionFailed, "expected %s, and it is no RFC 3339 time%s", wanted, r.firstRow(rows))
	}
	r.m.Evidence = slo.CanaryEvidence(at)
	return nil
}
