package collector

import (
	"bytes"
	"context"
	"errors"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// sendingPages are the sendings as the pages see them.
type sendingPages struct {
	*sendings
	making *reportRoom
}

// List returns sendings, those first that changed last.
func (p sendingPages) List(ctx context.Context, f web.SendingFilter) ([]slo.Sending, error) {
	return p.store.Sendings(ctx, sqlstore.SendingFilter{State: f.State, Offset: f.Offset, Limit: f.Limit})
}

// Get returns one sending.
func (p sendingPages) Get(ctx context.Context, id string) (slo.Sending, error) {
	x, err := p.store.Sending(ctx, id)
	return x, forPages(err)
}

// forPages is an error as the pages know it.
func forPages(err error) error {
	switch {
	case errors.Is(err, sqlstore.ErrNotFound):
		return web.ErrNoSending
	case errors.Is(err, errNoMail), errors.Is(err, errNoAgreement):
		return &web.ReportError{Err: err}
	}
	return err
}

// Report is the report of a sending as a page of its own.
func (p sendingPages) Report(ctx context.Context, id, lang string) ([]byte, error) {
	leave, err := p.making.one.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	r, err := p.shown(ctx, id)
	if err != nil {
		return nil, forPages(err)
	}
	return p.page(r, lang)
}

// shown is the report of a sending that may be released meanwhile.
func (s *sendings) shown(ctx context.Context, id string) (report.Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.store.Sending(ctx, id)
	if err != nil {
		return report.Report{}, err
	}
	return s.draft(ctx, &x)
}

// Release lets the mails of a sending leave.
func (p sendingPages) Release(ctx context.Context, id, read, comment, actor string, at slo.Instant) (slo.Sending, error) {
	x, err := p.sendings.Release(ctx, id, read, comment, actor, at)
	return x, forPages(err)
}

// Recall takes them back.
func (p sendingPages) Recall(ctx context.Context, id, comment, actor string, at slo.Instant) (slo.Sending, error) {
	x, err := p.sendings.Recall(ctx, id, comment, actor, at)
	return x, forPages(err)
}

// Live is the report of a scope, as slo.ScopeText has it, as it is now.
func (p sendingPages) Live(ctx context.Context, scope, period, lang string, at slo.Instant) ([]byte, error) {
	of, err := report.ReadScope(scope)
	if err != nil {
		return nil, &web.ReportError{Err: err}
	}
	leave, err := p.making.enter(ctx, of)
	if err != nil {
		return nil, err
	}
	defer leave()
	r, err := p.report(ctx, of, period, at)
	if err != nil {
		return nil, err
	}
	return p.page(r, lang)
}

// page is a report in a language, or in that of its first recipient where none
// is asked for.
func (p sendingPages) page(r report.Report, lang string) ([]byte, error) {
	l, err := report.ParseLanguage(lang)
	if lang == "" {
		for _, who := range p.recipients(r.Identity.Scope, r.Identity.Period.Kind) {
			l = who.language
			break
		}
	}
	var b bytes.Buffer
	if err == nil {
		err = report.HTML(&b, r, l)
	}
	return b.Bytes(), err
}

// surveys are what recipients are asked, and what they answered.
type surveys struct {
	store  *sqlstore.Store
	ledger *ledgerSide
}

// Survey is that of a token.
func (s surveys) Survey(ctx context.Context, token string) (slo.Survey, error) {
	x, err := s.store.Survey(ctx, ledger.Digest([]byte(token)))
	if errors.Is(err, sqlstore.ErrNotFound) {
		err = web.ErrNoSurvey
	}
	return x, err
}

// Vote keeps the vote of a token with its entry in the ledger.
func (s surveys) Vote(ctx context.Context, token string, v slo.Vote) (slo.Survey, error) {
	x, err := s.Survey(ctx, token)
	if err != nil {
		return x, err
	}
	if x, err = x.Take(v); err != nil {
		return x, err
	}
	_, err = s.ledger.append(ctx, v.At, func(ctx context.Context, b ledger.Batch) error {
		return s.store.Vote(ctx, x.Digest, v, sqlstore.LogBatch(b))
	}, ledger.Draft{At: v.At, Actor: ledger.Self, Body: ledger.VoteOf(&x)})
	return x, err
}

// In lists the surveys that were sent or answered in a stretch of time.
func (s surveys) In(ctx context.Context, agreement string, v slo.Interval) ([]slo.Survey, error) {
	return s.store.SurveysIn(ctx, agreement, v)
}
