package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// OutboxRow is one message that is to leave the process. Message and Delivery
// are JSON that the caller understands.
type OutboxRow struct {
	ID                string // the Message-ID
	State             string // pending, sending, sent or failed
	Next, Enqueued    slo.Instant
	Message, Delivery []byte
}

const outboxColumns = `id, state, next, enqueued, message, delivery`

// Enqueue puts a message into the outbox unless one with its ID is there.
// It reports whether it did.
func (s *Store) Enqueue(ctx context.Context, r OutboxRow) (bool, error) {
	var fresh bool
	err := s.write(ctx, "enqueuing a message", func(tx *sql.Tx) error {
		var err error
		fresh, err = enqueue(ctx, tx, r)
		return err
	})
	return fresh, err
}

func enqueue(ctx context.Context, tx *sql.Tx, r OutboxRow) (bool, error) {
	res, err := tx.ExecContext(ctx, `insert into outbox (`+outboxColumns+`) values (?, ?, ?, ?, ?, ?) on conflict do nothing`,
		r.ID, r.State, int64(r.Next), int64(r.Enqueued), string(r.Message), string(r.Delivery))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// OutboxDue returns what is to be sent at an instant: first what is in state
// sending, then the pending whose time has come, each in order of Next,
// Enqueued and ID.
func (s *Store) OutboxDue(ctx context.Context, at slo.Instant, limit int) ([]OutboxRow, error) {
	out, err := outboxRows(ctx, s.db, `where state = 'sending' or state = 'pending' and next <= ?
		order by state = 'pending', next, enqueued, id limit ?`, int64(at), limit)
	if err != nil {
		return nil, fmt.Errorf("reading the outbox: %w", err)
	}
	return out, nil
}

// OutboxRow returns one message, or ErrNotFound.
func (s *Store) OutboxRow(ctx context.Context, id string) (OutboxRow, error) {
	out, err := outboxRows(ctx, s.db, `where id = ?`, id)
	if err == nil && len(out) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return OutboxRow{}, fmt.Errorf("reading message %q: %w", id, err)
	}
	return out[0], nil
}

// Outbox lists the newest messages of the outbox, whatever their state.
func (s *Store) Outbox(ctx context.Context, limit int) ([]OutboxRow, error) {
	out, err := outboxRows(ctx, s.db, `order by enqueued desc, id limit ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the outbox: %w", err)
	}
	return out, nil
}

func outboxRows(ctx context.Context, db querier, rest string, args ...any) ([]OutboxRow, error) {
	var out []OutboxRow
	err := query(ctx, db, func(rows *sql.Rows) error {
		var r OutboxRow
		if err := rows.Scan(&r.ID, &r.State, &r.Next, &r.Enqueued, &r.Message, &r.Delivery); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	}, `select `+outboxColumns+` from outbox `+rest, args...)
	return out, err
}

// RecordDelivery notes what became of a message. An unknown ID is ErrNotFound.
func (s *Store) RecordDelivery(ctx context.Context, id, state string, next slo.Instant, delivery []byte) error {
	return s.write(ctx, "recording a delivery", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `update outbox set state = ?, next = ?, delivery = ? where id = ?`, state, int64(next), string(delivery), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("message %q: %w", id, ErrNotFound)
		}
		return nil
	})
}
