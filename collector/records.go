package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
)

// auditTrail keeps who did what, and a digest of it in the ledger.
type auditTrail struct {
	store  *sqlstore.Store
	ledger *ledgerSide
}

func (t auditTrail) Record(ctx context.Context, e web.AuditEvent) error {
	row, body := auditRow(e)
	_, err := t.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		return t.store.Audit(ctx, row, sqlstore.LogBatch(b))
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: body})
	return err
}

// auditRow is a line of the audit trail, and the body of its entry.
func auditRow(e web.AuditEvent) (sqlstore.AuditEvent, *ledger.Audit) {
	row := sqlstore.AuditEvent{
		At: e.At, Actor: e.Actor, Role: e.Role.String(), Means: string(e.By), Remote: e.Remote,
		Action: e.Action, Object: e.Object, Outcome: string(e.Outcome), Reason: e.Reason,
	}
	return row, &ledger.Audit{Row: trailLine(row).Digest(), Action: row.Action, Object: row.Object, Outcome: row.Outcome}
}

// trailLine is a line of the audit trail as the ledger digests it.
func trailLine(a sqlstore.AuditEvent) ledger.Line {
	return ledger.AuditLine(a.At, a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason)
}
