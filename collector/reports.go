package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

const scheduleEvery = 10 * time.Second

// errNoAgreement is the error of a report on an agreement that is not there.
var errNoAgreement = errors.New("there is no such agreement")

// errNoMail is the error of a mail that nobody is to get.
var errNoMail = errors.New("the collector's file names no mail server, or nobody who gets this report")

// reportsIn holds the configured reports against a catalogue: each is of an
// agreement that is there.
func (c Config) reportsIn(cat *slo.Catalog) error {
	var bad []error
	for i, r := range c.Reports {
		known := false
		for _, a := range cat.Agreements {
			known = known || a.Name == r.Agreement
		}
		if !known {
			bad = append(bad, fmt.Errorf("reports[%d]: the catalogue has no agreement %q", i, r.Agreement))
		}
	}
	return errors.Join(bad...)
}

// report makes the report of an agreement on a period, such as 2026-10 or
// 2026-Q4, with what is known at an instant.
func (c *Collector) report(ctx context.Context, agreement, period string, at slo.Instant) (report.Report, error) {
	in := report.Input{At: at, Revision: c.catalog.current().Revision}
	e := c.engine()
	var err error
	found := e.Books(agreement, func(a *slo.Agreement) slo.Interval {
		if in.Period, err = report.ParsePeriod(period, a.Zone); err != nil {
			return slo.Interval{}
		}
		if in.Period.From > at {
			err = fmt.Errorf("%s has not begun", period)
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
		}
	})
	switch {
	case !found:
		return report.Report{}, fmt.Errorf("agreement %q: %w", agreement, errNoAgreement)
	case err != nil:
		return report.Report{}, err
	}
	for _, uc := range e.Catalog().Underpinning(in.Agreement.Service) {
		e.Books(uc.Name, func(a *slo.Agreement) slo.Interval { return report.Cover(a, in.Period) }, func(acc *slo.Account, _ *slo.Timeline, _ []*slo.ProbeHistory) {
			in.Suppliers = append(in.Suppliers, report.Underpinned(acc, in.Period, at)...)
		})
	}
	f := c.finality(e.Catalog(), in.Agreement, in.Period.Interval, at)
	in.Final = f.Final
	in.Explained = c.explained(in.Agreement, in.Period.Interval, at)
	if err := c.reportLedger(ctx, &in, f); err != nil {
		return report.Report{}, err
	}
	in.Incidents, err = c.store.Incidents(ctx, sqlstore.IncidentFilter{Service: in.Agreement.Service, Trigger: slo.ServiceDown, Overlap: &in.Period.Interval, Limit: 10_000})
	if err != nil {
		return report.Report{}, err
	}
	in.Resources = c.forecasts.current()
	if in.Scores, err = c.forecasts.Scores(ctx, in.Period.Interval); err != nil {
		return report.Report{}, err
	}
	soFar(in.Incidents, func() []slo.Outage { return c.evaluator.down(at) })
	return report.Build(in), nil
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

// sendReport puts a report into the outbox for each recipient, together with
// the report itself as it was issued, in the language of the first. It returns
// who had it already.
func (c *Collector) sendReport(ctx context.Context, r report.Report, to []recipient, at slo.Instant) (queued, already []string, err error) {
	if c.outbox == nil || len(to) == 0 {
		return nil, nil, errNoMail
	}
	kept, err := keep(r, to[0].language, at)
	if err != nil {
		return nil, nil, err
	}
	var rows []sqlstore.OutboxRow
	mails := newLetters(r)
	for _, who := range to {
		message, err := c.reportMail(mails, who, at)
		if err != nil {
			return nil, nil, err
		}
		if _, found, err := mailOutbox(c.store).Item(ctx, message.ID); err != nil {
			return nil, nil, err
		} else if found {
			already = append(already, who.address)
			continue
		}
		item, err := notify.NewItem(at, message)
		if err != nil {
			return nil, nil, fmt.Errorf("mailing the report: %w", err)
		}
		row, err := mailRow(item)
		if err != nil {
			return nil, nil, err
		}
		rows, queued = append(rows, row), append(queued, who.address)
	}
	if len(rows) == 0 {
		return nil, already, nil
	}
	body := &ledger.Report{Agreement: kept.Agreement, Period: kept.Period, Made: kept.Made, Row: reportDigest(kept)}
	if _, err := c.ledger.append(ctx, at, func(ctx context.Context, b ledger.Batch) error {
		return c.store.SaveReport(ctx, kept, rows, sqlstore.LogBatch(b))
	}, ledger.Draft{At: at, Actor: ledger.Self, Body: body}); err != nil {
		return nil, nil, err
	}
	c.outbox.Wake()
	return queued, already, nil
}

// keep is a report as the records keep it.
func keep(r report.Report, l report.Language, at slo.Instant) (sqlstore.Report, error) {
	model, err := json.Marshal(r)
	var html, text bytes.Buffer
	if err = errors.Join(err, report.HTML(&html, r, l), report.Text(&text, r, l)); err != nil {
		return sqlstore.Report{}, fmt.Errorf("keeping the report: %w", err)
	}
	return sqlstore.Report{
		Agreement: r.Identity.Agreement, Period: r.Identity.Period.Label, Made: at,
		Model: model, HTML: html.Bytes(), Text: text.Bytes(),
	}, nil
}

// reportMail is the message that carries a report to one recipient. A final
// report goes to each of them once, a provisional one once a day.
func (c *Collector) reportMail(l *letters, to recipient, at slo.Instant) (notify.Message, error) {
	m, err := l.to(to)
	if err != nil {
		return notify.Message{}, fmt.Errorf("mailing the report: %w", err)
	}
	domain := c.mailDomain()
	m.ID, m.Date, m.From, m.To = report.MessageID(domain, l.of, to.address), at, c.config.Mail.From, []string{to.address}
	if l.of.Identity.Standing == report.Provisional {
		m.ID = notify.MessageID(domain, m.ID, "provisional", at.Time().Format(time.DateOnly))
	}
	return m, nil
}

// mailDomain is the domain of the sender's address.
func (c *Collector) mailDomain() string {
	if a, err := mail.ParseAddress(c.config.Mail.From); err == nil {
		return a.Address[strings.LastIndex(a.Address, "@")+1:]
	}
	return "localhost"
}

// reportOnSchedule sends the report of the month before whenever a schedule
// is due, also one that was due while the collector was away, until ctx ends.
func (c *Collector) reportOnSchedule(ctx context.Context) error {
	tick := time.NewTicker(scheduleEvery)
	defer tick.Stop()
	for {
		if c.ready.Load() {
			for _, r := range c.config.Reports {
				if err := c.reportIfDue(ctx, r, c.now()); err != nil && ctx.Err() == nil {
					c.failed("sending the report of "+r.Agreement, err)
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// reportIfDue sends one report where its schedule has a start since the last
// one that was served. The first time, it only notes from when on to look.
func (c *Collector) reportIfDue(ctx context.Context, r ReportConfig, at slo.Instant) error {
	key := "report " + r.Agreement + " " + r.Schedule + " " + strings.Join(r.To, ",")
	stored, err := c.store.Get(ctx, key)
	if err != nil {
		return err
	}
	if stored == nil {
		return c.store.Set(ctx, key, []byte(at.String()))
	}
	last, err := slo.ParseInstant(string(stored))
	if err != nil {
		return fmt.Errorf("reading when it was sent last: %w", err)
	}
	cron, err := catalog.ParseCron(r.Schedule)
	if err != nil {
		return err
	}
	zone := c.zone(r.Agreement)
	due, ok := report.Due(cron, zone, last, at)
	if !ok {
		return nil
	}
	made, err := c.report(ctx, r.Agreement, report.MonthBefore(due, zone).Label, at)
	if err != nil {
		return err
	}
	if _, _, err := c.sendReport(ctx, made, r.recipients(), at); err != nil {
		return err
	}
	// A kill before this line makes the same messages again, which are there.
	return c.store.Set(ctx, key, []byte(due.String()))
}

// zone is that of an agreement's months.
func (c *Collector) zone(agreement string) *time.Location {
	for _, a := range c.catalog.current().Agreements {
		if a.Name == agreement {
			return a.Zone
		}
	}
	return time.UTC
}
