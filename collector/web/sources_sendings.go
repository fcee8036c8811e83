package web

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

// Sendings are the reports on their way, and the mails that carry them. What
// Release and Recall refuse is a slo.SendingRefusal.
type Sendings interface {
	// List returns sendings, those first that changed last.
	List(ctx context.Context, f SendingFilter) ([]slo.Sending, error)
	// Get returns one sending; ErrNoSending where there is none.
	Get(ctx context.Context, id string) (slo.Sending, error)
	// Report is the report of a sending, as it waits or as it was released, as a
	// page of its own. lang is of its texts, "" that of its first recipient.
	Report(ctx context.Context, id, lang string) ([]byte, error)
	// Release lets a report leave whose digest is read, as it is on record.
	Release(ctx context.Context, id, read, comment, actor string, at slo.Instant) (slo.Sending, error)
	// Recall takes its mails back.
	Recall(ctx context.Context, id, comment, actor string, at slo.Instant) (slo.Sending, error)
	// Mail is one mail with what became of it; ErrNoMail where there is none.
	Mail(ctx context.Context, id string) (Mail, error)
	// Mails are the newest mails, up to a number; failed alone those that did not
	// reach everybody.
	Mails(ctx context.Context, failed bool, limit int) ([]Mail, error)
	// Raw is a mail as it went over the wire; ErrNoMail before the first attempt.
	Raw(ctx context.Context, id string) ([]byte, error)
	// Resend has a mail go once more, and returns that one; ErrMailWaits where it
	// has not left yet.
	Resend(ctx context.Context, id string, at slo.Instant) (Mail, error)
	// Live is the report of a scope, as slo.ScopeText has it, on a period as it is
	// now, as a page of its own. Its error says what is wrong with what was asked for, or
	// is ErrReportsBusy.
	Live(ctx context.Context, scope, period, lang string, at slo.Instant) ([]byte, error)
}

// SendingFilter chooses sendings. Its zero value chooses all.
type SendingFilter struct {
	State  slo.SendingState // "" is any
	Offset int
	Limit  int
}

// Mail is a mail with what became of it.
type Mail struct {
	ID, Subject string
	To          []string
	Of          string // ID of the mail that goes again; "" of a first one
	Enqueued    slo.Instant
	State       MailState
	Attempts    int
	Next        slo.Instant // of one that waits: no attempt before
	Ended       slo.Instant // 0 while it has no final state
	Accepted    []string
	Refused     []MailRefusal
	Response    string // the server's words on acceptance
	Error       string // of the last attempt that failed
	Bounces     []MailBounce
}

// Undelivered reports whether somebody does not get it, as far as is known.
func (m Mail) Undelivered() bool {
	if m.State == MailFailed || len(m.Refused) > 0 {
		return true
	}
	for _, b := range m.Bounces {
		if b.Action == "failed" {
			return true
		}
	}
	return false
}

// Final reports whether nothing more becomes of it by itself.
func (m Mail) Final() bool { return m.State == MailSent || m.State == MailFailed }

// MailState is where a mail stands.
type MailState string

// The states.
const (
	MailPending MailState = "pending"
	MailSending MailState = "sending"
	MailSent    MailState = "sent"
	MailFailed  MailState = "failed"
)

// MailRefusal is an address that the mail server refused for good.
type MailRefusal struct {
	To    string `json:"to"`
	Reply string `json:"reply"`
}

// MailBounce is what another server reported of a mail afterwards.
type MailBounce struct {
	At         slo.Instant `json:"at"`
	To         string      `json:"to"`
	Action     string      `json:"action"` // failed, delayed, delivered, relayed or expanded
	Status     string      `json:"status"` // such as 5.1.1
	Diagnostic string      `json:"diagnostic"`
}

// What Sendings return for what is not there, or not yet.
var (
	ErrNoSending = errors.New("there is no such sending")
	ErrNoMail    = errors.New("there is no such mail")
	ErrMailWaits = errors.New("the mail has not left yet, or goes again already")
)

// ErrReportsBusy is what is returned for a report where too many wait already.
var ErrReportsBusy = errors.New("too many reports are being made, ask again in a few seconds")

// ReportError is why there is no report of what was asked for.
type ReportError struct{ Err error }

// Error says what is wrong.
func (e *ReportError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ReportError) Unwrap() error { return e.Err }

// Surveys are those that the mails of reports lead to. What Vote refuses is a
// slo.SurveyRefusal.
type Surveys interface {
	// Survey is that of a token; ErrNoSurvey where there is none.
	Survey(ctx context.Context, token string) (slo.Survey, error)
	// Vote keeps the vote of a token.
	Vote(ctx context.Context, token string, v slo.Vote) (slo.Survey, error)
	// In lists the surveys of an agreement, or of all where it is "", that were sent
	// or answered in a stretch of time.
	In(ctx context.Context, agreement string, v slo.Interval) ([]slo.Survey, error)
}

// ErrNoSurvey is what Surveys return for a token that nobody was given.
var ErrNoSurvey = errors.New("there is no such survey")
