package archive

import (
	"context"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// keptRows bounds how many rows a Snapshot keeps, some rowBytes each. What a row's
// evidence has beyond that counts as further rows: agents choose its length.
const (
	keptRows = 1 << 17
	rowBytes = 400
)

// Snapshot reads an archive as of one commit, for who asks for one probe after
// the other over the same days: where a day is small it costs most to open its
// files and to unpack their pages, so its measurements are decoded once, and
// kept as long as there is room. It is not for concurrent use.
type Snapshot struct {
	reader *Reader
	head   head
	d      decoder
	kept   map[Day][]keptFile // nil of those that cannot be
	rows   int64              // of the days that are kept
	room   int64              // for so many
}

// keptFile is the measurements of one file.
type keptFile struct {
	info   File
	probes map[string][]slo.Entry // in the order of the file
}

// Snapshot is of the latest commit.
func (r *Reader) Snapshot() (*Snapshot, error) {
	h, err := readHead(r.dir)
	if err != nil {
		return nil, fmt.Errorf("reading archive: %w", err)
	}
	return &Snapshot{reader: r, head: h, kept: map[Day][]keptFile{}, room: keptRows}, nil
}

// Begins is the first instant that the archive has anything of;
// slo.MaxInstant where it is empty.
func (s *Snapshot) Begins() slo.Instant {
	first := slo.MaxInstant
	for _, d := range s.head.Days {
		first = min(first, d.MinAt)
	}
	return first
}

// EachDay is that of the Reader. Entries share memory with those of other calls:
// they are not to be changed.
func (s *Snapshot) EachDay(ctx context.Context, q Query, begin func(DayRead) error, each func(slo.Entry) error) error {
	for _, i := range s.head.Days {
		if !q.overlaps(i.MinAt, i.MaxAt) {
			continue
		}
		if err := s.eachOf(ctx, i, q, begin, each); err != nil {
			return fmt.Errorf("reading archive: %w", err)
		}
	}
	return nil
}

func (s *Snapshot) eachOf(ctx context.Context, i DayInfo, q Query, begin func(DayRead) error, each func(slo.Entry) error) error {
	if q.Probe != "" {
		if files := s.keeps(ctx, i); files != nil {
			return eachKept(ctx, i.Day, files, q, begin, each)
		}
	}
	return s.reader.eachOf(ctx, i, q, &s.d, begin, each)
}

// keeps are the measurements of a day; nil where there is no room for them, or
// where they cannot all be read: damage is for those to tell of who need what is
// damaged.
func (s *Snapshot) keeps(ctx context.Context, i DayInfo) []keptFile {
	files, tried := s.kept[i.Day]
	if tried || s.rows+i.Rows > s.room {
		return files
	}
	files, rows, err := s.read(ctx, i)
	if err != nil {
		files = nil
	} else {
		s.rows += rows
	}
	s.kept[i.Day] = files
	return files
}

// read reads all measurements of a day, and counts the rows that they are worth.
func (s *Snapshot) read(ctx context.Context, i DayInfo) ([]keptFile, int64, error) {
	q := Query{Kinds: Measurements}
	files, err := s.reader.openDay(i, q)
	if err != nil {
		return nil, 0, err
	}
	defer closeAll(files)
	out, rows := []keptFile{}, int64(0)
	for _, f := range files {
		k := keptFile{f.info, map[string][]slo.Entry{}}
		if err := readFile(ctx, f, q, &s.d, func(e slo.Entry) bool {
			if rows += 1 + int64(len(e.Measurement.Evidence)/rowBytes); s.rows+rows > s.room {
				return false
			}
			k.probes[e.Measurement.Probe] = append(k.probes[e.Measurement.Probe], e)
			return true
		}); err != nil {
			return nil, 0, err
		}
		out = append(out, k)
	}
	return out, rows, nil
}

// eachKept is Reader.eachOf over what was kept of a day, for a query of one
// probe.
func eachKept(ctx context.Context, day Day, files []keptFile, q Query, begin func(DayRead) error, each func(slo.Entry) error) error {
	read := DayRead{Day: day}
	files = slices.DeleteFunc(slices.Clone(files), func(f keptFile) bool { return !q.holds(f.info) })
	for _, f := range files {
		read.Files = append(read.Files, f.info.Hash)
	}
	if len(files) == 0 {
		return nil
	}
	slices.Sort(read.Files)
	if err := begin(read); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if q.kinds() == 0 {
		return nil
	}
	for _, f := range files {
		for _, e := range f.probes[q.Probe] {
			if !q.chooses(&e) {
				continue
			}
			if err := each(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// chooses is matches for a measurement of the query's probe.
func (q Query) chooses(e *slo.Entry) bool {
	return e.At() >= q.from() && e.At() <= q.last() && q.position(e.Pos) &&
		(q.Location == "" || e.Measurement.Location == q.Location) && (q.Agent == "" || e.Agent == q.Agent)
}
