package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// A folder that was put back from a backup, or copied, gives numbers again
// that its epoch gave before. The client notices it, and Renew begins an epoch
// of this folder's own.

// Opened returns the first number that this process gave, and the first, at or
// before it, of which no collector has told yet whether this folder alone gave
// it.
func (q *Queue) Opened() (own, unproven uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stored.Unproven == 0 {
		return q.own, q.own
	}
	return q.own, q.stored.Unproven
}

// adoptProof takes up what collectors told the process before: the numbers that
// it is known to share are not its own to send, nor what came after them.
func (q *Queue) adoptProof() {
	if s := q.stored.Shared; s > 0 && s < q.own {
		q.own = s
	}
	if u := q.stored.Unproven; u == 0 || u > q.own {
		q.stored.Unproven = q.own
	}
}

// Told notes what a collector said of this process's numbers: that from shared
// on another gave them too, or, where it is 0, that none did.
func (q *Queue) Told(shared uint64) error {
	q.mu.Lock()
	was := q.stored
	q.stored.Shared = shared
	if shared == 0 {
		q.stored.Unproven = 0
	}
	same := q.stored == was
	q.mu.Unlock()
	if same {
		return nil
	}
	return q.saveReleased()
}

// Folders beside the queue's while it is replaced.
const (
	nextSuffix = ".next" // whole once the queue's own folder is away
	oldSuffix  = ".old"  // nothing in it is needed
)

// Renew begins a new epoch in a folder of its own, which takes the place of
// this one all or nothing. Records whose numbers stay with the old epoch are
// forgotten; all others are queued anew, in their order, under new numbers.
// What is doubtful, and what gaps among the others declare, is declared by a
// gap of the new epoch over as many numbers. After an error the queue is as it
// was, or closed where the disk gives neither folder.
func (q *Queue) Renew(stays, doubtful push.IntervalSet) error {
	q.appending.Lock()
	defer q.appending.Unlock()
	if err := q.remake(stays, doubtful); err != nil {
		return fmt.Errorf("beginning a new epoch: %w", errors.Join(err, os.RemoveAll(q.dir+nextSuffix)))
	}
	old := q.current()
	err := errors.Join(old.Close(), swapFolders(q.dir))
	if err != nil {
		err = errors.Join(err, settleFolder(q.dir))
	}
	log, _, openErr := wal.Open(q.dir, q.opts.log(0))
	if openErr != nil {
		return fmt.Errorf("beginning a new epoch: %w", errors.Join(err, openErr))
	}
	q.mu.Lock()
	q.log = log
	if log.ID() != old.ID() {
		q.own, q.stored = 1, proof{}
		q.released, q.damaged, q.owed = push.IntervalSet{}, push.IntervalSet{}, owed{}
	}
	q.mu.Unlock()
	if err != nil {
		return fmt.Errorf("beginning a new epoch: %w", err)
	}
	_ = clearFolders(q.dir) // else the next start does it
	return nil
}

// renewedSince reports whether another log is in use than one that was closed.
func (q *Queue) renewedSince(log *wal.Log) bool {
	q.appending.Lock() // Renew may be between the two
	defer q.appending.Unlock()
	return q.current() != log
}

// remake fills the next folder.
func (q *Queue) remake(stays, doubtful push.IntervalSet) error {
	next := q.dir + nextSuffix
	if err := os.RemoveAll(next); err != nil { // an attempt that failed
		return err
	}
	log, _, err := wal.Open(next, q.opts.log(0))
	if err != nil {
		return err
	}
	lost, err := q.move(log, stays)
	end := log.Next()
	if err := errors.Join(err, log.Close()); err != nil {
		return err
	}
	lost.AddSet(&doubtful)
	if lost.Len() == 0 {
		return nil
	}
	return q.declare(next, end, lost.Len())
}

// move appends to a log all records but those that stay and gaps. It returns
// what gaps, declared and owed, and reads say is lost and not released.
func (q *Queue) move(to *wal.Log, stays push.IntervalSet) (lost push.IntervalSet, err error) {
	q.mu.Lock()
	log, released, owed := q.log, q.released.Clone(), q.owed.gaps(q.released, 0)
	q.mu.Unlock()
	lose := func(first, last uint64) {
		for a, b := range released.Missing(first, last) {
			lost.AddRange(a, b)
		}
	}
	for _, g := range owed {
		lose(g.From, g.To)
	}
	for first, last := range log.Runs() {
		for a, b := range stays.Missing(first, last) {
			if err := moveRun(log, to, a, b, lose); err != nil {
				return lost, err
			}
		}
	}
	return lost, nil
}

// moveRun appends the records from first to last of one log to another.
func moveRun(log, to *wal.Log, first, last uint64, lose func(first, last uint64)) error {
	for seq := first; seq <= last; {
		payloads, err := log.Read(seq, int(min(last-seq+1, 1000)), segmentBytes)
		if missing := missingFrom(seq, err); missing != nil {
			lose(seq, min(missing.To, last))
			seq = missing.To + 1
			continue
		}
		if err != nil {
			return err
		}
		seq += uint64(len(payloads))
		var moved [][]byte
		for _, p := range payloads {
			if r, err := push.DecodeRecord(p); err == nil && r.Gap != nil {
				lose(r.Gap.From, r.Gap.To)
				continue
			}
			moved = append(moved, p)
		}
		if _, err := to.Append(moved...); err != nil {
			return err
		}
	}
	return nil
}

// declare leaves out n numbers from end on in the log of a folder, and
// declares them.
func (q *Queue) declare(dir string, end, n uint64) error {
	log, _, err := wal.Open(dir, q.opts.log(end+n))
	if err != nil {
		return err
	}
	b, err := push.EncodeRecord(slo.Record{Gap: &slo.Gap{From: end, To: end + n - 1, At: q.opts.Now(), Reason: slo.GapCorrupt}})
	if err == nil {
		_, err = log.Append(b)
	}
	if err == nil {
		q.mu.Lock()
		q.declared += n
		q.mu.Unlock()
	}
	return errors.Join(err, log.Close())
}

// swapFolders puts the next folder in the place of the queue's.
func swapFolders(dir string) error {
	if err := os.RemoveAll(dir + oldSuffix); err != nil {
		return err
	}
	if err := wal.SyncFolder(filepath.Dir(dir)); err != nil { // the next one's name
		return err
	}
	if _, err := os.Stat(dir + nextSuffix); err != nil {
		return err
	}
	if err := os.Rename(dir, dir+oldSuffix); err != nil {
		return err
	}
	if err := os.Rename(dir+nextSuffix, dir); err != nil {
		return err
	}
	return wal.SyncFolder(filepath.Dir(dir))
}

// settleFolder ends a replacement that was interrupted: where the queue's
// folder is away the next one is whole and takes its place.
func settleFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Rename(dir+nextSuffix, dir)
	if errors.Is(err, fs.ErrNotExist) { // there was no queue
		return nil
	}
	return errors.Join(err, wal.SyncFolder(filepath.Dir(dir)))
}

// clearFolders removes what a replacement left beside the queue's folder, which
// this process holds.
func clearFolders(dir string) error {
	return errors.Join(os.RemoveAll(dir+nextSuffix), os.RemoveAll(dir+oldSuffix))
}
