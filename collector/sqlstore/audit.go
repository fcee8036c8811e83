package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// AuditEvent is one line of the audit trail: who did, or tried to do, what.
type AuditEvent struct {
	At      slo.Instant `json:"at"`
	Actor   string      `json:"actor"`
	Role    string      `json:"role"`
	Action  string      `json:"action"`  // acknowledge, comment, reload, sign_in, ...
	Subject string      `json:"subject"` // what it was done to
	Detail  string      `json:"detail,omitempty"`
	Allowed bool        `json:"allowed"`
}

// Audit appends a line to the audit trail.
func (s *Store) Audit(ctx context.Context, a AuditEvent) error {
	return s.write(ctx, "writing the audit trail", func(tx *sql.Tx) error { return audit(ctx, tx, a) })
}

func audit(ctx context.Context, tx *sql.Tx, a AuditEvent) error {
	_, err := tx.ExecContext(ctx, `insert into audit (at, actor, role, action, subject, detail, allowed) values (?, ?, ?, ?, ?, ?, ?)`,
		int64(a.At), a.Actor, a.Role, a.Action, a.Subject, a.Detail, a.Allowed)
	return err
}

// AuditTrail returns the newest lines of the audit trail, newest first.
func (s *Store) AuditTrail(ctx context.Context, limit int) ([]AuditEvent, error) {
	var out []AuditEvent
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var a AuditEvent
		if err := rows.Scan(&a.At, &a.Actor, &a.Role, &a.Action, &a.Subject, &a.Detail, &a.Allowed); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}, `select at, actor, role, action, subject, detail, allowed from audit order by n desc limit ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	return out, nil
}
