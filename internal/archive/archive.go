// Package archive keeps every entry of the collector's journal for good, in
// Parquet files by day that DuckDB, Spark and ClickHouse read, each named by
// its SHA-256 under a manifest. docs/formats/archive.md specifies the folder.
//
// Archive is the one writer, a follower of the journal. Reader needs no lock
// and works beside a writer in another process.
package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/assay-sla/assay/slo"
)

// Options are the bounds of an Archive. The zero value of each is its default.
type Options struct {
	FlushRows int           // write after so many rows; default 50,000
	FlushAge  time.Duration // and after so long, as Tick measures it; default 15 minutes
	Grace     time.Duration // how long Compact leaves a day to late rows; default 6 hours

	disk disk // default the real one
	fan  int  // how many files one pass of a merge reads; default mergeFan
}

// flushBytes bounds the memory of the rows that wait to be written.
const flushBytes = 128 << 20

func (o Options) withDefaults() Options {
	if o.FlushRows <= 0 {
		o.FlushRows = 50_000
	}
	if o.FlushAge <= 0 {
		o.FlushAge = 15 * time.Minute
	}
	if o.Grace <= 0 {
		o.Grace = 6 * time.Hour
	}
	if o.disk == nil {
		o.disk = osDisk{}
	}
	if o.fan < 2 {
		o.fan = mergeFan
	}
	return o
}

// Archive is the writer of an archive's folder. Its methods may be called
// concurrently; Compact does its work beside the others.
type Archive struct {
	dir  string
	opts Options
	disk disk
	lock *os.File

	codec *zstd.Codec // keeps its encoders between files

	merging sync.Mutex // held by Compact and Drop; taken before mu

	mu     sync.Mutex
	head   head // as it is on disk
	broken error
	buf    []slo.Entry // positions head.Next and on
	bytes  int         // their weight
	loose  []string    // files that have their names but are not committed yet
	since  slo.Instant // the first Tick that saw the oldest of them; 0: none did
}

// ErrClosed says that the archive was closed.
var ErrClosed = errors.New("the archive is closed")

// Open takes the archive in dir for writing and makes it if there is none.
// What an interrupted writer left uncommitted stays until Sweep. It fails with
// ErrLocked while another process writes there, and on a damaged manifest; a
// folder that has data but no manifest is never begun anew.
func Open(dir string, o Options) (*Archive, error) {
	a := &Archive{dir: dir, opts: o.withDefaults(), codec: &zstd.Codec{Level: zstd.SpeedDefault}}
	a.disk = a.opts.disk
	if err := a.open(); err != nil {
		if a.lock != nil {
			_ = unlockFolder(a.lock) // what failed before says more
		}
		return nil, fmt.Errorf("opening archive %s: %w", dir, err)
	}
	return a, nil
}

func (a *Archive) open() (err error) {
	if err := os.MkdirAll(a.dir, 0o750); err != nil {
		return err
	}
	if a.lock, err = lockFolder(a.dir); err != nil {
		return err
	}
	a.head, err = readHead(a.dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = a.begin()
	}
	if err != nil {
		return fmt.Errorf("%w; the files of the days are as they were, and are not touched before the archive opens: put it back from a backup", err)
	}
	for _, d := range a.head.Days {
		if _, err := a.day(d.Day); err != nil {
			return err
		}
	}
	return nil
}

// begin writes the head of an empty archive.
func (a *Archive) begin() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := ParseDay(e.Name()); err == nil {
			return fmt.Errorf("%s is missing, yet there is a folder %s", headName, e.Name())
		}
	}
	if err := a.disk.SyncDir(filepath.Dir(a.dir)); err != nil {
		return err
	}
	return a.commit(head{Version: manifestVersion, Next: 1}, nil)
}

// Next is the first journal position that is not durable in the archive.
func (a *Archive) Next() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.head.Next
}

