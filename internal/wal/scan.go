package wal

import (
	"errors"
	"fmt"
	"io"
)

// resyncBudget bounds the bytes that are checksummed in search of the next
// intact record behind damage in one segment.
const resyncBudget = 1 << 30

// resyncJump bounds how many numbers damage can skip; it keeps most chance
// patterns from being checksummed.
const resyncJump = 1 << 22

// scan reads every record of a segment that holds size bytes, and fills runs
// and size. Damage is skipped where an intact record of this segment follows
// it. The result says whether bytes are left behind the last intact record.
// An error is the disk's; what was read before it stands.
func (s *segment) scan(seed uint32, size int64) (trailing bool, err error) {
	w := &window{file: s.file, size: size}
	budget := int64(resyncBudget)
	off, next := int64(headerSize), s.base
	s.size = min(headerSize, size)
	for off < size {
		f, ok, err := s.record(w, seed, off)
		if err != nil {
			return true, err
		}
		if !ok || uint64(f.index) != next-s.base {
			f, off, err = s.resync(w, seed, off, next, &budget)
			if errors.Is(err, io.EOF) {
				return true, nil
			}
			if err != nil {
				return true, err
			}
			next = s.base + uint64(f.index)
		}
		stop := off + int64(f.total())
		s.add(next, off, stop)
		off, next = stop, next+1
	}
	return size > s.size, nil
}

// record reads the frame at off; ok says that it is whole and intact.
func (s *segment) record(w *window, seed uint32, off int64) (f frame, ok bool, err error) {
	if w.size-off <= frameSize {
		return frame{}, false, nil
	}
	b, err := w.at(off, frameSize)
	if err != nil {
		return frame{}, false, err
	}
	f = parseFrame(b)
	if !f.plausible() || int64(f.total()) > w.size-off {
		return f, false, nil
	}
	if b, err = w.at(off, f.total()); err != nil {
		return f, false, err
	}
	return f, f.intact(seed, b), nil
}

// resync finds the first intact record at or behind off that is numbered next
// or later. It returns io.EOF where there is none.
func (s *segment) resync(w *window, seed uint32, off int64, next uint64, budget *int64) (frame, int64, error) {
	low := next - s.base
	for ; w.size-off > frameSize; off++ {
		b, err := w.at(off, frameSize)
		if err != nil {
			return frame{}, 0, err
		}
		f := parseFrame(b)
		if index := uint64(f.index); !f.plausible() || index < low || index > low+resyncJump {
			continue
		}
		if *budget -= int64(f.total()); *budget < 0 {
			break
		}
		f, ok, err := s.record(w, seed, off)
		if err != nil {
			return frame{}, 0, err
		}
		if ok {
			return f, off, nil
		}
	}
	return frame{}, 0, io.EOF
}

// window is a buffer over a file that is read forwards.
type window struct {
	file  io.ReaderAt
	size  int64
	start int64
	buf   []byte
}

const windowBytes = MaxRecord + 256<<10

// at returns the n bytes at off, which lie inside the file. They are good
// until the next call.
func (w *window) at(off int64, n int) ([]byte, error) {
	if off < w.start || off+int64(n) > w.start+int64(len(w.buf)) {
		if err := w.fill(off); err != nil {
			return nil, err
		}
	}
	i := off - w.start
	return w.buf[i : i+int64(n)], nil
}

func (w *window) fill(off int64) error {
	if w.buf == nil {
		w.buf = make([]byte, 0, min(windowBytes, w.size))
	}
	n := min(int64(cap(w.buf)), w.size-off)
	w.buf = w.buf[:n]
	w.start = off
	if got, err := w.file.ReadAt(w.buf, off); got < int(n) {
		w.buf = w.buf[:0]
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading %d bytes at %d: %w", n, off, err)
	}
	return nil
}

// writeAll writes b at off; a short write is an error.
func writeAll(w io.WriterAt, b []byte, off int64) error {
	n, err := w.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
