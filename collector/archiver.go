package collector

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

const (
	archiveTick    = 10 * time.Second
	archiveCompact = time.Hour
	archiveKeep    = 13 * 31 * 24 * time.Hour
)

// archiver is the follower that keeps every entry for good.
type archiver struct {
	archive *archive.Archive
	journal *wal.Log
	now     func() slo.Instant
	log     *slog.Logger

	mu   sync.Mutex // held while entries are appended
	next uint64     // the first position that was not appended
}

func newArchiver(a *archive.Archive, journal *wal.Log, now func() slo.Instant, log *slog.Logger) *archiver {
	return &archiver{archive: a, journal: journal, now: now, log: log, next: a.Next()}
}

// position is the first position that was not appended.
func (a *archiver) position() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.next
}

// take is the follower's.
func (a *archiver) take(_ context.Context, entries []slo.Entry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.append(entries)
}

func (a *archiver) append(entries []slo.Entry) error {
	if err := a.archive.Append(entries); err != nil {
		return fmt.Errorf("archiving: %w", err)
	}
	a.next = max(a.next, entries[len(entries)-1].Pos+1)
	return nil
}

// skip is the follower's.
func (a *archiver) skip(_ context.Context, next uint64, reason string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if next <= a.next {
		return nil
	}
	if err := a.archive.Skip(next, a.now(), reason); err != nil {
		return fmt.Errorf("archiving: %w", err)
	}
	a.next = next
	return nil
}

// CatchUp returns when every position before next is durable in the archive.
// It reads the journal itself, so it works before the follower runs.
func (a *archiver) CatchUp(ctx context.Context, next uint64) error {
	if a.archive.Next() >= next {
		return nil
	}
	for {
		from := a.position()
		if from >= next {
			break
		}
		if err := a.step(ctx, from, next); err != nil {
			return err
		}
	}
	return a.archive.Flush()
}

// step appends one batch of the journal from a position on.
func (a *archiver) step(ctx context.Context, from, next uint64) error {
	payloads, err := a.journal.Read(from, int(min(batchEntries, next-from)), batchBytes)
	var missing *wal.MissingError
	if errors.As(err, &missing) {
		return a.skip(ctx, missing.To+1, missing.Reason)
	}
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	f := follower{take: a.take, skip: a.skip}
	var last error
	if err := f.feed(ctx, from, payloads, func(err error) { last = err }); err != nil {
		return errors.Join(err, last)
	}
	return nil
}

// Entries reads what is durable.
func (a *archiver) Entries(ctx context.Context, q archive.Query) iter.Seq2[slo.Entry, error] {
	return a.archive.Reader().Entries(ctx, q)
}

// run writes what has waited, merges days that are over and drops what was
// kept long enough, until ctx ends.
func (a *archiver) run(ctx context.Context) error {
	tick := time.NewTicker(archiveTick)
	defer tick.Stop()
	var compacted slo.Instant
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		at := a.now()
		if err := a.archive.Tick(at); errors.Is(err, archive.ErrUncertain) {
			return fmt.Errorf("writing the archive: %w", err) // only opening it again tells what is on disk
		} else if err != nil {
			a.log.Error("writing the archive failed; it is tried again", "error", err)
		}
		if at.Sub(compacted) < archiveCompact {
			continue
		}
		compacted = at
		if _, err := a.archive.Compact(ctx, at); err != nil && ctx.Err() == nil {
			a.log.Error("merging days of the archive failed; it is tried again", "error", err)
		}
		if _, err := a.archive.Drop(archive.DayOf(at.Add(-archiveKeep)), at); err != nil {
			a.log.Error("dropping old days of the archive failed; it is tried again", "error", err)
		}
	}
}
