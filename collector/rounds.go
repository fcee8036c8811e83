package collector

import (
	"context"
	"fmt"
	"time"
)

// roundsPoll is how often it is looked whether all mails have left.
const roundsPoll = 2 * time.Millisecond

// asked lets somebody have a loop go round at once that goes by a ticker else.
// One that is nil is never asked.
type asked chan chan<- struct{}

// every goes round now, each time that the pause is over, and whenever somebody
// asks, until ctx ends.
func (a asked) every(ctx context.Context, pause time.Duration, round func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var done chan<- struct{}
	for {
		round()
		if done != nil {
			close(done)
			done = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case done = <-a:
		}
	}
}

// round asks for a round, and waits until it is over or ctx ends.
func (a asked) round(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case a <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Rounds does at once what the collector does now and then by itself: it begins
// and ends drills, proposes problems, sends the reports that are due, and waits
// until the mails that are due have left. Like CaughtUp it is for who drives a
// collector by a clock of his own; Run must be running.
func (c *Collector) Rounds(ctx context.Context) error {
	for _, a := range []asked{c.drills.asked, c.problems.asked, c.sendings.asked} {
		if err := a.round(ctx); err != nil {
			return err
		}
	}
	c.alerts.soon()
	if c.outbox == nil {
		return nil
	}
	c.outbox.Wake()
	return c.mailed(ctx)
}

// Forecast forecasts all resources at once, and scores what was forecast before,
// as Rounds does the rest.
func (c *Collector) Forecast(ctx context.Context) error { return c.forecasts.asked.round(ctx) }

// mailed waits until no mail is due.
func (c *Collector) mailed(ctx context.Context) error {
	tick := time.NewTicker(roundsPoll)
	defer tick.Stop()
	for {
		due, err := mailOutbox(c.store).Due(ctx, c.now(), 1)
		if err != nil {
			return fmt.Errorf("looking for mails that are due: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
