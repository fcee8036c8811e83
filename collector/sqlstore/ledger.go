package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// LogBatch is what one append adds to the ledger's tables: the entries from
// number Size on, the stored hashes that come with them, and the checkpoint
// over all. One of no records adds nothing.
type LogBatch struct {
	Size       int64
	Kinds      []string
	Subjects   []string
	Records    [][]byte
	Hashes     [][]byte
	Checkpoint []byte
}

// LogRow is one entry of the ledger.
type LogRow struct {
	Index         int64
	Kind, Subject string // as the record has them
	Record        []byte
}

// LogContent is bytes that entries refer to by their SHA-256, in hexadecimal.
type LogContent struct {
	Digest string
	Bytes  []byte
}

// ErrLogMoved says that a batch was made for a ledger of another size.
var ErrLogMoved = errors.New("the ledger has another number of entries")

// AppendLog adds a batch and the contents that its entries refer to, in one
// transaction.
func (s *Store) AppendLog(ctx context.Context, b LogBatch, contents ...LogContent) error {
	return s.AppendLogAnd(ctx, b, "", nil, contents...)
}

// AppendLogAnd is AppendLog that also keeps a value under a key, as Set does,
// where key is not empty. A batch of no records adds nothing but that.
func (s *Store) AppendLogAnd(ctx context.Context, b LogBatch, key string, value []byte, contents ...LogContent) error {
	return s.write(ctx, "appending to the ledger", func(tx *sql.Tx) error {
		for _, c := range contents {
			if _, err := tx.ExecContext(ctx, `insert into ledger_contents (cell, digest, content) values (?, ?, ?) on conflict do nothing`,
				cell, c.Digest, c.Bytes); err != nil {
				return err
			}
		}
		if key != "" {
			if _, err := tx.ExecContext(ctx, `insert into settings (key, value) values (?, ?) on conflict do update set value = excluded.value`, key, value); err != nil {
				return err
			}
		}
		return appendLog(ctx, tx, b)
	})
}

// appendLog adds a batch where the ledger has the size that it was made for.
func appendLog(ctx context.Context, tx *sql.Tx, b LogBatch) error {
	if len(b.Records) == 0 {
		return nil
	}
	var size, hashes int64
	err := tx.QueryRowContext(ctx, `select coalesce(max(n) + 1, 0) from ledger_entries where cell = ?`, cell).Scan(&size)
	if err == nil {
		err = tx.QueryRowContext(ctx, `select coalesce(max(n) + 1, 0) from ledger_hashes where cell = ?`, cell).Scan(&hashes)
	}
	if err != nil {
		return err
	}
	if size != b.Size {
		return fmt.Errorf("%w: %d, not %d", ErrLogMoved, size, b.Size)
	}
	for i, r := range b.Records {
		if _, err := tx.ExecContext(ctx, `insert into ledger_entries (cell, n, kind, subject, record) values (?, ?, ?, ?, ?)`,
			cell, b.Size+int64(i), b.Kinds[i], b.Subjects[i], r); err != nil {
			return err
		}
	}
	for i, h := range b.Hashes {
		if _, err := tx.ExecContext(ctx, `insert into ledger_hashes (cell, n, hash) values (?, ?, ?)`, cell, hashes+int64(i), h); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `insert into ledger_checkpoints (cell, size, note) values (?, ?, ?)`,
		cell, b.Size+int64(len(b.Records)), string(b.Checkpoint))
	return err
}

// LogHead is the number of entries of the ledger and its newest checkpoint,
// nil where there is none.
func (s *Store) LogHead(ctx context.Context) (size int64, checkpoint []byte, err error) {
	err = s.db.QueryRowContext(ctx, `select (select coalesce(max(n) + 1, 0) from ledger_entries where cell = ?1),
		(select note from ledger_checkpoints where cell = ?1 order by size desc limit 1)`, cell).Scan(&size, &checkpoint)
	if err != nil {
		return 0, nil, fmt.Errorf("reading the ledger's head: %w", err)
	}
	return size, checkpoint, nil
}

// LogHashes returns stored hashes of the ledger by their indexes.
func (s *Store) LogHashes(ctx context.Context, indexes []int64) ([][]byte, error) {
	at := make(map[int64]int, len(indexes))
	args := []any{cell}
	for i, n := range indexes {
		at[n] = i
		args = append(args, n)
	}
	out := make([][]byte, len(indexes))
	found := 0
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var n int64
		var h []byte
		if err := rows.Scan(&n, &h); err != nil {
			return err
		}
		out[at[n]] = h
		found++
		return nil
	}, `select n, hash from ledger_hashes where cell = ? and n in (?`+strings.Repeat(", ?", max(0, len(indexes)-1))+`)`, args...)
	if err == nil && found != len(indexes) {
		err = fmt.Errorf("%d of %d are there", found, len(indexes))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ledger's hashes: %w", err)
	}
	return out, nil
}

