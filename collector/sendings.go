package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// undoFor is how long the mails of a report that somebody released wait, so that
// he can take them back.
const undoFor = 5 * time.Minute

// sendings takes reports to those who get them: past whoever has to release
// them, each to each recipient once.
type sendings struct {
	store      *sqlstore.Store
	ledger     *ledgerSide
	letters    *letterWriter
	recipients func(of report.Scope, kind report.PeriodKind) []recipient
	report     func(ctx context.Context, of report.Scope, period string, at slo.Instant) (report.Report, error)
	wake       func() // the outbox has new mails; nil where there is no mail server
	alert      func() // what is alerted on may have changed
	log        *slog.Logger
	asked      asked // of what sends on schedule
	// after is told of each step that is done, and may fail as a process does that
	// is killed there. It is for tests; nil does nothing.
	after func(step string) error

	mu sync.Mutex // held from the look at a sending to its next event
}

// openSendings makes ready what sends reports.
func (c *Collector) openSendings(context.Context, *slo.Catalog) error {
	c.sendings = &sendings{
		store: c.store, ledger: c.ledger, recipients: c.recipients, report: c.scopedReport, log: c.log, asked: make(asked),
		letters: &letterWriter{from: c.config.Mail.From, domain: c.mailDomain(), base: c.base, linked: c.config.ExternalURL != ""},
		alert:   func() { c.alerts.soon() },
	}
	if c.outbox != nil {
		c.sendings.wake = c.outbox.Wake
	}
	return nil
}

// sent is what became of a report for each of its recipients, by address.
type sent struct {
	Queued  []string `json:"queued"`  // their mails leave
	Already []string `json:"already"` // they had it before, or their mails leave already
	Waiting []string `json:"waiting"` // it waits for somebody to release it
}

// send puts a report on its way to recipients. Those who share who is to release
// it share a sending; where nobody has to, its mails leave at once.
func (s *sendings) send(ctx context.Context, r report.Report, to []recipient, actor string, at slo.Instant) (sent, error) {
	out := sent{Queued: []string{}, Already: []string{}, Waiting: []string{}}
	if s.wake == nil || len(to) == 0 {
		return out, errNoMail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var fresh []recipient
	for _, who := range to {
		_, err := s.store.OutboxRow(ctx, s.letters.messageID(&r, who))
		switch {
		case err == nil:
			out.Already = append(out.Already, who.address)
		case errors.Is(err, sqlstore.ErrNotFound):
			fresh = append(fresh, who)
		default:
			return out, err
		}
	}
	for len(fresh) > 0 {
		asked := fresh[0].approval
		var group, rest []recipient
		for _, who := range fresh {
			if slices.Equal(who.approval, asked) {
				group = append(group, who)
			} else {
				rest = append(rest, who)
			}
		}
		fresh = rest
		if err := s.begin(ctx, r, group, actor, at, &out); err != nil {
			return out, err
		}
	}
	return out, s.did("sent")
}

// begin begins the sending to recipients who share who is to release it.
func (s *sendings) begin(ctx context.Context, r report.Report, group []recipient, actor string, at slo.Instant, out *sent) error {
	x := slo.Sending{Agreement: r.Identity.Scope.String(), Period: r.Identity.Period.Label, Edition: r.Identity.Edition, Asked: group[0].approval}
	for _, who := range group {
		x.To = append(x.To, who.address)
	}
	if r.Identity.Standing == report.Provisional {
		x.Day = r.Identity.MadeAt.Time().Format(time.DateOnly)
	}
	x.ID = x.SendingID()
	if known, err := s.store.Sending(ctx, x.ID); err == nil {
		if known.State() == slo.SendingWaiting {
			out.Waiting = append(out.Waiting, x.To...)
		} else {
			out.Already = append(out.Already, x.To...)
		}
		return nil
	} else if !errors.Is(err, sqlstore.ErrNotFound) {
		return err
	}
	if len(x.Asked) == 0 {
		out.Queued = append(out.Queued, x.To...)
		return s.release(ctx, x, r, group, slo.SendingEvent{Act: slo.ReleaseSending, At: at, Actor: actor}, 0)
	}
	out.Waiting = append(out.Waiting, x.To...)
	return s.prepare(ctx, x, r, group[0].language, actor, at)
}

// prepare keeps a report that waits, and tells who is to release it.
func (s *sendings) prepare(ctx context.Context, x slo.Sending, r report.Report, l report.Language, actor string, at slo.Instant) error {
	draft, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("preparing the report: %w", err)
	}
	if x, err = x.Add(slo.SendingEvent{Act: slo.PrepareSending, At: at, Actor: actor, Report: ledger.Digest(draft), Asked: x.Asked}); err != nil {
		return err
	}
	ask, err := s.letters.ask(&x, r, l, at)
	if err != nil {
		return err
	}
	return s.step(ctx, sqlstore.SendingStep{Sending: x, Draft: draft, Mails: []sqlstore.OutboxRow{ask}})
}

