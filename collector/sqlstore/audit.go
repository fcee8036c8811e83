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
}

// Audit appends a line to the audit trail.
func (s *Store) Audit(ctx context.Context, a AuditEvent) error {
	return s.write(ctx, "writing the audit trail", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into audit (at, actor, role, means, remote, action, object, outcome, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			int64(a.At), a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason)
		return err
	})
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
		if err := rows.Scan(&a.N, &a.At, &a.Actor, &a.Role, &a.Means, &a.Remote, &a.Action, &a.Object, &a.Outcome, &a.Reason); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}, `select n, at, actor, role, means, remote, action, object, outcome, reason from audit where n < ? order by n desc limit ?`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	return out, nil
}
