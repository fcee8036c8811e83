package tsdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// compaction holds the database's compaction back until this process has cut a
// chunk file of its own.
//
// The database keeps full chunks in numbered files. A compaction drops files,
// and where it drops all it saw it numbers from the beginning again. It does
// not see a file that a late sample cuts at that very moment: the next file
// then has another number than its chunks were promised, and the process ends
// with "expected newly cut file to have sequence:offset 1:8, got 2:8". The
// file being written is never dropped, so once there is one the numbers never
// start over, and compaction is safe.
//
// Nothing is held back for long: a series that is written before and after a
// two-hour boundary makes a file within a minute.
type compaction struct {
	before  int  // number of the newest file that an earlier process left; 0: none
	seen    bool // a newer one was there at the last look
	allowed bool
}

// holdCompaction stops compaction, which the database starts by itself.
func holdCompaction(db *promtsdb.DB) (compaction, error) {
	db.DisableCompactions()
	newest, err := newestChunkFile(db.Dir())
	return compaction{before: newest}, err
}

// allow starts compaction once a file of this process has been there for one
// look already: at the first look it may still be in the making.
func (c *compaction) allow(db *promtsdb.DB) error {
	if c.allowed {
		return nil
	}
	newest, err := newestChunkFile(db.Dir())
	if err != nil {
		return err
	}
	if c.seen {
		c.allowed = true
		db.EnableCompactions()
	}
	c.seen = newest > c.before
	return nil
}

// Compact makes blocks of what is old enough, which the database does by itself
// within minutes. It is for who lets months go by in less: months in memory cost
// far more to make blocks of. The first two calls may only make it possible.
func (s *Store) Compact(ctx context.Context) error {
	db, err := s.wait(ctx)
	if err != nil {
		return err
	}
	if !s.users.enter() {
		return ErrClosed
	}
	defer s.users.leave()
	db.ForceHeadMMap() // cuts the chunk file that compaction waits for; else once a minute
	if err := s.Sync(); err != nil {
		return err
	}
	s.mu.Lock()
	allowed := s.compact.allowed
	s.mu.Unlock()
	if !allowed {
		return nil
	}
	if err := db.Compact(ctx); err != nil {
		return fmt.Errorf("making blocks of the time series: %w", err)
	}
	return nil
}

// newestChunkFile is the highest number of a chunk file in the database's
// folder, or 0.
func newestChunkFile(dir string) (int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "chunks_head"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("looking for the time series' chunk files: %w", err)
	}
	newest := 0
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			newest = max(newest, n)
		}
	}
	return newest, nil
}
