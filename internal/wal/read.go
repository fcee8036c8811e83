package wal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
)

// MissingError says that the records From to To, both included, are not in
// the log: removed, or lost. Reading goes on at To+1.
type MissingError struct {
	From, To uint64
	Reason   string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("records %d to %d are not in the log: %s", e.From, e.To, e.Reason)
}

// Missing is From and To, for packages that do not import this one.
func (e *MissingError) Missing() (from, to uint64) { return e.From, e.To }

// maxRead bounds the bytes of one Read.
const maxRead = 16 << 20

// Read returns the records from, from+1, ... as many as there are one after
// another, but at most records of them and about bytes bytes; at least one
// where there is one. It returns none at Next, where nothing is yet, and a
// *MissingError where from is not in the log. Only durable records are seen.
// The payloads are the caller's.
func (l *Log) Read(from uint64, records, bytes int) ([][]byte, error) {
	s, r, next, err := l.find(from)
	if err != nil || s == nil {
		return nil, err
	}
	payloads, err := s.payloads(r, l.seed, from, max(1, records), int64(min(max(bytes, 0), maxRead)))
	if err != nil && len(payloads) == 0 {
		if errors.Is(err, os.ErrClosed) { // removed since it was found
			if _, _, _, again := l.find(from); again != nil {
				return nil, again
			}
		}
		var damage *damageError
		if errors.As(err, &damage) {
			return nil, &MissingError{From: from, To: max(from, next-1), Reason: err.Error()}
		}
		return nil, fmt.Errorf("reading record %d of the log in %s: %w", from, l.dir, err)
	}
	return payloads, nil
}

// find returns the segment that holds from and a copy of its run, with the
// number at which reading can begin again should from turn out damaged. At
// Next it returns no segment.
func (l *Log) find(from uint64) (*segment, run, uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, run{}, 0, ErrClosed
	}
	if from >= l.next {
		return nil, run{}, 0, nil
	}
	i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].base > from }) - 1
	if i >= 0 {
		if r := l.segments[i].run(from); r != nil {
			_, next := r.before(from)
			return l.segments[i], *r, next, nil
		}
	}
	return nil, run{}, 0, l.missing(from)
}

// missing describes the hole around from, which is below next.
func (l *Log) missing(from uint64) error {
	to := l.next - 1
	for _, r := range l.ranges() {
		if r[0] > from {
			to = r[0] - 1
			break
		}
	}
	if from < l.first() {
		return &MissingError{From: from, To: to, Reason: "they were removed"}
	}
	return &MissingError{From: from, To: to, Reason: "they were lost"}
}

// damageError is a record that was intact when it was written or opened.
type damageError struct{ name string }

func (e *damageError) Error() string { return e.name + ": damaged since it was opened" }

// payloads reads from the run, which is a copy that does not change.
func (s *segment) payloads(r run, seed uint32, from uint64, records int, bytes int64) ([][]byte, error) {
	m, _ := r.before(from)
	v := view{file: s.file, stop: r.stop, ahead: bytes + markEvery}
	var out [][]byte
	for seq, off := m.seq, m.off; seq < r.end && len(out) < records; seq++ {
		b, err := v.at(off, frameSize)
		if err != nil {
			return out, err
		}
		f := parseFrame(b)
		if !f.plausible() || uint64(f.index) != seq-s.base {
			return out, &damageError{s.name}
		}
		if seq >= from {
			if b, err = v.at(off, f.total()); err != nil {
				return out, err
			}
			if !f.intact(seed, b) {
				return out, &damageError{s.name}
			}
			if bytes -= int64(f.length); bytes < 0 && len(out) > 0 {
				return out, nil
			}
			out = append(out, b[frameSize:len(b):len(b)])
		}
		off += int64(f.total())
	}
	return out, nil
}

// view reads a run forwards. What it gave out stays good: each refill is a
// buffer of its own.
type view struct {
	file  file
	stop  int64 // where the run ends
	ahead int64 // how much to read at a time
	start int64
	buf   []byte
}

// at returns the n bytes at off.
func (v *view) at(off int64, n int) ([]byte, error) {
	if off < v.start || off+int64(n) > v.start+int64(len(v.buf)) {
		size := min(max(v.ahead, int64(n)), v.stop-off)
		if size < int64(n) {
			return nil, &damageError{"a record reaches past the end of its run"}
		}
		buf := make([]byte, size)
		got, err := v.file.ReadAt(buf, off)
		if got < n { // what was read ahead may fail later, or never be asked for
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		v.start, v.buf = off, buf[:got]
	}
	i := off - v.start
	return v.buf[i : i+int64(n)], nil
}

// Wait returns when the record seq is durable: when Next is above it.
func (l *Log) Wait(ctx context.Context, seq uint64) error {
	for {
		l.mu.Lock()
		closed, next, grown := l.closed, l.next, l.grown
		l.mu.Unlock()
		switch {
		case closed:
			return ErrClosed
		case next > seq:
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Reader follows a log from a position of its own. It is used by one
// goroutine.
type Reader struct {
	log            *Log
	next           uint64
	records, bytes int
}

// Follow returns a reader whose first record is from, with batches of at most
// records records and about bytes bytes.
func (l *Log) Follow(from uint64, records, bytes int) *Reader {
	return &Reader{log: l, next: max(from, 1), records: records, bytes: bytes}
}

// Next waits for records and returns the number of the first of a batch that
// follow one another. A *MissingError names records that are not there; the
// reader stays before them until Seek moves it on.
func (r *Reader) Next(ctx context.Context) (first uint64, payloads [][]byte, err error) {
	if err := r.log.Wait(ctx, r.next); err != nil {
		return 0, nil, err
	}
	payloads, err = r.log.Read(r.next, r.records, r.bytes)
	if err != nil {
		return 0, nil, err
	}
	first = r.next
	r.next += uint64(len(payloads))
	return first, payloads, nil
}

// Seek makes seq the next record.
func (r *Reader) Seek(seq uint64) { r.next = seq }

// Position is the record that Next returns first.
func (r *Reader) Position() uint64 { return r.next }
