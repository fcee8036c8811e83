package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// amendedKey is the setting of the ledger's entry up to which restatements were
// followed into reports that had been sent.
const amendedKey = "report amended"

// Bounds of what is looked at for amendments.
const (
	maxAmendRows     = 1000 // restatements at a time
	maxEditionsAside = 50   // reports of one period
)

// amendReports sends each report anew that was sent and whose figures were
// restated since, with what changed, to those who get the reports of the scope.
// How far it came is noted when all are in the outbox; until then the same
// messages are made again, which are there.
func (c *Collector) amendReports(ctx context.Context, at slo.Instant) error {
	from, err := c.amendedUntil(ctx)
	if err != nil {
		return err
	}
	rows, err := c.store.LogRows(ctx, string(ledger.KindRestatement), "", from, maxAmendRows)
	if err != nil || len(rows) == 0 {
		return err
	}
	restated := map[string][]slo.Interval{} // by agreement
	for _, r := range rows {
		f, err := readFigure(r)
		if err != nil {
			return err
		}
		restated[f.Agreement] = append(restated[f.Agreement], f.Window)
	}
	var errs []error
	for of, windows := range c.touched(restated) {
		if err := c.amendTouched(ctx, of, windows, at); err != nil {
			errs = append(errs, fmt.Errorf("amending the reports of %s: %w", of, err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	next := rows[len(rows)-1].Index + 1
	return c.store.Set(ctx, amendedKey, []byte(strconv.FormatInt(next, 10)))
}

// amendedUntil reads the first entry that was not looked at: the first time, the
// one that comes next, since nobody promised to amend what was sent before.
func (c *Collector) amendedUntil(ctx context.Context) (int64, error) {
	b, err := c.store.Get(ctx, amendedKey)
	if err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n, nil
	}
	size, _, err := c.store.LogHead(ctx)
	if err != nil {
		return 0, err
	}
	return size, c.store.Set(ctx, amendedKey, []byte(strconv.FormatInt(size, 10)))
}

// touched are the scopes of which somebody gets reports, with the windows of
// their agreements that were restated.
func (c *Collector) touched(restated map[string][]slo.Interval) map[report.Scope][]slo.Interval {
	out := map[report.Scope][]slo.Interval{}
	for i := range c.config.Reports {
		of, err := c.config.Reports[i].scope()
		if _, known := out[of]; known || err != nil {
			continue
		}
		for _, a := range of.Of(c.catalog.current()) {
			if windows := restated[a.Name]; len(windows) > 0 {
				out[of] = append(out[of], windows...)
			}
		}
	}
	return out
}

// amendTouched sends the reports of a scope that have one of some windows in
// their period.
func (c *Collector) amendTouched(ctx context.Context, of report.Scope, windows []slo.Interval, at slo.Instant) error {
	if c.outbox == nil {
		return nil
	}
	periods, err := c.store.ReportPeriods(ctx, of.String())
	if err != nil {
		return err
	}
	zone := c.zoneOf(of)
	for _, label := range periods {
		p, err := report.ParsePeriod(label, zone)
		if err != nil || !slices.ContainsFunc(windows, func(w slo.Interval) bool { return p.From < w.To && w.To <= p.To }) {
			continue
		}
		made, err := c.scopedReport(ctx, of, label, at)
		if errors.Is(err, errNoAgreement) {
			return nil
		}
		if err != nil {
			return err
		}
		if made.Amends == nil {
			continue
		}
		if _, err := c.sendings.send(ctx, made, c.recipients(of, p.Kind), ledger.Self, at); err != nil {
			return err
		}
		c.log.Warn("figures of a report that was sent were restated: it is sent again, amended", "about", of.String(), "period", label, "edition", made.Identity.Edition)
	}
	return nil
}

// amends is what a report has otherwise than the newest edition before it that
// was sent; nil where none was.
func (c *Collector) amends(ctx context.Context, r *report.Report) (*report.Amendment, error) {
	if r.Identity.Edition < 2 {
		return nil, nil
	}
	kept, err := c.store.ReportsBefore(ctx, r.Identity.Scope.String(), r.Identity.Period.Label, r.Identity.MadeAt, maxEditionsAside)
	if err != nil {
		return nil, err
	}
	for _, model := range kept {
		var before report.Report
		if err := json.Unmarshal(model, &before); err != nil {
			return nil, fmt.Errorf("reading the edition before: %w", err)
		}
		if before.Identity.Edition < r.Identity.Edition {
			return report.Amend(&before, r), nil
		}
	}
	return nil, nil
}
