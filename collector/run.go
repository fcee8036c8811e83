package collector

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

const (
	trimEvery   = 10 * time.Second // the journal
	stopTimeout = 10 * time.Second // for requests under way, by default
)

// Run serves until ctx ends or a part fails for good, then stops everything,
// last in first out. It is called once.
func (c *Collector) Run(ctx context.Context) error {
	g, run := errgroup.WithContext(ctx)
	// What follows the journal outlives the listeners, so that what was
	// acknowledged last is evaluated and archived at once.
	follow, stopFollowing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopFollowing()

	g.Go(func() error { return c.serve(run, c.pages, c.pagesAt) })
	g.Go(func() error { return c.serve(run, c.agentPages, c.agentsAt) })
	g.Go(func() error { return c.agents.keepSeated(run) })
	g.Go(func() error { return c.managers.Run(run) })
	g.Go(func() error { return c.alerts.run(run) })
	g.Go(func() error { return c.conditions.run(run) })
	g.Go(func() error {
		return writeSeries(run, c.series, c.seriesSources(), c.now, c.log)
	})
	g.Go(func() error { return c.reportOnSchedule(run) })
	g.Go(func() error { return c.sealer.run(run) })
	g.Go(func() error { return c.drills.run(run) })
	g.Go(func() error { return c.problems.run(run) })
	g.Go(func() error { return c.channels.Run(run) })
	g.Go(func() error { return c.teller.run(run) })
	g.Go(func() error { return c.forecasts.run(run, c.series.Ready()) })
	if c.outbox != nil {
		g.Go(func() error { return c.outbox.Run(run) })
	}

	f, failing := errgroup.WithContext(follow)
	f.Go(func() error { return c.evaluator.run(failing) })
	f.Go(func() error { return c.archiver.run(failing) })
	f.Go(func() error { return c.follow(failing, c.evaluateFollower()) })
	f.Go(func() error { return c.follow(failing, c.archiveFollower()) })
	f.Go(func() error { return c.followSeries(failing) })
	f.Go(func() error { return c.housekeep(failing) })
	g.Go(func() error { // a follower that gives up ends the collector
		select {
		case <-run.Done():
			return nil
		case <-failing.Done():
			return errors.New("a follower of the journal has stopped")
		}
	})
	c.log.Info("serving", "pages", c.base(), "agents", c.AgentsAddr())

	context.AfterFunc(ctx, func() {
		c.log.Info("stopping: requests under way finish, and what was acknowledged is evaluated and archived")
	})
	err := g.Wait()
	stopFollowing()
	err = errors.Join(err, f.Wait(), c.agents.save(context.WithoutCancel(ctx)))
	if err = errors.Join(err, c.undo.unwind()); err == nil {
		c.log.Info("stopped")
	}
	return err
}

// serve answers requests until ctx ends, and lets those under way finish.
func (c *Collector) serve(ctx context.Context, s *http.Server, l net.Listener) error {
	// Long polls end with the server.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.BaseContext = func(net.Listener) context.Context { return base }
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving at %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	cancel()
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), c.grace)
	defer done()
	if err := s.Shutdown(stop); err != nil {
		return errors.Join(fmt.Errorf("stopping at %s: %w", l.Addr(), err), s.Close())
	}
	return nil
}

func (c *Collector) follow(ctx context.Context, f follower) error {
	return follow(ctx, c.journal, f, func(err error) {
		if ctx.Err() == nil {
			c.log.Error("a follower of the journal failed; it tries again", "follower", f.name, "error", err)
		}
	})
}

func (c *Collector) evaluateFollower() follower {
	return follower{
		name: "evaluate", from: c.evaluator.cursor,
		take: func(ctx context.Context, entries []slo.Entry) error {
			err := c.evaluator.take(ctx, entries)
			if err == nil {
				c.drills.observe(entries)
				c.checkReady(entries[len(entries)-1].Pos + 1)
			}
			return err
		},
		skip: func(ctx context.Context, next uint64, reason string) error {
			err := c.evaluator.skip(ctx, next, reason)
			if err == nil {
				c.checkReady(next)
			}
			return err
		},
		aside: func(ctx context.Context, pos uint64, record []byte, why error) error {
			return c.store.SetAside(ctx, sqlstore.SetAside{At: c.now(), Reason: fmt.Sprintf("unreadable in the journal: entry %d: %v", pos, why), Record: record})
		},
	}
}

// checkReady makes the collector ready once everything that the journal held
// at its start was evaluated.
func (c *Collector) checkReady(next uint64) {
	if !c.ready.Load() && next >= c.headAtStart && c.ready.CompareAndSwap(false, true) {
		c.log.Info("ready: the journal is read", "entries", next-1)
		c.alerts.soon()
	}
}

func (c *Collector) archiveFollower() follower {
	return follower{name: "archive", from: c.archiver.position(), take: c.archiver.take, skip: c.archiver.skip}
}

// followSeries feeds the time series once they are loaded.
func (c *Collector) followSeries(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-c.series.Ready():
	}
	if err := c.series.Err(); err != nil {
		return fmt.Errorf("loading the series: %w", err)
	}
	from := c.series.Next()
	if from > c.journal.Next() {
		return fmt.Errorf("the series know %d entries and the journal has only %d: is the data folder whole?", from-1, c.journal.Next()-1)
	}
	return c.follow(ctx, follower{
		name: "series", from: max(from, c.journal.First()),
		take: func(ctx context.Context, entries []slo.Entry) error {
			aside, err := c.series.Append(ctx, entries)
			if err != nil {
				return err
			}
			for _, a := range aside {
				c.log.Error("a measurement makes no series", "agent", a.Entry.Agent, "seq", a.Entry.Seq, "error", a.Err)
			}
			return nil
		},
		skip: func(context.Context, uint64, string) error { return nil },
	})
}

// housekeep gives back the room of journal segments that every follower has
// passed, and saves what is known of agents, until ctx ends.
func (c *Collector) housekeep(ctx context.Context) error {
	c.checkReady(c.evaluator.saved.Load())
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := c.trim(); err != nil {
			c.failed("trimming the journal", err)
		}
		if err := c.agents.save(ctx); err != nil && ctx.Err() == nil {
			c.failed("saving the agents", err)
		}
	}
}

func (c *Collector) trim() error {
	select {
	case <-c.series.Ready():
	default:
		return nil
	}
	if err := c.series.Err(); err != nil {
		return err
	}
	if err := c.series.Sync(); err != nil {
		return err
	}
	// The archive writes when enough has gathered, which may be more than a
	// small journal holds.
	if c.journal.Bytes() > c.config.Journal.Size/2 {
		if err := c.archiver.archive.Flush(); err != nil {
			return err
		}
	}
	return c.journal.Truncate(min(c.evaluator.saved.Load(), c.archiver.archive.Next(), c.series.Next()))
}
