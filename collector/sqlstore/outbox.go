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
	ID                string // the Message-ID of a mail, or event and channel
	Channel           string // that is told; "" of a mail
	Subject           string // what is about one subject leaves in order; the ID of a mail
	State             string // pending, sending, sent or failed
	Next, Enqueued    slo.Instant
	Message, Delivery []byte
}

const outboxColumns = `id, channel, subject, state, next, enqueued, message, delivery`

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

// SetAndEnqueue keeps a value under a key and puts messages into the outbox,
// in one transaction. Messages that are there already are left as they are.
func (s *Store) SetAndEnqueue(ctx context.Context, key string, value []byte, rows []OutboxRow) error {
	return s.write(ctx, "saving "+key, func(tx *sql.Tx) error {
		if err := set(ctx, tx, key, value); err != nil {
			return err
		}
		return enqueueAll(ctx, tx, rows)
	})
}

func enqueueAll(ctx context.Context, tx *sql.Tx, rows []OutboxRow) error {
	for _, r := range rows {
		if _, err := enqueue(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

func enqueue(ctx context.Context, tx *sql.Tx, r OutboxRow) (bool, error) {
	res, err := tx.ExecContext(ctx, `insert into outbox (`+outboxColumns+`, n) select ?, ?, ?, ?, ?, ?, ?, ?,
		1 + coalesce((select max(n) from outbox where channel = ? and subject = ?), 0) where true on conflict do nothing`,
		r.ID, r.Channel, r.Subject, r.State, int64(r.Next), int64(r.Enqueued), string(r.Message), string(r.Delivery), r.Channel, r.Subject)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// foremost keeps of what is about one subject the first that is not final.
const foremost = ` and not exists (select 1 from outbox p where p.channel = outbox.channel and p.subject = outbox.subject
	and p.n < outbox.n and p.state in ('pending', 'sending'))`

// OutboxDue returns what is to be sent to a channel, or as mail, at an instant:
// first what is in state sending, then the pending whose time has come, each in
// order of Next, Enqueued and ID. Of what is about one subject it returns the
// first alone.
func (s *Store) OutboxDue(ctx context.Context, channel string, at slo.Instant, limit int) ([]OutboxRow, error) {
	const order = foremost + ` order by next, enqueued, id limit ?`
	out, err := outboxRows(ctx, s.db, `where channel = ? and state = 'sending'`+order, channel, limit)
	if err == nil && len(out) < limit {
		var pending []OutboxRow
		pending, err = outboxRows(ctx, s.db, `where channel = ? and state = 'pending' and next <= ?`+order, channel, int64(at), limit-len(out))
		out = append(out, pending...)
	}
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

// Outbox lists the newest messages to a channel, or mails, whatever their
// state.
func (s *Store) Outbox(ctx context.Context, channel string, limit int) ([]OutboxRow, error) {
	out, err := outboxRows(ctx, s.db, `where channel = ? order by enqueued desc, n desc, id limit ?`, channel, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the outbox: %w", err)
	}
	return out, nil
}

// OutboxStanding is how the outbox of a channel stands.
type OutboxStanding struct {
	Waiting int
	Oldest  slo.Instant // when the oldest that waits was enqueued; 0 where none does
	Failed  int         // given up, as far as they are kept
	Last    slo.Instant // when the last was given up; 0 where none was
}

// OutboxStanding counts what waits for a channel and what was given up.
func (s *Store) OutboxStanding(ctx context.Context, channel string) (OutboxStanding, error) {
	var o OutboxStanding
	err := s.db.QueryRowContext(ctx, `select count(*), coalesce(min(enqueued), 0) from outbox where channel = ? and state in ('pending', 'sending')`, channel).
		Scan(&o.Waiting, &o.Oldest)
	if err == nil {
		err = s.db.QueryRowContext(ctx, `select count(*), coalesce(max(ended), 0) from outbox where channel = ? and state = 'failed'`, channel).
			Scan(&o.Failed, &o.Last)
	}
	if err != nil {
		return o, fmt.Errorf("counting what waits for channel %s: %w", channel, err)
	}
	return o, nil
}

// ForgetNotices drops what channels were told, or were to be told, and that was
// enqueued before an instant. Mail stays.
func (s *Store) ForgetNotices(ctx context.Context, before slo.Instant) error {
	return s.write(ctx, "forgetting what channels were told", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `delete from outbox where channel != '' and enqueued < ?`, int64(before))
		return err
	})
}

func outboxRows(ctx context.Context, db querier, rest string, args ...any) ([]OutboxRow, error) {
	var out []OutboxRow
	err := query(ctx, db, func(rows *sql.Rows) error {
		var r OutboxRow
		if err := rows.Scan(&r.ID, &r.Channel, &r.Subject, &r.State, &r.Next, &r.Enqueued, &r.Message, &r.Delivery); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	}, `select `+outboxColumns+` from outbox `+rest, args...)
	return out, err
}

// RecordDelivery notes what became of a message; ended is 0 while it is not
// final. An unknown ID is ErrNotFound.
func (s *Store) RecordDelivery(ctx context.Context, id, state string, next, ended slo.Instant, delivery []byte) error {
	return s.write(ctx, "recording a delivery", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `update outbox set state = ?, next = ?, ended = ?, delivery = ?,
			undelivered = undelivered or ? = 'failed' or coalesce(json_array_length(?, '$.refused'), 0) > 0 where id = ?`,
			state, int64(next), int64(ended), string(delivery), state, string(delivery), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("message %q: %w", id, ErrNotFound)
		}
		return nil
	})
}

// EachMail calls f with every mail that entered the outbox in an interval, the
// oldest first.
func (s *Store) EachMail(ctx context.Context, v slo.Interval, f func(OutboxRow) error) error {
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var r OutboxRow
		if err := rows.Scan(&r.ID, &r.Channel, &r.Subject, &r.State, &r.Next, &r.Enqueued, &r.Message, &r.Delivery); err != nil {
			return err
		}
		return f(r)
	}, `select `+outboxColumns+` from outbox where channel = '' and enqueued >= ? and enqueued < ? order by enqueued, id`, int64(v.From), int64(v.To))
	if err != nil {
		return fmt.Errorf("reading the mails: %w", err)
	}
	return nil
}
