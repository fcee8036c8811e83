// Package wal is a durable segment log: numbered records in a folder of files,
// each record on the disk before Append returns, found again after a crash,
// and never silently replaced by others. The agent's queue and the collector's
// journal are such logs. docs/formats/segment-log.md specifies the bytes.
//
// Numbers begin at 1 and are never given twice, also not after damage: what
// the disk lost is a hole that Open reports and that reads name.
package wal

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"
)

// The errors that callers tell apart. ErrFull is also an error with a method
// Full() bool, for packages that do not import this one.
var (
	ErrFull   error = fullError{}
	ErrClosed       = errors.New("the log is closed")
	ErrLocked       = errors.New("another process holds the folder")
	// ErrTooLarge is a record of more than MaxRecord bytes.
	ErrTooLarge = errors.New("the record is too large")
)

type fullError struct{}

func (fullError) Error() string { return "the log has reached its size bound" }

// Full reports that room must be made before records can be appended.
func (fullError) Full() bool { return true }

// Options bound a log. The zero value is usable.
type Options struct {
	// SegmentBytes is the size at which a new segment is begun; default 16 MiB.
	// Room is given back in whole segments.
	SegmentBytes int64
	// MaxBytes bounds all segments together: an Append that would pass it
	// returns ErrFull. Default 1 GiB.
	MaxBytes int64
	// Next is the least number that the next record may have: somebody knows
	// of records before it. Where the folder ends earlier, the difference is
	// reported as lost and its numbers are not given again. 0 asks for nothing.
	Next uint64

	disk disk // of the tests; nil is the folder itself
}

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 16 << 20
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	o.SegmentBytes = min(o.SegmentBytes, maxSegmentBytes)
	return o
}

// maxSegmentBytes keeps offsets and indexes small, and one segment's recovery
// short.
const maxSegmentBytes = 256 << 20

// Log is an open log. Its methods may be called at the same time from any
// goroutine.
type Log struct {
	dir  string
	opts Options
	disk disk
	lock *os.File // nil in tests that bring a disk of their own
	id   id
	seed uint32

	// write is held while the files change: by the appender that writes for
	// all, by rotation and by removal. It is taken before mu.
	write sync.Mutex
	buf   []byte // frames being written

	mu       sync.Mutex
	waiting  []*request // appends that no writer has taken yet
	segments []*segment // by base; never empty; the last one is the tail
	next     uint64     // what the next record's number will be
	bytes    int64      // of all segments
	grown    chan struct{}
	closed   bool
}

// ID is 32 hexadecimal digits that were drawn at random when the folder was
// first used. A log made anew has another.
func (l *Log) ID() string { return l.id.String() }

// First is the number of the oldest record that the log holds, or Next where
// it holds none.
func (l *Log) First() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first()
}

func (l *Log) first() uint64 {
	for _, s := range l.segments {
		if len(s.runs) > 0 {
			return s.runs[0].first
		}
	}
	return l.next
}

// Next is the number that the next record will get. Every record below it is
// durable or lost.
func (l *Log) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// Bytes is the size of all segments.
func (l *Log) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// Runs yields the numbers that the log holds as ranges from first to last,
// both included, in order and apart from each other. What lies between two of
// them is lost.
func (l *Log) Runs() iter.Seq2[uint64, uint64] {
	l.mu.Lock()
	ranges := l.ranges()
	l.mu.Unlock()
	return func(yield func(uint64, uint64) bool) {
		for _, r := range ranges {
			if !yield(r[0], r[1]) {
				return
			}
		}
	}
}

func (l *Log) ranges() [][2]uint64 {
	var out [][2]uint64
	for _, s := range l.segments {
		for _, r := range s.runs {
			if n := len(out); n > 0 && out[n-1][1]+1 == r.first {
				out[n-1][1] = r.end - 1
				continue
			}
			out = append(out, [2]uint64{r.first, r.end - 1})
		}
	}
	return out
}

// Close waits for the appends that are under way and gives the folder back.
// Calls that wait return ErrClosed. A second Close does nothing.
func (l *Log) Close() error {
	l.write.Lock()
	defer l.write.Unlock()
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	segments, waiting := l.segments, l.waiting
	l.waiting = nil
	close(l.grown)
	l.mu.Unlock()
	for _, r := range waiting {
		r.finish(0, ErrClosed)
	}
	var errs []error
	for _, s := range segments {
		errs = append(errs, s.file.Close())
	}
	if l.lock != nil {
		errs = append(errs, unlock(l.lock))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the log in %s: %w", l.dir, err)
	}
	return nil
}
