package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// mailRemember is how long a mail that somebody did not get is alerted on.
const mailRemember = 24 * time.Hour

// Mail is one mail with what became of it.
func (s *sendings) Mail(ctx context.Context, id string) (web.Mail, error) {
	row, err := s.store.OutboxRow(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) || err == nil && row.Channel != "" {
		return web.Mail{}, web.ErrNoMail
	}
	if err != nil {
		return web.Mail{}, err
	}
	return s.mailOf(ctx, row)
}

// Mails are the newest mails; failed alone those that did not reach everybody,
// as far as is known.
func (s *sendings) Mails(ctx context.Context, failed bool, limit int) ([]web.Mail, error) {
	rows, err := s.store.MailsLike(ctx, failed, limit)
	if err != nil {
		return nil, err
	}
	out := []web.Mail{}
	for _, row := range rows {
		m, err := s.mailOf(ctx, row)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// mailOf is a mail of the outbox with what came back of it.
func (s *sendings) mailOf(ctx context.Context, row sqlstore.OutboxRow) (web.Mail, error) {
	it, err := outboxItem[notify.Message](row)
	if err != nil {
		return web.Mail{}, err
	}
	d := it.Delivery
	m := web.Mail{
		ID: it.Message.ID, Subject: it.Message.Subject, To: it.Message.To, Enqueued: it.Enqueued, State: web.MailState(d.State), Attempts: d.Attempts,
		Next: d.Next, Ended: d.Ended, Accepted: d.Accepted, Response: d.Response, Error: d.Error,
	}
	if it.Message.Again != nil {
		m.Of = it.Message.Again.Of
	}
	for _, r := range d.Refused {
		m.Refused = append(m.Refused, web.MailRefusal(r))
	}
	bounces, err := s.store.Bounces(ctx, m.ID)
	for _, b := range bounces {
		m.Bounces = append(m.Bounces, web.MailBounce{At: b.At, To: b.Recipient, Action: b.Action, Status: b.Status, Diagnostic: b.Diagnostic})
	}
	return m, err
}

// Raw is a mail as it went over the wire, without the tokens of its readers.
func (s *sendings) Raw(ctx context.Context, id string) ([]byte, error) {
	b, err := s.store.MailBytes(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		err = web.ErrNoMail
	}
	return withoutTokens(b), err
}

// Resend has a mail go once more, as it went or would have gone. It returns the
// one that does.
func (s *sendings) Resend(ctx context.Context, id string, at slo.Instant) (web.Mail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		return web.Mail{}, errNoMail
	}
	it, found, err := mailOutbox(s.store).Item(ctx, id)
	if err != nil || !found {
		return web.Mail{}, errors.Join(err, web.ErrNoMail)
	}
	of := it.Message
	if of.Again != nil { // of the first one, whichever was asked for
		if it, found, err = mailOutbox(s.store).Item(ctx, of.Again.Of); err != nil || !found {
			return web.Mail{}, errors.Join(err, web.ErrNoMail)
		}
		of = it.Message
	}
	about, err := s.store.MailsAbout(ctx, of.ID)
	if err != nil {
		return web.Mail{}, err
	}
	for _, row := range about {
		if state := notify.DeliveryState(row.State); state != notify.Sent && state != notify.Failed {
			return web.Mail{}, web.ErrMailWaits
		}
	}
	raw, err := s.store.MailBytes(ctx, of.ID)
	if errors.Is(err, sqlstore.ErrNotFound) { // of a version that kept none
		raw, err = notify.Render(of)
	}
	if err != nil {
		return web.Mail{}, err
	}
	item, err := notify.NewItem(at, notify.NewAgain(of, raw, len(about), at))
	if err != nil {
		return web.Mail{}, fmt.Errorf("sending a mail again: %w", err)
	}
	if _, err := mailOutbox(s.store).Enqueue(ctx, item); err != nil {
		return web.Mail{}, err
	}
	s.wake()
	return s.Mail(ctx, item.Message.ID)
}

// alerts are those on reports that wait for somebody, and on mails that did not
// reach everybody of late.
func (s *sendings) alerts(ctx context.Context, at slo.Instant) ([]evaluate.Alert, error) {
	waiting, err := s.store.Sendings(ctx, sqlstore.SendingFilter{State: slo.SendingWaiting, Limit: 1000})
	if err != nil {
		return nil, err
	}
	var out []evaluate.Alert
	for _, x := range waiting {
		out = append(out, evaluate.Alert{
			Name: notify.ReportWaiting, Severity: slo.Ticket, Labels: map[string]string{notify.LabelAgreement: x.Agreement, notify.LabelSending: x.ID},
			Path: sendingPath + x.ID, Since: x.Since(),
			Words: evaluate.Words{
				Summary:     fmt.Sprintf("The report of %s for %s waits for somebody to release it", x.Agreement, x.Period),
				Description: fmt.Sprintf("It waits since %s. Nobody gets it before an approver has read and released it.", x.Since()),
			},
		})
	}
	n, id, err := s.store.UndeliveredSince(ctx, at.Add(-mailRemember))
	if err != nil || n == 0 {
		return out, err
	}
	last, err := s.Mail(ctx, id)
	if err != nil {
		return out, err
	}
	return append(out, evaluate.Alert{
		Name: notify.MailUndelivered, Severity: slo.Ticket, Path: "/reports", Since: last.Ended,
		Words: evaluate.Words{
			Summary:     fmt.Sprintf("%d mails did not reach everybody", n),
			Description: fmt.Sprintf("The last is %q to %v. What servers said is on the page of the reports, where it can be sent again.", last.Subject, last.To),
		},
	}), nil
}
