package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// KeepMailBytes has a mail on disk as it goes over the wire, and returns what is
// kept: where the message has bytes already, those.
func (s *Store) KeepMailBytes(ctx context.Context, id string, b []byte) ([]byte, error) {
	if kept, err := s.MailBytes(ctx, id); !errors.Is(err, ErrNotFound) {
		return kept, err
	}
	err := s.write(ctx, "keeping a mail", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into mail_bytes (id, bytes) values (?, ?)`, id, b)
		return err
	})
	return b, err
}

// MailBytes returns a mail as it went over the wire, or ErrNotFound of one that
// no attempt was made to send.
func (s *Store) MailBytes(ctx context.Context, id string) ([]byte, error) {
	var b []byte
	err := s.db.QueryRowContext(ctx, `select bytes from mail_bytes where id = ?`, id).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading mail %q: %w", id, err)
	}
	return b, nil
}

// MailsAbout lists a mail and what was sent of it again, in that order.
func (s *Store) MailsAbout(ctx context.Context, id string) ([]OutboxRow, error) {
	out, err := outboxRows(ctx, s.db, `where channel = '' and subject = ? order by n`, id)
	if err != nil {
		return nil, fmt.Errorf("listing what was sent of mail %q: %w", id, err)
	}
	return out, nil
}

// Bounce is one recipient's part of a report that a mail came back, or was
// delayed.
type Bounce struct {
	At         slo.Instant // when the report was taken
	Mail       string      // Message-ID of what came back
	Recipient  string
	Action     string // failed, delayed, delivered, relayed or expanded
	Status     string // such as 5.1.1
	Diagnostic string // the server's words
}

// maxBounces bounds the bounces of one mail. Anybody who got one can write
// delivery reports about it.
const maxBounces = 200

// AddBounces keeps bounces of mails that were sent from here, the first
// maxBounces of each. Those that are there already stay as they are. A mail that
// was not is ErrNotFound.
func (s *Store) AddBounces(ctx context.Context, list []Bounce) error {
	return s.write(ctx, "keeping what came back", func(tx *sql.Tx) error {
		for _, b := range list {
			res, err := tx.ExecContext(ctx, `update outbox set undelivered = undelivered or ? = 'failed' where id = ? and channel = ''`, b.Action, b.Mail)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, fmt.Errorf("mail %q: %w", b.Mail, ErrNotFound))
			}
			if _, err := tx.ExecContext(ctx, `insert into bounces (at, mail, recipient, action, status, diagnostic)
				select ?, ?, ?, ?, ?, ? where (select count(*) from bounces where mail = ?) < ? on conflict do nothing`,
				int64(b.At), b.Mail, b.Recipient, b.Action, b.Status, b.Diagnostic, b.Mail, maxBounces); err != nil {
				return err
			}
		}
		return nil
	})
}

// Bounces lists what came back of a mail, the oldest first.
func (s *Store) Bounces(ctx context.Context, mail string) ([]Bounce, error) {
	if s.unsent {
		return nil, nil
	}
	return s.bounces(ctx, `where mail = ? order by n`, mail)
}

func (s *Store) bounces(ctx context.Context, rest string, args ...any) ([]Bounce, error) {
	var out []Bounce
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var b Bounce
		if err := rows.Scan(&b.At, &b.Mail, &b.Recipient, &b.Action, &b.Status, &b.Diagnostic); err != nil {
			return err
		}
		out = append(out, b)
		return nil
	}, `select at, mail, recipient, action, status, diagnostic from bounces `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("listing what came back: %w", err)
	}
	return out, nil
}

// MailsLike lists the newest mails, whatever their state; undelivered alone those
// that were given up, that were refused for somebody, or that came back.
func (s *Store) MailsLike(ctx context.Context, undelivered bool, limit int) ([]OutboxRow, error) {
	where := `where channel = ''`
	if undelivered {
		where += ` and undelivered = 1`
	}
	out, err := outboxRows(ctx, s.db, where+` order by enqueued desc, id limit ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("listing mails: %w", err)
	}
	return out, nil
}

// UndeliveredSince counts the mails that did not reach everybody, of which that
// became known since an instant, and returns the ID of one of the newest; "" where
// there is none.
func (s *Store) UndeliveredSince(ctx context.Context, at slo.Instant) (n int, last string, err error) {
	// By the index of those few: to look at a mail itself takes reading all of it.
	const chosen = ` from outbox indexed by outbox_undelivered where channel = '' and undelivered = 1 and (ended >= ? or id in (select mail from bounces where action = 'failed' and at >= ?))`
	err = s.db.QueryRowContext(ctx, `select count(*), coalesce((select id`+chosen+` order by ended desc limit 1), '')`+chosen, int64(at), int64(at), int64(at), int64(at)).Scan(&n, &last)
	if err != nil {
		return 0, "", fmt.Errorf("counting the mails that did not arrive: %w", err)
	}
	return n, last, nil
}
