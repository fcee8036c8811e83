package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Reader reads the durable part of an archive. It takes no lock and changes
// nothing; each call sees the latest commit. Its methods may be called
// concurrently.
type Reader struct{ dir string }

// OpenReader returns a reader of the archive in dir. It fails where there is
// none, or where its manifest is damaged.
func OpenReader(dir string) (*Reader, error) {
	if _, err := readHead(dir); err != nil {
		return nil, fmt.Errorf("opening archive %s: %w", dir, err)
	}
	return &Reader{dir}, nil
}

// State is what the archive says of itself.
type State struct {
	Next    uint64    // the first journal position that it has not
	Days    []DayInfo // in order
	Dropped []Dropped // what retention removed
	Skipped []Skipped // what the journal lost
}

// State returns the archive's state.
func (r *Reader) State() (State, error) {
	h, err := readHead(r.dir)
	if err != nil {
		return State{}, fmt.Errorf("reading archive: %w", err)
	}
	return State{h.Next, h.Days, h.Dropped, h.Skipped}, nil
}

// Days lists the days of which the archive holds anything, in order.
func (r *Reader) Days() ([]DayInfo, error) {
	s, err := r.State()
	return s.Days, err
}

// Files lists the files of one day and what they superseded.
func (r *Reader) Files(d Day) ([]File, []Superseded, error) {
	h, err := readHead(r.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("reading archive: %w", err)
	}
	i, known := h.find(d)
	if !known {
		return nil, nil, nil
	}
	m, _, err := r.day(h.Days[i])
	if err != nil {
		return nil, nil, fmt.Errorf("reading archive: %w", err)
	}
	return m.Files, m.Superseded, nil
}

// Entries yields the entries that q chooses, day by day, and file by file
// inside a day: a merged day comes in the order of kind, probe, location,
// agent, at, epoch, seq; others in no order. Quarantined entries are among
// them. Each day is read as of one commit, so that an entry comes once even
// while another process merges. The first error ends it.
func (r *Reader) Entries(ctx context.Context, q Query) iter.Seq2[slo.Entry, error] {
	return func(yield func(slo.Entry, error) bool) {
		if err := r.entries(ctx, q, func(e slo.Entry) bool { return yield(e, nil) }); err != nil && err != errStop {
			yield(slo.Entry{}, fmt.Errorf("reading archive: %w", err))
		}
	}
}

// errStop says that the consumer wants no more.
var errStop = errors.New("stop")

func (r *Reader) entries(ctx context.Context, q Query, yield func(slo.Entry) bool) error {
	h, err := readHead(r.dir)
	if err != nil {
		return err
	}
	if q.kinds() == 0 {
		return nil
	}
	var d decoder
	for _, i := range h.Days {
		if !q.overlaps(i.MinAt, i.MaxAt) {
			continue
		}
		files, err := r.openDay(i, q)
		if err != nil {
			return err
		}
		err = readFiles(ctx, files, q, &d, yield)
		closeAll(files)
		if err != nil {
			return err
		}
	}
	return nil
}

func readFiles(ctx context.Context, files []*reading, q Query, d *decoder, yield func(slo.Entry) bool) error {
	for _, f := range files {
		if err := readFile(ctx, f, q, d, yield); err != nil {
			return err
		}
	}
	return nil
}

func readFile(ctx context.Context, f *reading, q Query, d *decoder, yield func(slo.Entry) bool) error {
	c := newCursor(f, q.spans)
	defer c.close()
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row, err := c.row()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if !q.matches(row) {
			continue
		}
		e, err := d.decode(row)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if !yield(e) {
			return errStop
		}
	}
}

// openDay opens the files of a day that q can need, all before the first is
// read: from then on it does not matter that a merge takes their names away.
func (r *Reader) openDay(i DayInfo, q Query) ([]*reading, error) {
	for {
		m, now, err := r.day(i)
		if err != nil {
			return nil, err
		}
		files, err := r.openFiles(m, q)
		if !errors.Is(err, fs.ErrNotExist) {
			return files, err
		}
		// Merged meanwhile? Then there is a newer manifest of the day.
		again, moved, rerr := r.latest(now)
		if rerr != nil {
			return nil, rerr
		}
		if !moved {
			return nil, err
		}
		i = again
	}
}

// DayRead is what a query reads of one day.
type DayRead struct {
	Day   Day
	Files []string // the hashes of the files that are read, sorted
}

// EachDay is Entries by day: begin is called with each day that has files to
// read, in order, before each is called with its entries.
func (r *Reader) EachDay(ctx context.Context, q Query, begin func(DayRead) error, each func(slo.Entry) error) error {
	h, err := readHead(r.dir)
	if err != nil {
		return fmt.Errorf("reading archive: %w", err)
	}
	var d decoder
	for _, i := range h.Days {
		if !q.overlaps(i.MinAt, i.MaxAt) {
			continue
		}
		if err := r.eachOf(ctx, i, q, &d, begin, each); err != nil {
			return fmt.Errorf("reading archive: %w", err)
		}
	}
	return nil
}

func (r *Reader) eachOf(ctx context.Context, i DayInfo, q Query, d *decoder, begin func(DayRead) error, each func(slo.Entry) error) error {
	files, err := r.openDay(i, q)
	if err != nil || len(files) == 0 {
		return err
	}
	defer closeAll(files)
	read := DayRead{Day: i.Day}
	for _, f := range files {
		read.Files = append(read.Files, f.info.Hash)
	}
	slices.Sort(read.Files)
	if err := begin(read); err != nil {
		return err
	}
	var failed error
	err = readFiles(ctx, files, q, d, func(e slo.Entry) bool {
		failed = each(e)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

func (r *Reader) openFiles(m dayManifest, q Query) ([]*reading, error) {
	var files []*reading
	for _, f := range m.Files {
		if !q.holds(f) {
			continue
		}
		o, err := openFile(filepath.Join(r.dir, string(m.Day), f.name()), f)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, o)
	}
	return files, nil
}

func closeAll(files []*reading) {
	for _, f := range files {
		f.close()
	}
}

// day reads the manifest of i's day, as of i or, where a writer has removed
// that meanwhile, of a later commit, which it returns. A day that was dropped
// meanwhile is empty.
func (r *Reader) day(i DayInfo) (dayManifest, DayInfo, error) {
	for {
		m, err := readDay(r.dir, i)
		if !errors.Is(err, fs.ErrNotExist) {
			return m, i, err
		}
		now, moved, rerr := r.latest(i)
		if rerr != nil {
			return m, i, rerr
		}
		if !moved {
			return m, i, err
		}
		if now.Files == 0 {
			return dayManifest{Day: i.Day}, now, nil
		}
		i = now
	}
}

// latest looks i's day up again, and reports whether it has changed.
func (r *Reader) latest(i DayInfo) (now DayInfo, moved bool, err error) {
	h, err := readHead(r.dir)
	if err != nil {
		return i, false, err
	}
	n, known := h.find(i.Day)
	if !known {
		return DayInfo{Day: i.Day}, true, nil
	}
	return h.Days[n], h.Days[n].Hash != i.Hash, nil
}
