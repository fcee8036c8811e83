// Package queue is the agent's durable queue: what was measured stays here until
// the collector has it for good.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// Options bound a queue. The zero value is usable.
type Options struct {
	MaxBytes int64         // default 256 MiB
	MaxAge   time.Duration // default 72 h
	Now      func() slo.Instant
}

// Queue is the agent's durable queue: a segment log whose identity is the
// epoch, and the set of records that the collector has released. What a bound
// or the disk takes from it is declared by a Gap record in its place.
type Queue struct {
	opts Options
	log  *wal.Log
	dir  string

	mu       sync.Mutex
	released push.IntervalSet
	times    []segmentTime // of the oldest records first; for the age bound
	dropped  uint64        // records declared lost since the start
}

// segmentTime is when a range of records was appended.
type segmentTime struct {
	from, to uint64
	at       slo.Instant
}

// segmentBytes is small, since room is given back in whole segments.
const segmentBytes = 1 << 20

// Open opens the queue in a folder. What recovery found lost is declared
// at once; notes tell what happened, for the log.
func Open(dir string, o Options) (q *Queue, notes []string, err error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxAge == 0 {
		o.MaxAge = 72 * time.Hour
	}
	if o.Now == nil {
		return nil, nil, errors.New("opening the queue: no clock")
	}
	log, report, err := wal.Open(dir, wal.Options{SegmentBytes: min(segmentBytes, max(4096, o.MaxBytes/8)), MaxBytes: o.MaxBytes})
	if err != nil {
		return nil, nil, fmt.Errorf("opening the queue: %w", err)
	}
	q = &Queue{opts: o, log: log, dir: dir}
	if err := q.loadReleased(); err != nil {
		notes = append(notes, err.Error())
	}
	if report.Torn > 0 {
		notes = append(notes, fmt.Sprintf("%d bytes of records that were being written were cut from the queue's end", report.Torn))
	}
	for _, name := range report.SetAside {
		notes = append(notes, "the queue's file "+name+" could not be read and was set aside")
	}
	if err := q.declareLost(report.Lost); err != nil {
		return nil, notes, errors.Join(fmt.Errorf("opening the queue: declaring what was lost: %w", err), log.Close())
	}
	if first, next := log.First(), log.Next(); first < next {
		q.times = append(q.times, segmentTime{first, next - 1, o.Now()})
	}
	return q, notes, nil
}

// declareLost declares what is neither in the log nor released: what the disk
// lost, and what was dropped by a process that died before it could say so.
func (q *Queue) declareLost(lost []wal.Lost) error {
	if first := q.log.First(); first > 1 {
		lost = append([]wal.Lost{{From: 1, To: first - 1, Reason: string(slo.GapQueueFull)}}, lost...)
	}
	for _, l := range lost {
		reason := slo.GapCorrupt
		if l.Reason == string(slo.GapQueueFull) {
			reason = slo.GapQueueFull
		}
		if err := q.declareMissing(l.From, l.To, reason); err != nil {
			return err
		}
	}
	return nil
}

// Epoch is random, made with the folder.
func (q *Queue) Epoch() string { return q.log.ID() }

// Append queues records, encoded, and returns when they are on the disk. Where
// a bound is reached, or the disk is full, the oldest records give way, and a
// gap declares them.
func (q *Queue) Append(records ...[]byte) error {
	for {
		first, err := q.log.Append(records...)
		if err == nil {
			q.mu.Lock()
			q.note(first, first+uint64(len(records))-1)
			q.mu.Unlock()
			return nil
		}
		reason := slo.GapQueueFull
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			reason = slo.GapDiskFull
		} else if !errors.Is(err, wal.ErrFull) {
			return fmt.Errorf("queueing: %w", err)
		}
		if dropErr := q.dropOldest(reason); dropErr != nil {
			return fmt.Errorf("queueing: %w", errors.Join(err, dropErr))
		}
	}
}

// note remembers when records were appended, in a few ranges.
func (q *Queue) note(from, to uint64) {
	at := q.opts.Now()
	if n := len(q.times); n > 0 && at.Sub(q.times[n-1].at) < q.opts.MaxAge/64 {
		q.times[n-1].to = max(to, q.times[n-1].to)
		return
	}
	q.times = append(q.times, segmentTime{from, to, at})
}

// dropOldest gives up the oldest segment and declares what of it was not
// released.
func (q *Queue) dropOldest(reason slo.Reason) error {
	if from, _ := q.log.Oldest(); from == 0 {
		return errors.New("the queue is empty and has no room for one record")
	}
	from, to, err := q.log.DropOldest()
	if err != nil {
		return fmt.Errorf("dropping the oldest records: %w", err)
	}
	return q.declareMissing(from, to, reason)
}

