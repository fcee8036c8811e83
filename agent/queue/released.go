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
	proof
}

// proof is what collectors told of the numbers, so that the next process knows.
type proof struct {
	// Unproven is from which number on no collector has told yet whether the
	// numbers are this folder's alone; 0 where there are none such.
	Unproven uint64 `json:"unproven,omitzero"`
	// Shared is from which number on another gave them too; 0 where none did.
	Shared uint64 `json:"shared,omitzero"`
}

// Released returns what may be forgotten.
func (q *Queue) Released() push.IntervalSet {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.released.Clone()
}

// Release forgets records that the collector has for good, and gives back the
// room of segments that hold no others. Numbers that this queue has not given
// yet are passed over.
func (q *Queue) Release(set push.IntervalSet) error {
	q.mu.Lock()
	next := q.log.Next()
	for from, to := range set.Runs() {
		if from < next {
			q.released.AddRange(from, min(to, next-1))
		}
	}
	q.mu.Unlock()
	if err := q.forget(next); err != nil {
		return fmt.Errorf("forgetting released records: %w", err)
	}
	return nil
}

// forget removes the segments below next whose records are all released.
func (q *Queue) forget(next uint64) error {
	log := q.current()
	from, to := log.Oldest()
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
	return log.Truncate(keep)
}

// loadReleased reads what is stored of an epoch; it is empty where there is
// nothing.
func loadReleased(dir, epoch string) (stored storedReleased, err error) {
	b, err := os.ReadFile(filepath.Join(dir, releasedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return storedReleased{}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &stored)
	}
	if err == nil && stored.Epoch != epoch {
		err = errors.New("it is of another epoch")
	}
	if err != nil {
		return storedReleased{}, fmt.Errorf("the list of released records is not usable: %w; what is queued is pushed again", err)
	}
	return stored, nil
}

// saveReleased makes the set durable.
func (q *Queue) saveReleased() error {
	q.mu.Lock()
	stored := storedReleased{Epoch: q.log.ID(), Released: q.released.Clone(), proof: q.stored}
	q.mu.Unlock()
	b, err := json.Marshal(stored)
	if err == nil {
		err = wal.ReplaceFile(filepath.Join(q.dir, releasedFile), b)
	}
	if err != nil {
		return fmt.Errorf("saving the list of released records: %w", err)
	}
	return nil
}
