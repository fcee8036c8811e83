package tsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// cursor is the file that says where to go on in the journal after a start.
// It is replaced whole, and only after what it claims is on disk.
type cursor struct {
	Version int    `json:"version"`
	Next    uint64 `json:"next"` // first journal position that may not be on disk
}

const (
	cursorVersion  = 1
	maxCursorBytes = 4096
)

// readCursor returns the position to go on from, at least 1. A missing file is
// a new folder; a damaged one is an error beside position 1.
func readCursor(path string) (uint64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 1, fmt.Errorf("reading the time series' cursor: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxCursorBytes))
	if err != nil {
		return 1, fmt.Errorf("reading the time series' cursor: %w", err)
	}
	return decodeCursor(b)
}

// decodeCursor reads a cursor's bytes; beside an error the position is 1.
func decodeCursor(b []byte) (uint64, error) {
	var c cursor
	if err := json.Unmarshal(b, &c); err != nil {
		return 1, fmt.Errorf("reading the time series' cursor: %w", err)
	}
	if c.Version != cursorVersion || c.Next == 0 {
		return 1, fmt.Errorf("reading the time series' cursor: version %d at position %d is not known", c.Version, c.Next)
	}
	return c.Next, nil
}

// writeCursor replaces the file durably.
func writeCursor(path string, next uint64) error {
	b, err := json.Marshal(cursor{cursorVersion, next})
	if err != nil {
		return err
	}
	temp := path + ".tmp"
	if err := writeSynced(temp, append(b, '\n')); err != nil {
		return fmt.Errorf("writing the time series' cursor: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("writing the time series' cursor: %w", err)
	}
	return syncPath(filepath.Dir(path))
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncPath makes a file or a folder durable through a handle of its own.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// diskState remembers which log segments were synced when they were the newest.
type diskState struct{ wal, wbl int }

// syncLog makes the segments from number from on durable and returns the
// number of the newest. The database itself syncs a segment only when it is
// full, and not before it goes on to the next.
func syncLog(dir string, from int) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return from, err
	}
	newest := from
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil || n < from { // a checkpoint, or synced before
			continue
		}
		err = syncPath(filepath.Join(dir, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // dropped after it went into a block
			return from, err
		}
		newest = max(newest, n)
	}
	return newest, syncPath(dir)
}
