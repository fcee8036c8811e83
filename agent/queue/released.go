package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
)

// releasedFile holds the released set. Without it what is still queued is
// pushed again, and what is gone is declared lost again: the collector knows
// better and neither does harm.
const releasedFile = "released.json"

type storedReleased struct {
	Epoch    string           `json:"epoch"`
	Released push.IntervalSet `json:"released"`
}

// Released returns what may be forgotten.
func (q *Queue) Released() push.IntervalSet {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.released.Clone()
}

// Release forgets records that the collector has for good, and gives back the
// room of segments that hold no others. A collector that has records which
// this queue has not made yet is an error: the queue's folder was copied, or
// put back from a backup, and identities are used twice.
func (q *Queue) Release(set push.IntervalSet) error {
	next := q.log.Next()
	q.mu.Lock()
	for from, to := range set.Runs() {
		if from < next {
			q.released.AddRange(from, min(to, next-1))
		}
	}
	q.mu.Unlock()
	if err := q.forget(next); err != nil {
		return fmt.Errorf("forgetting released records: %w", err)
	}
	if last := set.Max(); last >= next {
		return fmt.Errorf("the collector has records up to %d of epoch %s, which ends at %d here: the queue's folder was copied or put back; move it away to begin a new epoch",
			last, q.Epoch(), next-1)
	}
	return nil
}

// forget removes the segments below next whose records are all released.
func (q *Queue) forget(next uint64) error {
	from, to := q.log.Oldest()
	if to == 0 || to+1 >= next { // the last segment stays
		return nil
	}
	q.mu.Lock()
	keep := next
	for first := range q.released.Missing(from, next-1) {
		keep = first
		break
	}
	q.mu.Unlock()
	if keep <= to {
		return nil
	}
	// Saved before anything is removed: what is gone and not in the list would
	// be declared lost by the next start.
	if err := q.saveReleased(); err != nil {
		return err
	}
	return q.log.Truncate(keep)
}

// loadReleased reads the set of an epoch; it is empty where there is none.
func loadReleased(dir, epoch string) (push.IntervalSet, error) {
	b, err := os.ReadFile(filepath.Join(dir, releasedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return push.IntervalSet{}, nil
	}
	var stored storedReleased
	if err == nil {
		err = json.Unmarshal(b, &stored)
	}
	if err == nil && stored.Epoch != epoch {
		err = errors.New("it is of another epoch")
	}
	if err != nil {
		return push.IntervalSet{}, fmt.Errorf("the list of released records is not usable: %w; what is queued is pushed again", err)
	}
	return stored.Released, nil
}

// saveReleased makes the set durable.
func (q *Queue) saveReleased() error {
	b, err := json.Marshal(storedReleased{Epoch: q.Epoch(), Released: q.Released()})
	if err == nil {
		err = wal.ReplaceFile(filepath.Join(q.dir, releasedFile), b)
	}
	if err != nil {
		return fmt.Errorf("saving the list of released records: %w", err)
	}
	return nil
}
