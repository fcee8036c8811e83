package queue

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// owed is what was lost and is not declared yet.
type owed struct {
	damaged push.IntervalSet // what the disk lost
	dropped uint64           // numbers up to this one were dropped
	reason  slo.Reason       // why the last ones were
}

// drop notes that the numbers up to last are gone. With them went the gaps
// among them, so all that is not released is declared anew.
func (o *owed) drop(last uint64, reason slo.Reason) {
	if last > o.dropped {
		o.dropped, o.reason = last, reason
	}
}

// gaps are the declarations of what is owed and not released.
func (o *owed) gaps(released push.IntervalSet, at slo.Instant) (gaps []slo.Gap) {
	settled := released.Clone()
	for from, to := range o.damaged.Runs() {
		for a, b := range released.Missing(from, to) {
			gaps = append(gaps, slo.Gap{From: a, To: b, At: at, Reason: slo.GapCorrupt})
		}
		settled.AddRange(from, to)
	}
	if o.dropped > 0 {
		for a, b := range settled.Missing(1, o.dropped) {
			gaps = append(gaps, slo.Gap{From: a, To: b, At: at, Reason: o.reason})
		}
	}
	return gaps
}

// frame is what the log adds to each record, in bytes.
const frame = 12

// Append queues records, encoded, and returns when they are on the disk, all
// or none; an empty record is an error. Where a bound is reached, or the disk is full, the oldest records
// give way, and gaps declare them. An error leaves what is queued as it is,
// apart from what gave way, and the call may be repeated.
func (q *Queue) Append(records ...[]byte) error {
	var size int64
	for _, r := range records {
		size += int64(len(r)) + frame
	}
	// The rest is for the gaps that go with it.
	if most := q.opts.MaxBytes / 8 * 7; size > most {
		return fmt.Errorf("queueing %d bytes at once; at most %d fit: %w", size, most, wal.ErrTooLarge)
	}
	q.appending.Lock()
	defer q.appending.Unlock()
	for {
		err := q.tryAppend(records)
		if err == nil {
			return nil
		}
		var dropped bool
		switch {
		case errors.Is(err, wal.ErrFull):
			dropped, err = q.drop(slo.GapQueueFull, err)
		case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
			dropped, err = q.dropForDisk(err)
		}
		if !dropped {
			return fmt.Errorf("queueing: %w", err)
		}
	}
}

// tryAppend appends what is owed, and records.
func (q *Queue) tryAppend(records [][]byte) error {
	q.mu.Lock()
	gaps := q.owed.gaps(q.released, q.opts.Now())
	damaged, dropped := q.owed.damaged.Clone(), q.owed.dropped
	q.mu.Unlock()
	payloads := make([][]byte, 0, len(gaps)+len(records))
	var lost uint64
	for i := range gaps {
		b, err := push.EncodeRecord(slo.Record{Gap: &gaps[i]})
		if err != nil {
			return err
		}
		payloads = append(payloads, b)
		lost += gaps[i].To - gaps[i].From + 1
	}
	payloads = append(payloads, records...)
	if len(payloads) == 0 {
		return nil
	}
	if q.opts.Disk != nil {
		if err := q.opts.Disk(); err != nil {
			return err
		}
	}
	if _, err := q.put(q.current(), payloads...); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.declared += lost
	// Reads may have found more damage meanwhile.
	var more push.IntervalSet
	for from, to := range q.owed.damaged.Runs() {
		for a, b := range damaged.Missing(from, to) {
			more.AddRange(a, b)
		}
	}
	q.owed.damaged = more
	if q.owed.dropped == dropped {
		q.owed.dropped = 0
	}
	return nil
}

// drop gives up the oldest segment. It returns why where there is none.
func (q *Queue) drop(reason slo.Reason, why error) (bool, error) {
	// Else the next start would declare lost what was released. A full disk
	// may not take it; declaring too much does no harm.
	_ = q.saveReleased()
	_, to, err := q.current().DropOldest()
	if err != nil {
		return false, errors.Join(why, fmt.Errorf("dropping the oldest records: %w", err))
	}
	if to == 0 {
		return false, why
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.owed.drop(to, reason)
	return true, nil
}

// dropForDisk gives up the oldest segment where there is another one: the last
// would give back next to nothing, and the disk may get room from elsewhere.
func (q *Queue) dropForDisk(why error) (bool, error) {
	if _, to := q.current().Oldest(); to == 0 || to+1 >= q.current().Next() {
		return false, why
	}
	return q.drop(slo.GapDiskFull, why)
}

// ageSteps is how many segments share the age bound, at least: a record waits
// for at most one part more than it may.
const ageSteps = 16

// Expire drops the segments whose records are all older than the age bound,
// and declares them. Where the last segment spans a share of the bound it
// begins another, or a quiet agent's one segment would be as old as its oldest
// record is, and never as its newest.
func (q *Queue) Expire() error {
	if err := q.split(); err != nil {
		return fmt.Errorf("bounding the queue's age: %w", err)
	}
	if !q.expire() {
		return nil
	}
	return q.Append() // what is owed
}

func (q *Queue) split() error {
	q.appending.Lock()
	defer q.appending.Unlock()
	first, _ := q.current().Tail()
	if first == 0 {
		return nil
	}
	if at, ok := q.instant(first); ok && q.opts.Now().Sub(at) < q.opts.MaxAge/ageSteps {
		return nil
	}
	return q.current().Rotate()
}

func (q *Queue) expire() (dropped bool) {
	q.appending.Lock()
	defer q.appending.Unlock()
	limit := q.opts.Now().Add(-q.opts.MaxAge)
	for {
		_, last := q.current().Oldest()
		if last == 0 {
			return dropped
		}
		if at, ok := q.instant(last); !ok || at >= limit {
			return dropped
		}
		if ok, err := q.drop(slo.GapQueueFull, nil); err != nil || !ok {
			return dropped
		}
		dropped = true
	}
}
