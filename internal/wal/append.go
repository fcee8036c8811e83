package wal

import (
	"fmt"
)

// maxWrite is how many bytes one writer takes from the others at a time.
const maxWrite = 4 << 20

// request is one call of Append. Its results are written under Log.write.
type request struct {
	payloads [][]byte
	size     int64 // on the disk
	done     bool
	first    uint64
	err      error
}

func (r *request) finish(first uint64, err error) { r.done, r.first, r.err = true, first, err }

// Append adds records, in order and one after another, and returns the number
// of the first when all of them are on the disk. Calls that come at the same
// time share one sync. The payloads must not be empty, nor be changed before
// it returns.
//
// After an error none of them was added: ErrFull, ErrTooLarge, ErrClosed, or
// what the disk said (a full one wraps syscall.ENOSPC). The log stays good and
// the call may be repeated.
func (l *Log) Append(payloads ...[]byte) (first uint64, err error) {
	if len(payloads) == 0 {
		return l.Next(), nil
	}
	r := &request{payloads: payloads}
	for i, p := range payloads {
		if len(p) == 0 {
			return 0, fmt.Errorf("appending to the log: record %d of %d is empty", i+1, len(payloads))
		}
		if len(p) > MaxRecord {
			return 0, fmt.Errorf("appending to the log: record %d of %d has %d bytes: %w", i+1, len(payloads), len(p), ErrTooLarge)
		}
		r.size += int64(frameSize + len(p))
	}
	if r.size > maxSegmentBytes {
		return 0, fmt.Errorf("appending to the log: %d bytes at once: %w", r.size, ErrTooLarge)
	}
	if err := l.enqueue(r); err != nil {
		return 0, err
	}
	l.write.Lock()
	for !r.done { // until another writer's batch or mine has it
		l.commit(l.take())
	}
	l.write.Unlock()
	if r.err != nil {
		return 0, fmt.Errorf("appending to the log in %s: %w", l.dir, r.err)
	}
	return r.first, nil
}

func (l *Log) enqueue(r *request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.waiting = append(l.waiting, r)
	return nil
}

// take removes from the waiting requests as many as make one write.
func (l *Log) take() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, size := 0, int64(0)
	for n < len(l.waiting) && (n == 0 || size+l.waiting[n].size <= maxWrite) {
		size += l.waiting[n].size
		n++
	}
	batch := l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	return batch
}

// commit writes and syncs a batch, and finishes its requests. l.write is held.
func (l *Log) commit(batch []*request) {
	accepted, size := l.admit(batch)
	if len(accepted) == 0 {
		return
	}
	err := l.commitBytes(accepted, size)
	if err != nil {
		for _, r := range accepted {
			r.finish(0, err)
		}
	}
}

// admit finishes the requests that do not fit below MaxBytes and returns the
// others with their size.
func (l *Log) admit(batch []*request) (accepted []*request, size int64) {
	room := l.opts.MaxBytes - l.Bytes()
	for _, r := range batch {
		if size+r.size > room {
			r.finish(0, ErrFull)
			continue
		}
		accepted = append(accepted, r)
		size += r.size
	}
	return accepted, size
}

func (l *Log) commitBytes(batch []*request, size int64) error {
	tail, err := l.tailFor(size)
	if err != nil {
		return err
	}
	next := tail.end()
	l.buf = l.buf[:0]
	for _, r := range batch {
		for _, p := range r.payloads {
			l.buf = appendFrame(l.buf, l.seed, uint32(next-tail.base), p)
			next++
		}
	}
	if err := l.writeTail(tail); err != nil {
		return err
	}
	l.publish(tail, batch)
	if cap(l.buf) > 2*maxWrite {
		l.buf = nil
	}
	return nil
}

// tailFor returns the segment that takes size more bytes, after beginning a
// new one where the tail is full or spoilt.
func (l *Log) tailFor(size int64) (*segment, error) {
	tail := l.segments[len(l.segments)-1]
	if !tail.sealed && (len(tail.runs) == 0 || tail.size+size <= l.opts.SegmentBytes) {
		return tail, nil
	}
	return l.rotate()
}

// rotate begins a new tail. l.write is held.
func (l *Log) rotate() (*segment, error) {
	old := l.segments[len(l.segments)-1]
	if len(old.runs) == 0 && old.base == l.next {
		// A spoilt tail without records has the name that the new one needs.
		// It is replaced by the rename.
		fresh, err := createSegment(l.disk, l.id, l.next)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.segments[len(l.segments)-1] = fresh
		l.mu.Unlock()
		old.file.Close()
		return fresh, nil
	}
	fresh, err := createSegment(l.disk, l.id, l.next)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	old.sealed = true
	l.segments = append(l.segments, fresh)
	l.bytes += fresh.size
	return fresh, nil
}

// writeTail puts l.buf at the end of the tail and syncs it. After a failure
// the part that was written is cut off again. After a failed sync nobody knows
// what the disk holds behind the last good one, so the segment ends there: the
// same numbers are written to a new one, which counts where both have them.
func (l *Log) writeTail(tail *segment) error {
	err := writeAll(tail.file, l.buf, tail.size)
	if err == nil {
		if err = tail.file.Sync(); err == nil {
			return nil
		}
		tail.sealed = true
		tail.file.Truncate(tail.size) // what stays is capped by the next segment
		return fmt.Errorf("syncing %s: %w", tail.name, err)
	}
	if terr := tail.file.Truncate(tail.size); terr != nil {
		tail.sealed = true
	}
	return fmt.Errorf("writing %s: %w", tail.name, err)
}

// publish shows the batch, which is durable, to readers.
func (l *Log) publish(tail *segment, batch []*request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, off := l.next, tail.size
	for _, r := range batch {
		r.finish(next, nil)
		for _, p := range r.payloads {
			stop := off + int64(frameSize+len(p))
			tail.add(next, off, stop)
			next, off = next+1, stop
		}
	}
	l.bytes += int64(len(l.buf))
	l.next = next
	close(l.grown)
	l.grown = make(chan struct{})
}
