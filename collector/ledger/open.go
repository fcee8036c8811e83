package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/slo"
)

// Opened tells what opening a log found and did.
type Opened struct {
	Began    string // why an epoch began, "" where none did
	Epoch    int64  // in use
	Size     int64  // entries
	Previous string // the checkpoint that the records do not reach or contradict
}

// Options of Open.
type Options struct {
	// NewEpoch begins one whatever is found: the operator's step after a
	// restored backup that nothing else tells of.
	NewEpoch bool
	Commit   Commit // of the entry that begins an epoch
}

// Open opens the log of a storage for writing. dir is the folder of the key and
// of the newest checkpoint, made where it is not there. Where the storage holds
// less than that checkpoint, or something else, or the key is new, an epoch
// begins: its entry is in the log before Open returns.
func Open(ctx context.Context, s Storage, dir string, at slo.Instant, o Options) (*Log, Opened, error) {
	l, opened, err := open(ctx, s, dir, at, o)
	if err != nil {
		return nil, Opened{}, fmt.Errorf("opening the ledger: %w", err)
	}
	return l, opened, nil
}

func open(ctx context.Context, s Storage, dir string, at slo.Instant, o Options) (*Log, Opened, error) {
	if s == nil || o.Commit == nil {
		return nil, Opened{}, errors.New("no storage, or no commit")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, Opened{}, err
	}
	key, _, err := loadKey(dir)
	if err != nil {
		return nil, Opened{}, err
	}
	l := &Log{Prover: Prover{s}, key: key, anchor: anchorFile(dir)}
	found, err := l.look(ctx)
	if err != nil {
		return nil, Opened{}, err
	}
	began := found.reason(key)
	if began == "" && o.NewEpoch {
		began = BeganOperator
	}
	l.epoch = found.epoch()
	opened := Opened{Began: began, Epoch: l.epoch, Size: found.size}
	if began == "" {
		return l, opened, found.catchUp(l.anchor)
	}
	l.epoch++
	body := &Epoch{Number: l.epoch, Key: key.Verifier, Reason: began}
	if began != BeganFirst {
		body.Previous, body.Lost = found.previous()
	}
	index, err := l.append(ctx, at, o.Commit, []Draft{{at, Self, body}})
	if err != nil {
		return nil, Opened{}, err
	}
	opened.Epoch, opened.Size, opened.Previous = l.epoch, index+1, body.Previous
	return l, opened, nil
}

// found is what the storage and the checkpoint's file say of the log.
type found struct {
	size         int64
	stored       []byte // the storage's newest checkpoint, nil where there is none
	storedAs     Checkpoint
	anchored     []byte // the file's, nil where there is none
	anchoredAs   Checkpoint
	contradicted bool // the storage's tree is another than the file's at its size
}

// look reads both. It trusts neither: it is about what can be continued.
func (l *Log) look(ctx context.Context) (f found, err error) {
	if f.size, f.stored, err = l.Storage.LogHead(ctx); err != nil {
		return f, err
	}
	if f.size > 0 {
		if f.storedAs, err = PeekCheckpoint(f.stored); err != nil {
			return f, fmt.Errorf("the records' newest checkpoint: %w; put a backup of the records in their place", err)
		}
	}
	f.anchored, err = readSmall(l.anchor)
	if errors.Is(err, fs.ErrNotExist) {
		f.anchored = nil
		return f, nil
	}
	if err == nil {
		f.anchoredAs, err = PeekCheckpoint(f.anchored)
	}
	if err != nil {
		return f, fmt.Errorf("%s: %w; put it back from a backup, or, where there is none, move it away and begin a new epoch (assay ledger epoch)", l.anchor, err)
	}
	if f.anchoredAs.Size > f.size {
		return f, nil
	}
	root, err := tlog.TreeHash(f.anchoredAs.Size, storedHashes(ctx, l.Storage, nil))
	f.contradicted = root != f.anchoredAs.Root
	return f, err
}

// reason says why an epoch must begin, "" where none must.
func (f found) reason(key *Key) string {
	switch {
	case f.anchored == nil && f.size == 0:
		return BeganFirst
	case f.anchored == nil && f.size == 1: // killed before the first checkpoint was in its file
		return ""
	case f.anchored == nil: // somebody took it away: nothing says that the records are whole
		return BeganMissing
	case f.size > 0 && f.storedAs.Epoch > f.anchoredAs.Epoch: // killed before an epoch's first was
		return ""
	case f.anchoredAs.Size > f.size:
		return BeganBehind
	case f.contradicted:
		return BeganOther
	case f.storedAs.Origin != key.Name():
		return BeganKey
	}
	return ""
}

// epoch is the newest epoch that is known of.
func (f found) epoch() int64 { return max(f.storedAs.Epoch, f.anchoredAs.Epoch) }

// previous is the newest checkpoint known, and the entries that it speaks of
// and the records lack.
func (f found) previous() (string, *Range) {
	if f.anchored == nil || f.anchoredAs.Size <= f.size && !f.contradicted {
		return string(f.stored), nil
	}
	if f.contradicted {
		return string(f.anchored), nil
	}
	return string(f.anchored), &Range{f.size, f.anchoredAs.Size - 1}
}

// catchUp writes the checkpoint's file where a kill left it behind the storage.
func (f found) catchUp(anchor string) error {
	if string(f.anchored) == string(f.stored) {
		return nil
	}
	return replaceFile(anchor, f.stored)
}
