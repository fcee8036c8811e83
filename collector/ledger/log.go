package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/slo"
)

// Storage keeps the log. collector/sqlstore is one.
type Storage interface {
	// LogHead is the number of entries and the newest checkpoint, nil where
	// there is none.
	LogHead(ctx context.Context) (size int64, checkpoint []byte, err error)
	// LogHashes returns stored hashes by their tlog.StoredHashIndex. A missing
	// one is an error.
	LogHashes(ctx context.Context, indexes []int64) ([][]byte, error)
}

// Batch is what one append adds to the storage, all of it or nothing: entries
// from number Size on, the hashes from tlog.StoredHashCount(Size) on, and the
// checkpoint over all of it. The storage refuses one whose Size is not its own.
type Batch struct {
	Size       int64
	Kinds      []string
	Subjects   []string
	Records    [][]byte
	Hashes     [][]byte
	Checkpoint []byte
}

// Commit stores a batch, together with what the entries record, in one
// transaction.
type Commit func(ctx context.Context, b Batch) error

// Draft is an entry that is to be appended.
type Draft struct {
	At    slo.Instant
	Actor string
	Body  Body
}

// Log is the one writer of a log. Its methods may be called at the same time.
// All that it remembers is the epoch: what is in the log is asked of the
// storage each time, so that a failed or uncertain commit leaves no trace here.
type Log struct {
	Prover
	key    *Key
	anchor string // file of the newest checkpoint, outside the storage

	mu    sync.Mutex
	epoch int64
}

// Key is the verifier key of the log's checkpoints.
func (l *Log) Key() string { return l.key.Verifier }

// SignText signs lines of text about something with the key of the checkpoints.
func (l *Log) SignText(about string, lines ...string) ([]byte, error) {
	return l.key.SignText(about, lines...)
}

// Append adds entries with their checkpoint, then puts the checkpoint into its
// file. After an error of commit nothing was added, unless the storage's disk
// did not say. An entry is appended when Append returns its index without an
// error; one about a file that could not be written is Unanchored.
func (l *Log) Append(ctx context.Context, at slo.Instant, commit Commit, drafts ...Draft) (first int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append(ctx, at, commit, drafts)
}

func (l *Log) append(ctx context.Context, at slo.Instant, commit Commit, drafts []Draft) (int64, error) {
	if len(drafts) == 0 {
		return 0, errors.New("appending to the ledger: nothing to append")
	}
	size, _, err := l.Storage.LogHead(ctx)
	if err != nil {
		return 0, fmt.Errorf("appending to the ledger: %w", err)
	}
	b, err := l.batch(ctx, size, at, drafts)
	if err != nil {
		return 0, fmt.Errorf("appending to the ledger: %w", err)
	}
	if err := commit(ctx, b); err != nil {
		return 0, fmt.Errorf("appending to the ledger: %w", err)
	}
	if err := replaceFile(l.anchor, b.Checkpoint); err != nil {
		return size, &Unanchored{err}
	}
	return size, nil
}

// Unanchored says that entries were appended, and that the file of the newest
// checkpoint stayed behind them. The next append writes it again.
type Unanchored struct{ Err error }

// Error says what to do.
func (e *Unanchored) Error() string {
	return fmt.Sprintf("writing the ledger's checkpoint beside the records: %v; until it can be written, a restored backup is not noticed", e.Err)
}

// Unwrap is the error of the file.
func (e *Unanchored) Unwrap() error { return e.Err }

// batch makes the batch that appends drafts to a log of size entries.
func (l *Log) batch(ctx context.Context, size int64, at slo.Instant, drafts []Draft) (Batch, error) {
	b := Batch{Size: size}
	fresh := map[int64]tlog.Hash{}
	next := tlog.StoredHashCount(size)
	reader := storedHashes(ctx, l.Storage, fresh)
	for i, d := range drafts {
		e := Entry{size + int64(i), size + int64(len(drafts)), d.At, d.Actor, d.Body}
		rec, err := e.Encode()
		if err != nil {
			return b, err
		}
		hashes, err := tlog.StoredHashes(e.Index, rec, reader)
		if err != nil {
			return b, err
		}
		for _, h := range hashes {
			fresh[next] = h
			next++
			b.Hashes = append(b.Hashes, h[:])
		}
		b.Kinds, b.Subjects, b.Records = append(b.Kinds, string(d.Body.Kind())), append(b.Subjects, d.Body.Subject()), append(b.Records, rec)
	}
	root, err := tlog.TreeHash(size+int64(len(drafts)), reader)
	if err != nil {
		return b, err
	}
	c := Checkpoint{Origin: l.key.Name(), Size: size + int64(len(drafts)), Root: root, Epoch: l.epoch, At: at}
	b.Checkpoint, err = c.sign(l.key)
	return b, err
}

// storedHashes reads hashes from those that are not stored yet, and the rest
// from the storage.
func storedHashes(ctx context.Context, s Storage, fresh map[int64]tlog.Hash) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		var ask, at []int64
		for i, n := range indexes {
			if h, ok := fresh[n]; ok {
				out[i] = h
				continue
			}
			ask, at = append(ask, n), append(at, int64(i))
		}
		if len(ask) == 0 {
			return out, nil
		}
		stored, err := s.LogHashes(ctx, ask)
		if err != nil {
			return nil, err
		}
		for i, h := range stored {
			if len(h) != tlog.HashSize {
				return nil, fmt.Errorf("stored hash %d has %d bytes", ask[i], len(h))
			}
			out[at[i]] = tlog.Hash(h)
		}
		return out, nil
	})
}

// Checkpoint is the newest checkpoint, and its note.
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, []byte, error) {
	_, b, err := l.Storage.LogHead(ctx)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := PeekCheckpoint(b)
	return c, b, err
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// anchorFile is the file of the newest checkpoint in the ledger's folder.
func anchorFile(dir string) string { return filepath.Join(dir, checkpointName) }
