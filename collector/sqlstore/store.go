// Package sqlstore keeps the collector's records in SQLite: checkpoints,
// incidents, the outbox, reports, the audit trail. What belongs together is
// one transaction, and what was committed is on disk.
package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // also the driver
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// cell is the only one there is: records are keyed by it so that there can be
// more.
const cell = "main"

// Store is the records of one collector. Its methods may be called at the
// same time.
type Store struct {
	db   *sql.DB
	news IncidentNews // nil: nobody is told of incidents
	// older says that the records, open for reading, are of a version that knew
	// of no exclusions.
	older bool
	// undrilled says so of drills, unchanged of changes, unsent of sendings and
	// surveys.
	undrilled, unchanged, unsent bool
	// unproblematic says so of problems and service requests.
	unproblematic bool
	// unregistered says so of registers.
	unregistered bool
}

// pragmas hold for each connection. With synchronous=FULL a commit in WAL mode
// is on disk when it returns.
var pragmas = []string{
	"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(ON)", "journal_size_limit(67108864)",
}

// Open opens the database file, makes it where there is none, and brings its
// tables up to date.
func Open(ctx context.Context, file string) (*Store, error) {
	if err := private(file); err != nil {
		return nil, fmt.Errorf("opening the records: %w", err)
	}
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the records %s: %w", file, err)
	}
	db.SetMaxOpenConns(8)
	s := &Store{db: db}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the records %s: %w", file, damaged(err)), db.Close())
	}
	return s, nil
}

// OpenReader opens the database file for reading alone, as it is, beside a
// collector that writes it or in a copy that nobody may write.
func OpenReader(ctx context.Context, file string) (*Store, error) {
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("opening the records: %w", err)
	}
	ways := []url.Values{{"mode": {"ro"}}}
	// Where the folder cannot be written there is no writer either: the second
	// way needs no file beside the database. But it does not see what is still in
	// the write-ahead log.
	if info, err := os.Stat(file + "-wal"); err != nil || info.Size() == 0 {
		ways = append(ways, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	}
	var failed error
	for _, way := range ways {
		way["_pragma"] = []string{"busy_timeout(10000)", "query_only(ON)"}
		db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: way.Encode()}).String())
		if err != nil {
			return nil, fmt.Errorf("opening the records %s: %w", file, err)
		}
		var tables, exclusions, drills, changes, problems, registers, sendings int
		err = db.QueryRowContext(ctx, `select count(*) filter (where name = 'ledger_entries'), count(*) filter (where name = 'exclusions'),
			count(*) filter (where name = 'drills'), count(*) filter (where name = 'changes'), count(*) filter (where name = 'problems'),
			count(*) filter (where name = 'register_items'), count(*) filter (where name = 'sendings') from sqlite_schema`).Scan(&tables, &exclusions, &drills, &changes, &problems, &registers, &sendings)
		if err == nil && tables == 0 {
			err = errors.New("they have no ledger: they are older than it, or no collector's")
		}
		if err == nil {
			return &Store{db: db, older: exclusions == 0, undrilled: drills == 0, unchanged: changes == 0, unproblematic: problems == 0, unregistered: registers == 0, unsent: sendings == 0}, nil
		}
		failed = errors.Join(err, db.Close())
	}
	return nil, fmt.Errorf("opening the records %s: %w", file, damaged(failed))
}

// damaged adds what to do where the file is no database, or a broken one.
func damaged(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	if code := e.Code() & 0xff; code != sqlite3.SQLITE_CORRUPT && code != sqlite3.SQLITE_NOTADB {
		return err
	}
	return fmt.Errorf("%w: the file is damaged; put a backup of it in its place. Without one move it away: figures come back from the archive, but comments, acknowledgements, mail and the audit are only in it", err)
}

// private makes the file where there is none, for nobody else to read: it holds
// mail, evidence and the audit. SQLite gives its other files the same mode.
func private(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func (s *Store) migrate(ctx context.Context) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.db, sub)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the tables up to date: %w", err)
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// write runs f in one transaction, which is on disk when write returns nil.
func (s *Store) write(ctx context.Context, what string, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, diskFull(err))
	}
	if err := f(tx); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", what, diskFull(err)), ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, diskFull(err))
	}
	return nil
}

// diskFull makes SQLite's word for a full disk the system's.
func diskFull(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_FULL || e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE) {
		return errors.Join(err, syscall.ENOSPC)
	}
	return err
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// query calls scan for each row of an answer.
func query(ctx context.Context, db querier, scan func(*sql.Rows) error, text string, args ...any) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}
