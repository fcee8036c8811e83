package sqlstore

import (
	"context"
	"database/sql"

	"github.com/assay-sla/assay/slo"
)

// ReportPeriods lists the periods of which reports of an agreement are kept, in
// order.
func (s *Store) ReportPeriods(ctx context.Context, agreement string) ([]string, error) {
	var out []string
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var period string
		if err := rows.Scan(&period); err != nil {
			return err
		}
		out = append(out, period)
		return nil
	}, `select distinct period from reports where cell = ? and agreement = ? order by period`, cell, agreement)
	return out, err
}

// ReportsBefore returns the models of the reports of a period that were made
// before an instant, the newest first: at most limit.
func (s *Store) ReportsBefore(ctx context.Context, agreement, period string, made slo.Instant, limit int) ([][]byte, error) {
	var out [][]byte
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var model []byte
		if err := rows.Scan(&model); err != nil {
			return err
		}
		out = append(out, model)
		return nil
	}, `select model from reports where cell = ? and agreement = ? and period = ? and made < ? order by made desc limit ?`, cell, agreement, period, int64(made), limit)
	return out, err
}
