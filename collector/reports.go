package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// errNoAgreement is the error of a report on an agreement that is not there.
var errNoAgreement = errors.New("there is no such agreement")

// errNoMail is the error of a mail that nobody is to get.
var errNoMail = errors.New("the collector's file names no mail server, or nobody who gets this report")

// report makes the report of an agreement on a period, such as 2026-10 or
// 2026-Q4, with what is known at an instant. What cannot be had is a
// web.ReportError.
func (c *Collector) report(ctx context.Context, agreement, period string, at slo.Instant) (report.Report, error) {
	in := report.Input{At: at, Revision: c.catalog.current().Revision}
	e := c.engine()
	var err error
	found := e.Books(agreement, func(a *slo.Agreement) slo.Interval {
		if in.Period, err = report.ParsePeriod(period, a.Zone); err == nil && in.Period.From > at {
			err = fmt.Errorf("%s has not begun", period)
		}
		if err != nil {
			err = &web.ReportError{Err: err}
			return slo.Interval{}
		}
		return report.Cover(a, in.Period)
	}, func(acc *slo.Account, service *slo.Timeline, probes []*slo.ProbeHistory) {
		if err != nil {
			return
		}
		in.Agreement = acc.Agreement
		in.Measured = report.Measure(acc, service, e.Catalog().Maintenances, in.Period, at)
		for _, p := range probes {
			in.Step = max(in.Step, p.Probe.Every)
			in.Sources = append(in.Sources, sourceOf(p.Probe))
		}
	})
	switch {
	case !found:
		return report.Report{}, &web.ReportError{Err: fmt.Errorf("agreement %q: %w", agreement, errNoAgreement)}
	case err != nil:
		return report.Report{}, err
	}
	for _, uc := range e.Catalog().Underpinning(in.Agreement.Service) {
		e.Books(uc.Name, func(a *slo.Agreement) slo.Interval { return report.Cover(a, in.Period) }, func(acc *slo.Account, _ *slo.Timeline, _ []*slo.ProbeHistory) {
			in.Suppliers = append(in.Suppliers, report.Underpinned(acc, in.Period, at)...)
		})
	}
	in.Letterhead = c.letterheadOf(in.Agreement.Party)
	f := c.finality(e.Catalog(), in.Agreement, in.Period.Interval, at)
	in.Final = f.Final
	in.Explained = c.explained(in.Agreement, in.Period.Interval, at)
	if err := c.reportLedger(ctx, &in, f); err != nil {
		return report.Report{}, err
	}
	if in.Waiting, err = c.store.Exclusions(ctx, sqlstore.ExclusionFilter{States: []slo.ExclusionState{slo.ExclusionPending}, Agreements: []string{agreement}}); err != nil {
		return report.Report{}, err
	}
	if err := c.reportIncidents(ctx, &in, at); err != nil {
		return report.Report{}, err
	}
	if err := c.reportOperations(ctx, &in); err != nil {
		return report.Report{}, err
	}
	if in.Recorded, err = c.recorded(ctx, &in); err != nil {
		return report.Report{}, err
	}
	in.Resources = c.forecasts.current()
	if in.Continuity, err = c.drills.reported(ctx, at); err != nil {
		return report.Report{}, err
	}
	if in.Scores, err = c.forecasts.Scores(ctx, in.Period.Interval); err != nil {
		return report.Report{}, err
	}
	if in.Changes, err = c.changes.judged(ctx, in.Agreement.Service, in.Period.Interval, at); err != nil {
		return report.Report{}, err
	}
	if in.Surveys, err = c.store.SurveysIn(ctx, agreement, in.Period.Interval); err != nil {
		return report.Report{}, err
	}
	made := report.Build(in)
	made.Amends, err = c.amends(ctx, &made)
	return made, err
}

// sourceOf is a probe as a report names it.
func sourceOf(p *slo.Probe) report.Source {
	kind := ""
	if p.Spec != nil {
		kind = p.Spec.Kind()
	}
	return report.Source{Probe: p.Name, Kind: kind, Every: report.Milliseconds(p.Every.Milliseconds())}
}

// explained is the address of the page that explains the first figure of an
// agreement over a period, and leads to the others; "" where nobody said where
// people reach the pages.
func (c *Collector) explained(a *slo.Agreement, v slo.Interval, at slo.Instant) string {
	if c.config.ExternalURL == "" || len(a.Objectives) == 0 {
		return ""
	}
	o := &a.Objectives[0]
	return c.base() + web.ExplainPath(a, o, o.Window.At(min(v.To, at), a.Zone))
}

// keep is a report as the records keep it.
func keep(r report.Report, l report.Language, at slo.Instant) (sqlstore.Report, error) {
	model, err := json.Marshal(r)
	var html, text bytes.Buffer
	if err = errors.Join(err, report.HTML(&html, r, l), report.Text(&text, r, l)); err != nil {
		return sqlstore.Report{}, fmt.Errorf("keeping the report: %w", err)
	}
	return sqlstore.Report{
		Agreement: r.Identity.Scope.String(), Period: r.Identity.Period.Label, Made: at,
		Model: model, HTML: html.Bytes(), Text: text.Bytes(),
	}, nil
}

// mailDomain is the domain of the sender's address.
func (c *Collector) mailDomain() string {
	if a, err := mail.ParseAddress(c.config.Mail.From); err == nil {
		return a.Address[strings.LastIndex(a.Address, "@")+1:]
	}
	return "localhost"
}
