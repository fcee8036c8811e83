package collector

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

const (
	scheduleEvery = 10 * time.Second
	// sealedAgain is how long a report that is due waits before the next look
	// whether its month is sealed: each look makes the report.
	sealedAgain = time.Minute
)

// reportOnSchedule sends the report of the month before whenever a schedule
// is due, also one that was due while the collector was away, until ctx ends.
func (c *Collector) reportOnSchedule(ctx context.Context) error {
	unsealed := map[int]slo.Instant{} // entries that are due: when they were looked at last
	c.sendings.asked.every(ctx, scheduleEvery, func() {
		if c.ready.Load() {
			c.sendDue(ctx, unsealed)
		}
	})
	return nil
}

// sendDue sends the reports that are due now, and keeps in unsealed those that
// wait for their month.
func (c *Collector) sendDue(ctx context.Context, unsealed map[int]slo.Instant) {
	if err := c.amendReports(ctx, c.now()); err != nil && ctx.Err() == nil {
		c.failed("sending amended reports", err)
	}
	for i, r := range c.config.Reports {
		at := c.now()
		if last, waits := unsealed[i]; waits && at.Sub(last) < sealedAgain {
			continue
		}
		waits, err := c.reportIfDue(ctx, r, at)
		if err != nil && ctx.Err() == nil {
			c.failed("sending the report of "+r.Agreement, err)
		}
		delete(unsealed, i)
		if waits {
			unsealed[i] = at
		}
	}
}

// reportIfDue sends one report where its schedule has a start since the last
// one that was served, and its month is sealed; waits is true where it is not.
// The first time, it only notes from when on to look.
func (c *Collector) reportIfDue(ctx context.Context, r ReportConfig, at slo.Instant) (waits bool, err error) {
	key := "report " + r.Agreement + " " + r.Schedule + " " + strings.Join(r.To, ",")
	stored, err := c.store.Get(ctx, key)
	if err != nil {
		return false, err
	}
	if stored == nil {
		return false, c.store.Set(ctx, key, []byte(at.String()))
	}
	last, err := slo.ParseInstant(string(stored))
	if err != nil {
		return false, fmt.Errorf("reading when it was sent last: %w", err)
	}
	cron, err := catalog.ParseCron(r.Schedule)
	if err != nil {
		return false, err
	}
	zone := c.zone(r.Agreement)
	due, ok := report.Due(cron, zone, last, at)
	if !ok {
		return false, nil
	}
	made, err := c.report(ctx, r.Agreement, report.MonthBefore(due, zone).Label, at)
	if err != nil {
		return false, err
	}
	if !sealed(&made) {
		return true, nil
	}
	if err := c.sendings.did("sealed"); err != nil {
		return false, err
	}
	if _, err := c.sendings.send(ctx, made, r.recipients(), ledger.Self, at); err != nil {
		return false, err
	}
	// A kill before this line makes the same messages again, which are there.
	if err := c.store.Set(ctx, key, []byte(due.String())); err != nil {
		return false, err
	}
	return false, c.sendings.did("noted")
}

// sealed reports whether a report's figures are final, and the ledger has them.
func sealed(r *report.Report) bool {
	return r.Identity.Standing == report.Final && r.Ledger != nil && len(r.Ledger.Unsealed) == 0
}
