// Package queue is the agent's durable queue: what was measured stays here until
// the collector has it for good.
package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"syscall"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// Options bound a queue.
type Options struct {
	MaxBytes int64         // on disk; default 256 MiB, at least MinBytes
	MaxAge   time.Duration // of a record, by its own instant; default 72 h
	Now      func() slo.Instant
	Disk     func() error // asked before each write, for tests that fill a disk: its error is taken for the disk's. Nil has none

	segment int64 // of the tests; its size in bytes
}

// MinBytes is the least bound of a queue's size.
const MinBytes = 4 << 20

// segmentBytes is small, since room is given back in whole segments.
const segmentBytes = 1 << 20

func (o *Options) complete() error {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxAge == 0 {
		o.MaxAge = 72 * time.Hour
	}
	switch {
	case o.Now == nil:
		return errors.New("no clock")
	case o.segment == 0 && o.MaxBytes < MinBytes:
		return fmt.Errorf("a bound of %d bytes; the least is %d", o.MaxBytes, MinBytes)
	case o.MaxAge < 0:
		return fmt.Errorf("an age bound of %s", o.MaxAge)
	}
	if o.segment == 0 {
		o.segment = min(segmentBytes, o.MaxBytes/8)
	}
	return nil
}

// Queue is the agent's durable queue: a segment log whose identity is the
// epoch, and the set of records that the collector has released. Each number
// below Next is in the log, or released, or declared lost by a Gap record that
// is in the log, or owed such a declaration, which goes with the next append.
// Its methods may be called at the same time from any goroutine.
type Queue struct {
	opts Options
	dir  string
	put  func(log *wal.Log, payloads ...[]byte) (first uint64, err error) // its Append

	appending sync.Mutex // held while records are appended or dropped, and while the log is replaced

	mu       sync.Mutex
	log      *wal.Log // replaced by Renew
	own      uint64   // the first number that this process gave
	stored   proof
	released push.IntervalSet
	damaged  push.IntervalSet // in the log, and found unreadable since it was opened
	owed     owed
	declared uint64 // records declared lost since the start
}

// Open opens the queue in a folder. What is neither there nor released is
// declared: what the disk lost, and what was dropped by a process that died
// before it could say so. Notes tell what happened, for the log.
func Open(dir string, o Options) (q *Queue, notes []string, err error) {
	if err := o.complete(); err != nil {
		return nil, nil, fmt.Errorf("opening the queue: %w", err)
	}
	if err := settleFolder(dir); err != nil {
		return nil, nil, fmt.Errorf("opening the queue: %w", err)
	}
	log, report, err := wal.Open(dir, o.log(0))
	if err != nil {
		return nil, nil, fmt.Errorf("opening the queue: %w", err)
	}
	notes = noted(report)
	if err := clearFolders(dir); err != nil {
		notes = append(notes, err.Error())
	}
	stored, err := loadReleased(dir, log.ID())
	if err != nil {
		notes = append(notes, err.Error())
	}
	if end := stored.Released.Max(); end >= log.Next() {
		// The disk lost the end of the log. Its numbers are not given again.
		if err := log.Close(); err != nil {
			return nil, notes, fmt.Errorf("opening the queue: %w", err)
		}
		if log, report, err = wal.Open(dir, o.log(end+1)); err != nil {
			return nil, notes, fmt.Errorf("opening the queue: %w", err)
		}
		notes = append(notes, noted(report)...)
	}
	q = &Queue{opts: o, dir: dir, log: log, put: (*wal.Log).Append, own: log.Next(), stored: stored.proof, released: stored.Released}
	q.adoptProof()
	if err := q.saveReleased(); err != nil {
		notes = append(notes, err.Error())
	}
	for _, l := range report.Lost {
		q.owed.damaged.AddRange(l.From, l.To)
	}
	q.owed.drop(log.First()-1, slo.GapQueueFull)
	if err := q.Append(); err != nil {
		notes = append(notes, fmt.Sprintf("what was lost is declared later: %v", err))
	}
	return q, notes, nil
}

