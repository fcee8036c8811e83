package tsdb

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/assay-sla/assay/slo"
)

// syncEvery is after how many entries Append makes them durable by itself,
// should nobody call Sync.
const syncEvery = 1 << 16

// Aside is an entry that cannot be made into samples, and why. It is not to
// be tried again.
type Aside struct {
	Entry slo.Entry
	Err   error
}

// Next is the first journal position whose samples may not be on disk for
// good. Reading goes on from there after a start, and the journal may drop
// what lies before. It is settled once Ready is closed: a load that finds
// damage goes back to 1. Entries that come again do no harm.
func (s *Store) Next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable + 1
}

// Append writes the samples of journal entries, in the journal's order, and
// waits for the load to end before. After an error nothing counts as appended:
// the same entries are to be given again. It is not for concurrent use.
//
// Entries that are quarantined, older than the out-of-order window, of probes
// without a target, or there already are counted in the metrics and passed
// over; what makes no sense is returned aside.
func (s *Store) Append(ctx context.Context, entries []slo.Entry) ([]Aside, error) {
	db, err := s.wait(ctx)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	b := &batch{store: s, app: db.Appender(ctx), full: db.Head().NumSeries() >= uint64(s.options.MaxSeries)}
	for i := range entries {
		b.entry(&entries[i])
	}
	if b.err != nil {
		_ = b.app.Rollback()
		return nil, fmt.Errorf("writing samples: %w", b.err)
	}
	if err := b.app.Commit(); err != nil {
		return nil, fmt.Errorf("writing samples: %w", err)
	}
	s.counters.add(&b.tally)
	s.applied = max(s.applied, entries[len(entries)-1].Pos)
	if s.applied-s.durable >= syncEvery {
		return b.aside, s.sync()
	}
	return b.aside, nil
}

// Sync makes durable what was appended, and moves Next. Call it now and then,
// and before the journal is asked to drop what was read. Compaction begins at
// one of the first calls, so without them the samples never become blocks.
func (s *Store) Sync() error {
	select {
	case <-s.loaded:
	default:
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.db == nil {
		return nil
	}
	if err := s.compact.allow(s.db); err != nil {
		return err
	}
	if s.applied == s.durable {
		return nil
	}
	return s.sync()
}

// sync is Sync under the lock. The database's log is written at each commit
// but not synced, so this does it.
func (s *Store) sync() error {
	wal, err := syncLog(filepath.Join(s.dir, "wal"), s.disk.wal)
	if err != nil {
		return fmt.Errorf("syncing the time series' log: %w", err)
	}
	wbl, err := syncLog(filepath.Join(s.dir, "wbl"), s.disk.wbl)
	if err != nil {
		return fmt.Errorf("syncing the time series' out-of-order log: %w", err)
	}
	s.disk = diskState{wal, wbl}
	return s.saveCursor(s.applied)
}

func (s *Store) saveCursor(applied uint64) error {
	if err := writeCursor(s.cursorPath(), applied+1); err != nil {
		return err
	}
	s.durable = applied
	return nil
}
