package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Set keeps one value under a key.
func (s *Store) Set(ctx context.Context, key string, value []byte) error {
	return s.write(ctx, "saving "+key, func(tx *sql.Tx) error { return set(ctx, tx, key, value) })
}

func set(ctx context.Context, tx *sql.Tx, key string, value []byte) error {
	_, err := tx.ExecContext(ctx, `insert into settings (key, value) values (?, ?) on conflict do update set value = excluded.value`, key, value)
	return err
}

// Get returns the value under a key, nil where there is none.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	var v []byte
	err := s.db.QueryRowContext(ctx, `select value from settings where key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", key, err)
	}
	return v, nil
}