func (o *Options) log(next uint64) wal.Options {
	return wal.Options{SegmentBytes: o.segment, MaxBytes: o.MaxBytes, Next: next}
}

func noted(report wal.Report) (notes []string) {
	if report.Torn > 0 {
		notes = append(notes, fmt.Sprintf("%d bytes of records that were being written were cut from the queue's end", report.Torn))
	}
	for _, l := range report.Lost {
		notes = append(notes, fmt.Sprintf("the queue's records %d to %d are lost: %s", l.From, l.To, l.Reason))
	}
	for _, name := range report.SetAside {
		notes = append(notes, "the queue's file "+name+" could not be read and was set aside")
	}
	return notes
}

// current is the log in use.
func (q *Queue) current() *wal.Log {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.log
}

// Epoch is random, made with the folder, or by Renew.
func (q *Queue) Epoch() string { return q.current().ID() }

// Next is the number that the next record will get.
func (q *Queue) Next() uint64 { return q.current().Next() }

// Wait returns when record seq is durable, or a new epoch has begun.
func (q *Queue) Wait(ctx context.Context, seq uint64) error {
	log := q.current()
	err := log.Wait(ctx, seq)
	if errors.Is(err, wal.ErrClosed) && q.renewedSince(log) {
		return nil
	}
	return err
}

// Read returns records from a number on, as wal.Log.Read does. What turns out
// to be unreadable is a *wal.MissingError, and is declared lost.
func (q *Queue) Read(from uint64, records, bytes int) ([][]byte, error) {
	log := q.current()
	payloads, err := log.Read(from, records, bytes)
	missing := missingFrom(from, err)
	if missing == nil {
		return payloads, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for a, b := range log.Runs() { // others were dropped, or are a known hole
		if a, b = max(a, missing.From), min(b, missing.To); a <= b {
			q.damaged.AddRange(a, b)
			q.owed.damaged.AddRange(a, b)
		}
	}
	return nil, missing
}

// missingFrom says which records an error of reading means, or nil. One that
// the disk cannot read is as good as gone, and must not hold up the others.
func missingFrom(from uint64, err error) *wal.MissingError {
	var missing *wal.MissingError
	switch {
	case errors.As(err, &missing):
		return missing
	case errors.Is(err, syscall.EIO):
		return &wal.MissingError{From: from, To: from, Reason: err.Error()}
	}
	return nil
}

// Runs yields the numbers that the queue holds.
func (q *Queue) Runs() iter.Seq2[uint64, uint64] {
	q.mu.Lock()
	log, damaged := q.log, q.damaged.Clone()
	q.mu.Unlock()
	return func(yield func(uint64, uint64) bool) {
		for from, to := range log.Runs() {
			for a, b := range damaged.Missing(from, to) {
				if !yield(a, b) {
					return
				}
			}
		}
	}
}

// Depth is how many records wait, the queue's bytes on disk, and since when
// the oldest waits; 0 where none does.
func (q *Queue) Depth() (records, bytes int64, oldest slo.Instant) {
	released := q.Released()
	var first uint64
	for from, to := range q.Runs() {
		for a, b := range released.Missing(from, to) {
			if first == 0 {
				first = a
			}
			records += int64(b - a + 1)
		}
	}
	if first > 0 {
		oldest, _ = q.instant(first)
	}
	return records, q.current().Bytes(), oldest
}

// instant is the record's own; false where it cannot be read.
func (q *Queue) instant(seq uint64) (slo.Instant, bool) {
	payloads, err := q.current().Read(seq, 1, 0)
	if err != nil || len(payloads) == 0 {
		return 0, false
	}
	r, err := push.DecodeRecord(payloads[0])
	if err != nil {
		return 0, false
	}
	return slo.Entry{Record: r}.At(), true
}

// Dropped is how many records were declared lost since the start.
func (q *Queue) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.declared
}

// Close saves what is released and closes the log.
func (q *Queue) Close() error {
	q.appending.Lock()
	defer q.appending.Unlock()
	return errors.Join(q.saveReleased(), q.current().Close())
}