// release keeps a report as it is issued, with the mails that carry it, which
// leave after a while.
func (s *sendings) release(ctx context.Context, x slo.Sending, r report.Report, to []recipient, e slo.SendingEvent, after time.Duration) error {
	kept, err := keep(r, to[0].language, e.At)
	if err != nil {
		return err
	}
	mails, err := s.letters.write(r, to, e.At, after)
	if err != nil {
		return err
	}
	e.Report = ledger.Digest(kept.Model)
	for _, m := range mails.rows {
		e.Mails = append(e.Mails, m.ID)
	}
	if x, err = x.Add(e); err != nil {
		return err
	}
	body := &ledger.Report{Agreement: kept.Agreement, Period: kept.Period, Made: kept.Made, Row: reportLine(kept).Digest()}
	err = s.step(ctx, sqlstore.SendingStep{Sending: x, Draft: kept.Model, Issued: &kept, Mails: mails.rows, Asked: mails.surveys},
		ledger.Draft{At: e.At, Actor: e.Actor, Body: body})
	if err == nil {
		s.wake()
	}
	return err
}

// step keeps an event of a sending, its entry and further ones, with all that
// belongs to it.
func (s *sendings) step(ctx context.Context, st sqlstore.SendingStep, more ...ledger.Draft) error {
	e := st.Events[len(st.Events)-1]
	drafts := append([]ledger.Draft{{At: e.At, Actor: e.Actor, Body: ledger.SendingOf(&st.Sending)}}, more...)
	_, err := s.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		return s.store.StepSending(ctx, st, sqlstore.LogBatch(b))
	}, drafts...)
	if err != nil {
		return err
	}
	s.alert()
	if len(st.Mails) > 0 {
		s.wake()
	}
	return s.did(string(e.Act))
}

func (s *sendings) did(step string) error {
	if s.after == nil {
		return nil
	}
	return s.after(step)
}

// Release lets the mails of a sending leave that waits. read is the digest of the
// report that was read. A period that was restated meanwhile has another report,
// which waits then in the place of this one. What is refused is a
// slo.SendingRefusal.
func (s *sendings) Release(ctx context.Context, id, read, comment, actor string, at slo.Instant) (slo.Sending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, r, err := s.waiting(ctx, id)
	if err != nil {
		return x, err
	}
	if read != x.Events[len(x.Events)-1].Report {
		return x, slo.SendingChanged
	}
	if err := s.renewed(ctx, x, r, at); err != nil {
		return x, err
	}
	var to []recipient
	for _, who := range s.recipients(r.Identity.Scope, r.Identity.Period.Kind) {
		if slices.ContainsFunc(x.To, func(a string) bool { return strings.EqualFold(a, who.address) }) {
			to = append(to, who)
		}
	}
	if s.wake == nil || len(to) == 0 {
		return x, errNoMail
	}
	r.Release = &report.Release{At: at, By: actor, Comment: comment}
	if err := s.release(ctx, x, r, to, slo.SendingEvent{Act: slo.ReleaseSending, At: at, Actor: actor, Comment: comment}, undoFor); err != nil {
		return x, err
	}
	return s.store.Sending(ctx, id)
}

// waiting is a sending with its report; slo.SendingNotWaiting where it does not.
func (s *sendings) waiting(ctx context.Context, id string) (slo.Sending, report.Report, error) {
	x, err := s.store.Sending(ctx, id)
	if err != nil {
		return x, report.Report{}, err
	}
	r, err := s.draft(ctx, &x)
	if err == nil && x.State() != slo.SendingWaiting {
		err = slo.SendingNotWaiting
	}
	return x, r, err
}

// draft is the report of a sending, as it waits or as it was released. One that
// is not the report that its newest event names was changed behind its back, and
// is an error: nobody is to release what he has not read.
func (s *sendings) draft(ctx context.Context, x *slo.Sending) (report.Report, error) {
	var r report.Report
	b, _, err := s.store.SendingDraft(ctx, x.ID)
	if n := len(x.Events); err == nil && (n == 0 || x.Events[n-1].Report != ledger.Digest(b)) {
		err = errors.New("it is not the one that its newest event names: the records were changed")
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, fmt.Errorf("reading the report of sending %s: %w", x.ID, err)
	}
	return r, nil
}

// renewed makes the report of a waiting sending anew where the period was
// restated since, and is slo.SendingChanged then.
func (s *sendings) renewed(ctx context.Context, x slo.Sending, r report.Report, at slo.Instant) error {
	now, err := s.report(ctx, r.Identity.Scope, x.Period, at)
	if err != nil {
		return err
	}
	if r.Identity.Standing != report.Final || now.Identity.Edition == r.Identity.Edition {
		return nil
	}
	l := report.English
	for _, who := range s.recipients(r.Identity.Scope, r.Identity.Period.Kind) {
		if slices.Contains(x.To, who.address) {
			l = who.language
			break
		}
	}
	if err := s.prepare(ctx, x, now, l, ledger.Self, at); err != nil {
		return err
	}
	return slo.SendingChanged
}

// Recall takes back the mails of a sending that was released, before one of them
// has begun to leave: it waits again. What is refused is a slo.SendingRefusal.
func (s *sendings) Recall(ctx context.Context, id, comment, actor string, at slo.Instant) (slo.Sending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.store.Sending(ctx, id)
	if err != nil {
		return x, err
	}
	r, err := s.draft(ctx, &x)
	if err != nil {
		return x, err
	}
	r.Release = nil
	draft, err := json.Marshal(r)
	if err != nil {
		return x, fmt.Errorf("recalling the report: %w", err)
	}
	next, err := x.Add(slo.SendingEvent{Act: slo.RecallSending, At: at, Actor: actor, Comment: comment, Report: ledger.Digest(draft)})
	if err != nil {
		return x, err
	}
	if err := s.step(ctx, sqlstore.SendingStep{Sending: next, Draft: draft, Recalled: x.Mails()}); err != nil {
		return x, err
	}
	return s.store.Sending(ctx, id)
}
