package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// SetAside is a record that was kept apart, and why.
type SetAside struct {
	At     slo.Instant
	ID     slo.ID
	Reason string
	Record []byte
}

// MaxSetAside is how many records are kept apart, and MaxSetAsideOfAgent how
// many of one agent, so that one does not push out what others left; older ones
// go.
const (
	MaxSetAside        = 10_000
	MaxSetAsideOfAgent = 1_000
)

// SetAside keeps records apart from the others.
func (s *Store) SetAside(ctx context.Context, rs ...SetAside) error {
	return s.write(ctx, "setting records aside", func(tx *sql.Tx) error {
		agents := map[string]bool{}
		for _, r := range rs {
			agents[r.ID.Agent] = true
			if _, err := tx.ExecContext(ctx, `insert into set_aside (at, agent, epoch, seq, reason, record) values (?, ?, ?, ?, ?, ?)`,
				int64(r.At), r.ID.Agent, r.ID.Epoch, int64(r.ID.Seq), r.Reason, r.Record); err != nil {
				return err
			}
		}
		for agent := range agents {
			if _, err := tx.ExecContext(ctx, `delete from set_aside where agent = ? and n <=
				(select n from set_aside where agent = ? order by n desc limit 1 offset ?)`, agent, agent, MaxSetAsideOfAgent); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `delete from set_aside where n <= (select n from set_aside order by n desc limit 1 offset ?)`, MaxSetAside)
		return err
	})
}

// SetAsideSince counts the records set aside since an instant, by reason.
func (s *Store) SetAsideSince(ctx context.Context, at slo.Instant) (map[string]int, error) {
	out := map[string]int{}
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var reason string
		var n int
		if err := rows.Scan(&reason, &n); err != nil {
			return err
		}
		out[reason] = n
		return nil
	}, `select reason, count(*) from set_aside where at >= ? group by reason`, int64(at))
	if err != nil {
		return nil, fmt.Errorf("counting records set aside: %w", err)
	}
	return out, nil
}
