package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// Report is a service report as it was issued.
type Report struct {
	Agreement string // or the scope of a report on several, as slo.ScopeText has it
	Period    string // 2026-10
	Made      slo.Instant
	Model     []byte // JSON
	HTML      []byte
	Text      []byte
}

// insertReport keeps a report.
func insertReport(ctx context.Context, tx *sql.Tx, r Report) error {
	_, err := tx.ExecContext(ctx, `insert into reports (cell, agreement, period, made, model, html, body) values (?, ?, ?, ?, ?, ?, ?)`,
		cell, r.Agreement, r.Period, int64(r.Made), string(r.Model), r.HTML, r.Text)
	return err
}

// LatestReport returns the report of a period that was made last, or
// ErrNotFound.
func (s *Store) LatestReport(ctx context.Context, agreement, period string) (Report, error) {
	r := Report{Agreement: agreement, Period: period}
	err := s.db.QueryRowContext(ctx, `select made, model, html, body from reports
		where cell = ? and agreement = ? and period = ? order by made desc limit 1`, cell, agreement, period).
		Scan(&r.Made, &r.Model, &r.HTML, &r.Text)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("reading the report %s %s: %w", agreement, period, err)
	}
	return r, nil
}

// ReportMade returns the report of a period that was made at an instant, or
// ErrNotFound.
func (s *Store) ReportMade(ctx context.Context, agreement, period string, made slo.Instant) (Report, error) {
	r := Report{Agreement: agreement, Period: period, Made: made}
	err := s.db.QueryRowContext(ctx, `select model, html, body from reports where cell = ? and agreement = ? and period = ? and made = ?`,
		cell, agreement, period, int64(made)).Scan(&r.Model, &r.HTML, &r.Text)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("reading the report %s %s: %w", agreement, period, err)
	}
	return r, nil
}

// EachReport calls f with every report that was issued, the oldest first,
// without its HTML and text.
func (s *Store) EachReport(ctx context.Context, f func(Report) error) error {
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var r Report
		if err := rows.Scan(&r.Agreement, &r.Period, &r.Made, &r.Model); err != nil {
			return err
		}
		return f(r)
	}, `select agreement, period, made, model from reports where cell = ? order by made, agreement, period`, cell)
	if err != nil {
		return fmt.Errorf("reading the reports: %w", err)
	}
	return nil
}
