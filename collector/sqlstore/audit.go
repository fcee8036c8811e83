package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/assay-sla/assay/slo"
)

// AuditEvent is one line of the audit trail: who did, or tried to do, what.
type AuditEvent struct {
	N       int64 // counts from 1, in order; set where it is read
	At      slo.Instant
	Actor   string // as signed in, or as claimed
	Role    string
	Means   string // how the actor was known
	Remote  string // address
	Action  string
	Object  string // what it was done to
	Outcome string // allowed, refused or failed
	Reason  string
	Entry   int64 // of the ledger that has the line's digest; -1 where the line is older than the ledger
}

// Audit appends a line to the audit trail together with its entry in the
// ledger, the only one of the batch; a batch of no records is none.
func (s *Store) Audit(ctx context.Context, a AuditEvent, b LogBatch) error {
	return s.write(ctx, "writing the audit trail", func(tx *sql.Tx) error { return audited(ctx, tx, a, b) })
}

// audited appends a line to the audit trail, and a batch whose first entry is
// the line's.
func audited(ctx context.Context, tx *sql.Tx, a AuditEvent, b LogBatch) error {
	a.Entry = b.Size
	if len(b.Records) == 0 {
		a.Entry = -1
	}
	_, err := tx.ExecContext(ctx, `insert into audit (at, actor, role, means, remote, action, object, outcome, reason, entry) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		int64(a.At), a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason, a.Entry)
	if err != nil {
		return err
	}
	return appendLog(ctx, tx, b)
}

// AuditTrail returns the newest lines of the audit trail that came before
// another, newest first; before 0 is the end.
func (s *Store) AuditTrail(ctx context.Context, before int64, limit int) ([]AuditEvent, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	var out []AuditEvent
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var a AuditEvent
		if err := rows.Scan(&a.N, &a.At, &a.Actor, &a.Role, &a.Means, &a.Remote, &a.Action, &a.Object, &a.Outcome, &a.Reason, &a.Entry); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}, `select n, at, actor, role, means, remote, action, object, outcome, reason, entry from audit where n < ? order by n desc limit ?`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	return out, nil
}

// EachAudit calls f with every line of the audit trail, oldest first.
func (s *Store) EachAudit(ctx context.Context, f func(AuditEvent) error) error {
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var a AuditEvent
		if err := rows.Scan(&a.N, &a.At, &a.Actor, &a.Role, &a.Means, &a.Remote, &a.Action, &a.Object, &a.Outcome, &a.Reason, &a.Entry); err != nil {
			return err
		}
		return f(a)
	}, `select n, at, actor, role, means, remote, action, object, outcome, reason, entry from audit order by n`)
	if err != nil {
		return fmt.Errorf("reading the audit trail: %w", err)
	}
	return nil
}