// EachLogHash calls f with every stored hash of the ledger, in order.
func (s *Store) EachLogHash(ctx context.Context, f func(n int64, hash []byte) error) error {
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var n int64
		var h []byte
		if err := rows.Scan(&n, &h); err != nil {
			return err
		}
		return f(n, h)
	}, `select n, hash from ledger_hashes where cell = ? order by n`, cell)
	if err != nil {
		return fmt.Errorf("reading the ledger's hashes: %w", err)
	}
	return nil
}

// EachLogEntry calls f with every entry of the ledger, in order.
func (s *Store) EachLogEntry(ctx context.Context, f func(n int64, kind, subject string, record []byte) error) error {
	return s.logRows(ctx, func(r LogRow) error { return f(r.Index, r.Kind, r.Subject, r.Record) }, `where cell = ? order by n`, cell)
}

// LastLogRow returns the entry of a kind with the greatest subject that begins
// with prefix, the newest where it has several; ErrNotFound where there is none.
func (s *Store) LastLogRow(ctx context.Context, kind, prefix string) (LogRow, error) {
	var out LogRow
	found := false
	err := s.logRows(ctx, func(r LogRow) error { out, found = r, true; return nil },
		`where cell = ? and kind = ? and subject >= ? and subject < ? order by subject desc, n desc limit 1`, cell, kind, prefix, behind(prefix))
	if err == nil && !found {
		err = fmt.Errorf("entry %s %s of the ledger: %w", kind, prefix, ErrNotFound)
	}
	return out, err
}

// behind is greater than every text that begins with prefix.
func behind(prefix string) string { return prefix + "\U0010FFFF" }

// LogRows lists entries of a kind about what begins with a subject, in order:
// at most limit, from a number on. The empty kind is every one, and so is the
// empty subject.
func (s *Store) LogRows(ctx context.Context, kind, subject string, from int64, limit int) ([]LogRow, error) {
	var out []LogRow
	keep := func(r LogRow) error { out = append(out, r); return nil }
	// Entries of a kind about a subject are few: the + has SQLite find them by their
	// subject and put them in order, rather than walk all entries in order.
	n := "n"
	if kind != "" && subject != "" {
		n = "+n"
	}
	where, args := `where cell = ? and `+n+` >= ?`, []any{cell, from}
	if kind != "" {
		where, args = where+` and kind = ?`, append(args, kind)
	}
	if subject != "" {
		where, args = where+` and subject >= ? and subject < ?`, append(args, subject, behind(subject))
	}
	err := s.logRows(ctx, keep, where+` order by `+n+` limit ?`, append(args, limit)...)
	return out, err
}

// LogRow returns one entry, or ErrNotFound.
func (s *Store) LogRow(ctx context.Context, n int64) (LogRow, error) {
	var out LogRow
	found := false
	err := s.logRows(ctx, func(r LogRow) error { out, found = r, true; return nil }, `where cell = ? and n = ?`, cell, n)
	if err == nil && !found {
		err = fmt.Errorf("entry %d of the ledger: %w", n, ErrNotFound)
	}
	return out, err
}

func (s *Store) logRows(ctx context.Context, f func(LogRow) error, where string, args ...any) error {
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var r LogRow
		if err := rows.Scan(&r.Index, &r.Kind, &r.Subject, &r.Record); err != nil {
			return err
		}
		return f(r)
	}, `select n, kind, subject, record from ledger_entries `+where, args...)
	if err != nil {
		return fmt.Errorf("reading the ledger's entries: %w", err)
	}
	return nil
}

// EachLogCheckpoint calls f with every checkpoint that was issued, in order.
func (s *Store) EachLogCheckpoint(ctx context.Context, f func(size int64, note []byte) error) error {
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var size int64
		var note []byte
		if err := rows.Scan(&size, &note); err != nil {
			return err
		}
		return f(size, note)
	}, `select size, note from ledger_checkpoints where cell = ? order by size`, cell)
	if err != nil {
		return fmt.Errorf("reading the ledger's checkpoints: %w", err)
	}
	return nil
}

// LogContents returns what is kept under a digest, or ErrNotFound.
func (s *Store) LogContents(ctx context.Context, digest string) ([]byte, error) {
	var b []byte
	err := s.db.QueryRowContext(ctx, `select content from ledger_contents where cell = ? and digest = ?`, cell, digest).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading contents %s of the ledger: %w", digest, err)
	}
	return b, nil
}
