package collector

import (
	"context"
	"fmt"
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

// reportOnSchedule sends the report of the period before whenever a schedule is
// due, also one that was due while the collector was away, until ctx ends.
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
	for i := range c.config.Reports {
		r, at := &c.config.Reports[i], c.now()
		if last, waits := unsealed[i]; waits && last <= at && at.Sub(last) < sealedAgain {
			continue
		}
		waits, err := c.reportIfDue(ctx, r, at)
		if err != nil && ctx.Err() == nil {
			of, _ := r.scope()
			c.failed("sending the report of "+of.String(), err)
		}
		delete(unsealed, i)
		if waits {
			unsealed[i] = at
		}
	}
}

// reportIfDue sends one report where its schedule has a start since the last
// one that was served, and its period is sealed; waits is true where it is not.
// The first time, it only notes from when on to look.
func (c *Collector) reportIfDue(ctx context.Context, r *ReportConfig, at slo.Instant) (waits bool, err error) {
	of, err := r.scope()
	if err != nil {
		return false, err
	}
	key := r.key()
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
	if last > at { // the clock was ahead; what was sent then is there, and is not sent again
		return false, c.store.Set(ctx, key, []byte(at.String()))
	}
	cron, err := catalog.ParseCron(r.Schedule)
	if err != nil {
		return false, err
	}
	zone := c.zoneOf(of)
	due, ok := report.Due(cron, zone, last, at)
	if !ok {
		return false, nil
	}
	p := report.PeriodBefore(r.kind(), due, zone)
	if !c.final(of, p, at) {
		return true, nil
	}
	made, err := c.scopedReport(ctx, of, p.Label, at)
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

// final reports whether a period is closed for late measurements of each
// agreement in a scope: it costs less to ask than to make the report.
func (c *Collector) final(of report.Scope, p report.Period, at slo.Instant) bool {
	cat := c.engine().Catalog()
	for _, a := range of.Of(cat) {
		own, err := report.ParsePeriod(p.Label, a.Zone)
		if err == nil && !c.finality(cat, a, own.Interval, at).Final {
			return false
		}
	}
	return true
}

// sealed reports whether a report's figures are final, and the ledger has them.
func sealed(r *report.Report) bool {
	return r.Identity.Standing == report.Final && r.Ledger != nil && len(r.Ledger.Unsealed) == 0
}