// declareMissing declares what of a range was not released, and takes it for
// released from then on: nothing is left to wait for.
func (q *Queue) declareMissing(from, to uint64, reason slo.Reason) error {
	q.mu.Lock()
	var lost []wal.Lost
	for a, b := range q.released.Missing(from, to) {
		lost = append(lost, wal.Lost{From: a, To: b})
	}
	q.mu.Unlock()
	for _, l := range lost {
		if err := q.declare(l.From, l.To, reason); err != nil {
			return err
		}
		q.mu.Lock()
		q.released.AddRange(l.From, l.To)
		q.mu.Unlock()
	}
	return nil
}

// declare appends a gap. Its own room may cost further records.
func (q *Queue) declare(from, to uint64, reason slo.Reason) error {
	b, err := push.EncodeRecord(slo.Record{Gap: &slo.Gap{From: from, To: to, At: q.opts.Now(), Reason: reason}})
	if err != nil {
		return err
	}
	q.mu.Lock()
	q.dropped += to - from + 1
	q.mu.Unlock()
	return q.Append(b)
}

// Release forgets records that the collector has for good, and gives back the
// room of segments that hold no others.
func (q *Queue) Release(set push.IntervalSet) error {
	q.mu.Lock()
	q.released.AddSet(&set)
	first := q.log.First()
	keep := first
	for a := range q.released.Missing(first, q.log.Next()) {
		keep = a
		break
	}
	q.mu.Unlock()
	if keep <= first {
		return nil
	}
	// Saved before anything is removed: what is gone and not in the list would
	// be declared lost after a restart.
	if err := q.saveReleased(); err != nil {
		return err
	}
	if err := q.log.Truncate(keep); err != nil {
		return fmt.Errorf("forgetting released records: %w", err)
	}
	return nil
}

// Expire drops segments whose records are older than the age bound, and
// declares them.
func (q *Queue) Expire() error {
	for {
		from, to := q.log.Oldest()
		if from == 0 || !q.expired(to) {
			return nil
		}
		if err := q.dropOldest(slo.GapQueueFull); err != nil {
			return err
		}
	}
}

func (q *Queue) expired(to uint64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	limit := q.opts.Now().Add(-q.opts.MaxAge)
	first := q.log.First()
	for len(q.times) > 1 && q.times[0].to < first {
		q.times = q.times[1:]
	}
	for _, t := range q.times {
		if to <= t.to {
			return t.at < limit
		}
	}
	return false
}

// Depth is how many records wait, their bytes on disk, and since when the
// oldest has; 0 where none does.
func (q *Queue) Depth() (records, bytes int64, oldest slo.Instant) {
	q.mu.Lock()
	defer q.mu.Unlock()
	first, next := q.log.First(), q.log.Next()
	for a, b := range q.released.Missing(first, next-1) {
		if oldest == 0 {
			for _, t := range q.times {
				if a <= t.to {
					oldest = t.at
					break
				}
			}
		}
		records += int64(b - a + 1)
	}
	return records, q.log.Bytes(), oldest
}

// Dropped is how many records were declared lost since the start.
func (q *Queue) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Released returns what may be forgotten.
func (q *Queue) Released() push.IntervalSet {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.released.Clone()
}

// Next is the number that the next record will get.
func (q *Queue) Next() uint64 { return q.log.Next() }

// Wait returns when record seq is durable.
func (q *Queue) Wait(ctx context.Context, seq uint64) error { return q.log.Wait(ctx, seq) }

// Read returns records from a number on, as wal.Log.Read does.
func (q *Queue) Read(from uint64, records, bytes int) ([][]byte, error) {
	return q.log.Read(from, records, bytes)
}

// Runs yields the numbers that the queue holds.
func (q *Queue) Runs() iter.Seq2[uint64, uint64] { return q.log.Runs() }

// Close saves what is released and closes the log.
func (q *Queue) Close() error {
	return errors.Join(q.saveReleased(), q.log.Close())
}

// releasedFile holds the released set. It is a convenience: without it the
// records that are still there are pushed again, which does no harm.
const releasedFile = "released.json"

func (q *Queue) loadReleased() error {
	b, err := os.ReadFile(filepath.Join(q.dir, releasedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		var stored struct {
			Epoch    string           `json:"epoch"`
			Released push.IntervalSet `json:"released"`
		}
		if err = json.Unmarshal(b, &stored); err == nil && stored.Epoch == q.log.ID() && stored.Released.Max() < q.log.Next() {
			q.released = stored.Released
			return nil
		}
	}
	return fmt.Errorf("the list of released records is not usable (%w): what is queued is pushed again", err)
}

func (q *Queue) saveReleased() error {
	b, err := json.Marshal(map[string]any{"epoch": q.log.ID(), "released": q.Released()})
	if err == nil {
		name := filepath.Join(q.dir, releasedFile)
		if err = os.WriteFile(name+".new", b, 0o600); err == nil {
			err = os.Rename(name+".new", name)
		}
	}
	if err != nil {
		return fmt.Errorf("saving the list of released records: %w", err)
	}
	return nil
}
