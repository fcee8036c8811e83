package wal

import (
	"fmt"
	"sort"
)

// segment is one file of the log in memory. The fields of a segment that is
// not the tail never change.
type segment struct {
	name string
	base uint64 // the number of its first record, which its name says
	file file
	size int64 // bytes up to the end of the last intact record
	runs []run // stretches of records without damage between; usually one
	// sealed: nothing is appended here any more, because the segment is full
	// or what lies behind size is not known.
	sealed bool
}

// run is a stretch of records that follow one another in number and in the
// file.
type run struct {
	first, end uint64 // records first to end-1
	marks      []mark // one for each markEvery bytes or so, the first at first
	stop       int64  // where the last record ends
}

// mark is where a record begins.
type mark struct {
	seq uint64
	off int64
}

// markEvery is the distance of marks: a read walks over at most so many bytes
// before the record that it wants.
const markEvery = 4 << 10

// end is one past the segment's last record, or base where it has none.
func (s *segment) end() uint64 {
	if len(s.runs) == 0 {
		return s.base
	}
	return s.runs[len(s.runs)-1].end
}

// add notes that the record seq lies at off and ends at stop.
func (s *segment) add(seq uint64, off, stop int64) {
	n := len(s.runs)
	if n == 0 || s.runs[n-1].end != seq || s.runs[n-1].stop != off {
		s.runs = append(s.runs, run{first: seq, end: seq})
		n++
	}
	r := &s.runs[n-1]
	if m := len(r.marks); m == 0 || off-r.marks[m-1].off >= markEvery {
		r.marks = append(r.marks, mark{seq, off})
	}
	r.end, r.stop = seq+1, stop
	s.size = stop
}

// cap forgets the records from end on: a later segment has them.
func (s *segment) cap(end uint64) {
	n := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].first >= end })
	s.runs = s.runs[:n]
	if n > 0 && s.runs[n-1].end > end {
		s.runs[n-1].end = end
	}
}

// run returns the run that holds seq, or nil.
func (s *segment) run(seq uint64) *run {
	i := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].end > seq })
	if i == len(s.runs) || s.runs[i].first > seq {
		return nil
	}
	return &s.runs[i]
}

// before returns the last mark at or before seq, which lies in the run, and
// the first number after seq that has a mark, or the run's end.
func (r *run) before(seq uint64) (mark, uint64) {
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].seq > seq })
	next := r.end
	if i < len(r.marks) {
		next = min(next, r.marks[i].seq)
	}
	return r.marks[i-1], next
}

// createSegment makes the segment of base durable, empty. It appears under
// its name only when its header is on the disk.
func createSegment(d disk, log id, base uint64) (s *segment, err error) {
	name := segmentName(base)
	temp := name + tempSuffix
	f, err := d.create(temp)
	if err != nil {
		return nil, fmt.Errorf("creating segment %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			d.remove(temp) // it holds nothing, and Open removes it as well
			err = fmt.Errorf("creating segment %s: %w", name, err)
		}
	}()
	if err := writeAll(f, appendHeader(nil, log, base), 0); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if err := d.rename(temp, name); err != nil {
		return nil, err
	}
	if err := d.sync(); err != nil {
		d.remove(name)
		return nil, err
	}
	return &segment{name: name, base: base, file: f, size: headerSize}, nil
}