// Append takes entries in the order of the journal and writes them when
// enough have gathered. Positions that it has are ignored; one that follows a
// hole is an error, and so is an entry without exactly one record. After an
// error the entries before the faulty one are kept, so the call may be
// repeated. The entries' records must not be changed afterwards.
func (a *Archive) Append(entries []slo.Entry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	for i := range entries {
		e := &entries[i]
		next := a.head.Next + uint64(len(a.buf))
		if e.Pos < next {
			continue
		}
		if e.Pos > next {
			return fmt.Errorf("archiving position %d: position %d is missing", e.Pos, next)
		}
		if err := checkEntry(e); err != nil {
			return fmt.Errorf("archiving position %d: %w", e.Pos, err)
		}
		a.buf = append(a.buf, *e)
		a.bytes += weigh(e)
		if len(a.buf) >= a.opts.FlushRows || a.bytes >= flushBytes {
			if err := a.flush(); err != nil {
				return err
			}
		}
	}
	// Enough may be left of an earlier call whose flush failed.
	if len(a.buf) >= a.opts.FlushRows || a.bytes >= flushBytes {
		return a.flush()
	}
	return nil
}

// Tick writes what has waited for FlushAge since the first Tick that saw it.
func (a *Archive) Tick(at slo.Instant) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	if len(a.buf) == 0 {
		return nil
	}
	if a.since == 0 || at < a.since {
		a.since = at
	}
	if at.Sub(a.since) < a.opts.FlushAge {
		return nil
	}
	return a.flush()
}

// Flush makes all that was appended durable.
func (a *Archive) Flush() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	return a.flush()
}

// flush writes the buffer as one chunk for each day and commits them together
// with the cursor.
func (a *Archive) flush() error {
	if len(a.buf) == 0 {
		return nil
	}
	h := a.head.clone()
	h.Next += uint64(len(a.buf))
	days, err := a.writeChunks()
	if err == nil {
		err = a.commit(h, days)
	}
	if err != nil {
		a.discard()
		return fmt.Errorf("archiving positions %d to %d: %w", a.head.Next, h.Next-1, err)
	}
	clear(a.buf)
	a.buf, a.bytes, a.since = a.buf[:0], 0, 0
	return nil
}

// writeChunks writes the buffer, and returns the manifests of the days
// concerned with the new chunks in them.
func (a *Archive) writeChunks() ([]dayManifest, error) {
	keys := make([]sortKey, len(a.buf))
	for i := range a.buf {
		keys[i] = keyOf(&a.buf[i])
	}
	slices.SortFunc(keys, compareKeys)
	var days []dayManifest
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n].day == keys[0].day {
			n++
		}
		m, err := a.writeChunk(dayNumbered(keys[0].day), keys[:n])
		if err != nil {
			return nil, err
		}
		days = append(days, m)
		keys = keys[n:]
	}
	return days, nil
}

func (a *Archive) writeChunk(d Day, keys []sortKey) (dayManifest, error) {
	m, err := a.day(d)
	if err != nil {
		return m, err
	}
	if err := a.makeDay(d); err != nil {
		return m, err
	}
	w, err := newChunkWriter(a.disk, a.dayDir(d), a.codec)
	if err != nil {
		return m, err
	}
	defer w.abandon()
	for _, k := range keys {
		if err := w.addEntry(k.entry); err != nil {
			return m, fmt.Errorf("writing a chunk of %s: %w", d, err)
		}
	}
	f, err := w.finish()
	if err != nil {
		return m, fmt.Errorf("writing a chunk of %s: %w", d, err)
	}
	a.loose = append(a.loose, filepath.Join(a.dayDir(d), f.name()))
	m.Files = append(m.Files, f)
	return m, nil
}

// Skip declares that positions from the end of what was appended up to, but
// without, next are lost to the journal and will never come. What was appended
// is made durable first.
func (a *Archive) Skip(next uint64, at slo.Instant, reason string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	if err := a.flush(); err != nil {
		return err
	}
	if next <= a.head.Next {
		return nil
	}
	h := a.head.clone()
	h.Skipped = append(h.Skipped, Skipped{From: h.Next, To: next - 1, At: at, Reason: reason})
	h.Next = next
	if err := a.commit(h, nil); err != nil {
		return fmt.Errorf("skipping positions %d to %d: %w", a.head.Next, next-1, err)
	}
	return nil
}

// Reader reads what is durable.
func (a *Archive) Reader() *Reader { return &Reader{dir: a.dir} }

// Close flushes and gives the folder up. It waits for a Compact to end: cancel
// its context first.
func (a *Archive) Close() error {
	err := a.Flush()
	if errors.Is(err, ErrClosed) {
		return nil
	}
	a.merging.Lock()
	defer a.merging.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = ErrClosed
	a.buf = nil
	return errors.Join(err, unlockFolder(a.lock))
}
