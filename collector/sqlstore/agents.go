package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// SaveAgents keeps what is known of agents, as JSON by name.
func (s *Store) SaveAgents(ctx context.Context, agents map[string][]byte) error {
	return s.write(ctx, "saving agents", func(tx *sql.Tx) error {
		for name, status := range agents {
			if _, err := tx.ExecContext(ctx, `insert into agents (cell, agent, status) values (?, ?, ?)
				on conflict do update set status = excluded.status`, cell, name, string(status)); err != nil {
				return err
			}
		}
		return nil
	})
}

// LoadAgents returns what SaveAgents kept.
func (s *Store) LoadAgents(ctx context.Context) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var name string
		var status []byte
		if err := rows.Scan(&name, &status); err != nil {
			return err
		}
		out[name] = status
		return nil
	}, `select agent, status from agents where cell = ?`, cell)
	if err != nil {
		return nil, fmt.Errorf("loading agents: %w", err)
	}
	return out, nil
}
