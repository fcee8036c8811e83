package collector

import (
	"context"
	"errors"
	"time"
)

// CaughtUp waits until all that was acknowledged before is evaluated, and the
// incidents that follow from it are opened and ranked. It is for who drives a collector by a clock of
// his own; Run must be running.
func (c *Collector) CaughtUp(ctx context.Context) error {
	next := c.journal.Next()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !c.evaluator.reached(next) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return c.conditions.asked.round(ctx)
}

// Seal seals the windows that are final and restates what late measurements
// change, at once where the collector would within half a minute. It is for who
// drives a collector by a clock of his own; Run must be running.
func (c *Collector) Seal(ctx context.Context) error {
	if !c.ready.Load() {
		return errors.New("sealing figures: the collector is not ready")
	}
	return c.sealer.tick(ctx, c.now())
}

// Trim makes blocks of the series and gives back room of the journal, at once
// where the collector would within minutes. It is for who drives a collector by a
// clock of his own; Run must be running.
func (c *Collector) Trim(ctx context.Context) error {
	return errors.Join(c.series.Compact(ctx), c.trim())
}

// reached reports whether all before a position of the journal is evaluated,
// and nothing of it is left to follow up.
func (v *evaluator) reached(next uint64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cursor >= next && !v.due.pending()
}
