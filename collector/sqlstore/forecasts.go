package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// ForecastLevel is what a forecast said of one time ahead.
type ForecastLevel struct {
	Resource            string
	Series              string // as slo.ForecastSeries; "" where the resource is one
	Made, Due           slo.Instant
	Limit               slo.Quantity
	Low, Expected, High slo.Quantity
}

// SaveForecasts keeps what forecasts said. One that is on record stays as it is.
func (s *Store) SaveForecasts(ctx context.Context, levels []ForecastLevel) error {
	return s.write(ctx, "saving forecasts", func(tx *sql.Tx) error {
		for _, l := range levels {
			_, err := tx.ExecContext(ctx, `insert into forecasts (cell, resource, series, due, made, ceiling, low, expected, high)
				values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
				cell, l.Resource, l.Series, int64(l.Due), int64(l.Made), l.Limit.Float(), l.Low.Float(), l.Expected.Float(), l.High.Float())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DueForecasts returns forecasts of times up to at that are not scored yet,
// the oldest first, at most limit of them.
func (s *Store) DueForecasts(ctx context.Context, at slo.Instant, limit int) ([]ForecastLevel, error) {
	rows, err := s.db.QueryContext(ctx, `select resource, series, made, due, ceiling, low, expected, high from forecasts
		where cell = ? and due <= ? and actual is null order by due, resource, series, made limit ?`, cell, int64(at), limit)
	if err != nil {
		return nil, fmt.Errorf("reading forecasts to score: %w", err)
	}
	defer rows.Close()
	var out []ForecastLevel
	for rows.Next() {
		var l ForecastLevel
		var limit, low, expected, high float64
		if err := rows.Scan(&l.Resource, &l.Series, &l.Made, &l.Due, &limit, &low, &expected, &high); err != nil {
			return nil, fmt.Errorf("reading forecasts to score: %w", err)
		}
		for _, q := range []struct {
			to   *slo.Quantity
			from float64
		}{{&l.Limit, limit}, {&l.Low, low}, {&l.Expected, expected}, {&l.High, high}} {
			if *q.to, err = slo.NewQuantity(q.from); err != nil {
				return nil, fmt.Errorf("reading the forecast of %s %s made %s: %w", l.Resource, l.Series, l.Made, err)
			}
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading forecasts to score: %w", err)
	}
	return out, nil
}

// ScoreForecast puts on record how it was. One that was scored stays as it is.
func (s *Store) ScoreForecast(ctx context.Context, l ForecastLevel, actual slo.Quantity) error {
	_, err := s.db.ExecContext(ctx, `update forecasts set actual = ?
		where cell = ? and resource = ? and series = ? and due = ? and made = ? and actual is null`,
		actual.Float(), cell, l.Resource, l.Series, int64(l.Due), int64(l.Made))
	if err != nil {
		return fmt.Errorf("scoring a forecast of %s: %w", l.Resource, err)
	}
	return nil
}

// ForecastScores returns how the forecasts were that spoke of times from from
// to to, by resource, series and time ahead.
func (s *Store) ForecastScores(ctx context.Context, from, to slo.Instant) ([]slo.ForecastScore, error) {
	rows, err := s.db.QueryContext(ctx, `select resource, series, (due - made) / 86400000 * 86400000, count(*),
		sum(actual between low and high), avg(abs(actual - expected)), avg(abs(actual - expected) / ceiling)
		from forecasts where cell = ? and due >= ? and due < ? and actual is not null
		group by 1, 2, 3 order by 1, 2, 3`, cell, int64(from), int64(to))
	if err != nil {
		return nil, fmt.Errorf("reading the scores of forecasts: %w", err)
	}
	defer rows.Close()
	var out []slo.ForecastScore
	for rows.Next() {
		var c slo.ForecastScore
		var ahead int64
		var off, share float64
		if err := rows.Scan(&c.Resource, &c.Series, &ahead, &c.Count, &c.Inside, &off, &share); err != nil {
			return nil, fmt.Errorf("reading the scores of forecasts: %w", err)
		}
		c.Ahead = time.Duration(ahead) * time.Millisecond
		if c.Error, err = slo.NewQuantity(off); err != nil {
			return nil, fmt.Errorf("reading the score of %s: %w", c.Resource, err)
		}
		if c.ErrorShare, err = slo.NewQuantity(share); err != nil {
			return nil, fmt.Errorf("reading the score of %s: %w", c.Resource, err)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the scores of forecasts: %w", err)
	}
	return out, nil
}

// ForgetForecasts removes the forecasts of times before an instant, and those
// not scored of times before another: nobody knows any more how it was.
func (s *Store) ForgetForecasts(ctx context.Context, before, unscored slo.Instant) error {
	_, err := s.db.ExecContext(ctx, `delete from forecasts where cell = ? and (due < ? or actual is null and due < ?)`,
		cell, int64(before), int64(unscored))
	if err != nil {
		return fmt.Errorf("forgetting forecasts: %w", err)
	}
	return nil
}
