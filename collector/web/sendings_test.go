package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// postroom keeps sendings, mails and surveys in memory.
type postroom struct {
	mu       sync.Mutex
	sendings []slo.Sending
	mails    []Mail
	surveys  map[string]slo.Survey // by token
	again    int
}

func (p *postroom) List(_ context.Context, f SendingFilter) ([]slo.Sending, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []slo.Sending
	for _, x := range p.sendings {
		if f.State == "" || f.State == x.State() {
			out = append(out, x)
		}
	}
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (p *postroom) find(id string) (int, error) {
	i := slices.IndexFunc(p.sendings, func(x slo.Sending) bool { return x.ID == id })
	if i < 0 {
		return i, fmt.Errorf("reading the sending: %w", ErrNoSending)
	}
	return i, nil
}

func (p *postroom) Get(_ context.Context, id string) (slo.Sending, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(id)
	if err != nil {
		return slo.Sending{}, err
	}
	return p.sendings[i], nil
}

func (p *postroom) Report(ctx context.Context, id, _ string) ([]byte, error) {
	_, err := p.Get(ctx, id)
	return []byte("<!DOCTYPE html><title>report</title>"), err
}

func (p *postroom) do(id string, e slo.SendingEvent) (slo.Sending, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, err := p.find(id)
	if err != nil {
		return slo.Sending{}, err
	}
	next, err := p.sendings[i].Add(e)
	if err == nil {
		p.sendings[i] = next
	}
	return next, err
}

func (p *postroom) Release(_ context.Context, id, read, comment, actor string, at slo.Instant) (slo.Sending, error) {
	if read != "digest" {
		return slo.Sending{}, slo.SendingChanged
	}
	return p.do(id, slo.SendingEvent{Act: slo.ReleaseSending, At: at, Actor: actor, Comment: comment})
}

func (p *postroom) Recall(_ context.Context, id, comment, actor string, at slo.Instant) (slo.Sending, error) {
	return p.do(id, slo.SendingEvent{Act: slo.RecallSending, At: at, Actor: actor, Comment: comment, Report: "digest"})
}

func (p *postroom) Mail(_ context.Context, id string) (Mail, error) {
	for _, m := range p.mails {
		if m.ID == id {
			return m, nil
		}
	}
	return Mail{}, ErrNoMail
}

func (p *postroom) Mails(_ context.Context, failed bool, limit int) ([]Mail, error) {
	var out []Mail
	for _, m := range p.mails {
		if !failed || m.Undelivered() {
			out = append(out, m)
		}
	}
	return out[:min(limit, len(out))], nil
}

func (p *postroom) Raw(ctx context.Context, id string) ([]byte, error) {
	_, err := p.Mail(ctx, id)
	return []byte("Subject: x\r\n\r\n"), err
}

func (p *postroom) Resend(ctx context.Context, id string, _ slo.Instant) (Mail, error) {
	m, err := p.Mail(ctx, id)
	if err == nil && !m.Final() {
		err = ErrMailWaits
	}
	if err == nil {
		p.again++
	}
	m.Of, m.ID, m.State = m.ID, "again@assay.example", MailPending
	return m, err
}

func (p *postroom) Live(_ context.Context, agreement, period, lang string, _ slo.Instant) ([]byte, error) {
	if agreement != "gold" {
		return nil, &ReportError{fmt.Errorf("agreement %q is not there", agreement)}
	}
	return []byte("<!DOCTYPE html><title>" + agreement + " " + period + " " + lang + "</title>"), nil
}

func (p *postroom) Survey(_ context.Context, token string) (slo.Survey, error) {
	x, ok := p.surveys[token]
	if !ok {
		return x, ErrNoSurvey
	}
	return x, nil
}

func (p *postroom) Vote(_ context.Context, token string, v slo.Vote) (slo.Survey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x, err := p.surveys[token].Take(v)
	if err == nil {
		p.surveys[token] = x
	}
	return x, err
}

func (p *postroom) In(_ context.Context, agreement string, _ slo.Interval) ([]slo.Survey, error) {
	var out []slo.Survey
	for _, x := range p.surveys {
		if agreement == "" || agreement == x.Agreement {
			out = append(out, x)
		}
	}
	return out, nil
}

// withPost is a site with a report that waits, one that is released and whose
// mails fared each its own way, and a survey.
func withPost(t testing.TB) (Options, *postroom, *ledger) {
	t.Helper()
	o, l := options(t)
	ago := func(d time.Duration) slo.Instant { return now().Add(-d) }
	sent := Mail{ID: "report-1@assay.example", Subject: "Service report September 2026: shop, all 2 objectives met", To: []string{"anna@customer.example"}, Enqueued: ago(time.Hour),
		State: MailSent, Attempts: 1, Ended: ago(50 * time.Minute), Accepted: []string{"anna@customer.example"}, Response: "2.0.0 Ok: queued as 7F3A"}
	back := sent
	back.ID, back.To = "report-2@assay.example", []string{"bo@customer.example"}
	back.Bounces = []MailBounce{{ago(40 * time.Minute), "bo@customer.example", "failed", "5.1.1", "550 no such user"}}
	lost := Mail{ID: "report-3@assay.example", Subject: sent.Subject, To: []string{"chen@customer.example"}, Enqueued: ago(time.Hour), State: MailFailed, Attempts: 1, Ended: ago(50 * time.Minute),
		Refused: []MailRefusal{{"chen@customer.example", "550 mailbox unavailable"}}, Error: "sending mail (RCPT, permanent): every address was refused"}
	waiting := Mail{ID: "report-4@assay.example", Subject: sent.Subject, To: []string{"dora@customer.example"}, Enqueued: ago(time.Hour), State: MailPending, Attempts: 2, Next: now().Add(2 * time.Minute),
		Error: "sending mail (RCPT, temporary): 450 greylisted"}
	p := &postroom{
		mails: []Mail{sent, back, lost, waiting},
		sendings: []slo.Sending{
			{ID: "s-waiting", Agreement: "gold", Period: "2026-09", Edition: 2, To: []string{"anna@customer.example", "bo@customer.example"}, Asked: []string{"ada@provider.example"},
				Events: []slo.SendingEvent{{Act: slo.PrepareSending, At: ago(2 * time.Hour), Actor: "assay", Report: "digest", Entry: 71}}},
			{ID: "s-released", Agreement: "gold", Period: "2026-08", Edition: 1, To: []string{"anna@customer.example", "bo@customer.example", "chen@customer.example", "dora@customer.example"},
				Events: []slo.SendingEvent{{Act: slo.PrepareSending, At: ago(3 * time.Hour), Actor: "assay", Report: "digest", Entry: 61},
					{Act: slo.ReleaseSending, At: ago(time.Hour), Actor: "ada", Comment: "The second outage was the carrier's.\nWe have talked to them.", Report: "digest", Mails: []string{sent.ID, back.ID, lost.ID, waiting.ID}, Entry: 62}}},
		},
		surveys: map[string]slo.Survey{
			"open": {Digest: "d1", Agreement: "gold", Service: "shop", Period: "2026-09", Recipient: "anna@customer.example", Language: "en", Asked: ago(time.Hour), Expires: now().Add(time.Hour)},
			"late": {Digest: "d2", Agreement: "gold", Service: "shop", Period: "2026-08", Recipient: "bo@customer.example", Language: "zh", Asked: ago(9 * time.Hour), Expires: ago(time.Hour)},
			"done": {Digest: "d3", Agreement: "gold", Service: "shop", Period: "2026-09", Recipient: "bo@customer.example", Language: "en", Asked: ago(time.Hour), Expires: now().Add(time.Hour),
				Vote: &slo.Vote{Score: 4, Comment: "Quick, but the second outage hurt.", At: ago(time.Minute), Entry: 77}},
		},
	}
	o.Sendings, o.Surveys = p, p
	return o, p, l
}

func TestSendingPages(t *testing.T) {
	o, _, _ := withPost(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	as := []string{"Authorization", "Bearer approver" + secretOf}
	for name, path := range map[string]string{"reports": "/reports", "sending": "/sendings/s-waiting", "sending-released": "/sendings/s-released", "survey": "/survey/open?score=4"} {
		for lang, accept := range map[string]string{"en": "en", "zh": "zh"} {
			headers := []string{"Cookie", langCookie + "=" + accept + "; " + visitorCookie + "=fixed"}
			if name != "survey" {
				headers = append(headers, as...)
			}
			w := send(t, h, http.MethodGet, path, "", headers...)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			page := csrfToken.ReplaceAllString(w.Body.String(), `name="csrf" value="TOKEN"`)
			golden(t, name+"."+lang+".html", assetHash.ReplaceAllString(page, "/static/$1.HASH.$2"))
		}
	}
	for name, path := range map[string]string{"sendings": "/api/v1/sendings", "sending": "/api/v1/sendings/s-released", "satisfaction": "/api/v1/satisfaction?agreement=gold&from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z"} {
		w := send(t, h, http.MethodGet, path, "", as...)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		golden(t, "api-"+name+".json", w.Body.String())
	}
}

// TestSendingRoutes asks for every route of the sendings as nobody and as a token
// of each role.
func TestSendingRoutes(t *testing.T) {
	for _, rt := range slices.Concat((&site{}).sendingRoutes(), (&site{}).surveyRoutes()[2:]) {
		for role := auth.Nobody; role <= auth.Admin; role++ {
			o, _, l := withPost(t)
			o.Access = Access{Sessions: people(t)}
			h := build(t, o)
			id := "s-waiting"
			switch {
			case strings.HasSuffix(rt.path, "recall"):
				id = "s-released"
			case strings.Contains(rt.path, "mails"):
				id = "report-1@assay.example"
			}
			path, body, kind := strings.NewReplacer("{id}", id, "{agreement}", "gold", "{period}", "2026-09").Replace(rt.path), "", "application/json"
			switch {
			case rt.method == http.MethodPost && rt.face == forPeople:
				kind, body = "application/x-www-form-urlencoded", "comment=so&report=digest"
			case strings.HasSuffix(rt.path, "release"):
				body = `{"comment": "so", "report": "digest"}`
			case strings.HasSuffix(rt.path, "recall"):
				body = `{"comment": "so"}`
			}
			headers := []string{"Content-Type", kind}
			if role != auth.Nobody {
				headers = append(headers, "Authorization", "Bearer "+role.String()+secretOf)
			}
			l.audit()
			checkAccess(t, rt, role, send(t, h, rt.method, path, body, headers...), l.audit())
		}
	}
}

// What is refused is told in words, and the comment stays in the form.
func TestSendingRefusals(t *testing.T) {
	o, p, _ := withPost(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	as := func(path string, form url.Values) (int, string) {
		w := send(t, h, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer approver"+secretOf)
		return w.Code, w.Body.String()
	}
	for name, c := range map[string]struct {
		path string
		form url.Values
		code int
		want string
	}{
		"another report was read": {"/sendings/s-waiting/release", url.Values{"report": {"old"}, "comment": {"I <b>read</b> it"}}, http.StatusConflict, "I &lt;b&gt;read"},
		"released already":        {"/sendings/s-released/release", url.Values{"report": {"digest"}}, http.StatusConflict, "Somebody has released it already."},
		"a recall without a word": {"/sendings/s-released/recall", url.Values{}, http.StatusBadRequest, "say why"},
		"a long comment":          {"/sendings/s-waiting/release", url.Values{"report": {"digest"}, "comment": {strings.Repeat("x", slo.MaxSendingComment+1)}}, http.StatusBadRequest, "at most 4000 bytes"},
		"nothing of the kind":     {"/sendings/none/release", url.Values{"report": {"digest"}}, http.StatusNotFound, "no such sending"},
		"a mail that waits":       {"/mails/report-4@assay.example/resend", url.Values{}, http.StatusConflict, "has not left yet"},
	} {
		if code, body := as(c.path, c.form); code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d, without %q", name, code, c.want)
		}
	}
	if p.sendings[0].State() != slo.SendingWaiting || p.again != 0 {
		t.Error("something refused was done")
	}
	if w := send(t, h, http.MethodPost, "/mails/report-1@assay.example/resend", "back=https://evil.example/", "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer operator"+secretOf); w.Header().Get("Location") != "/reports" || p.again != 1 {
		t.Errorf("sent again %d times, to %s", p.again, w.Header().Get("Location"))
	}
}

// The link of a mail leads to the report behind the sign-in.
func TestLiveReport(t *testing.T) {
	o, _, _ := withPost(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	stranger := newPerson(t, h)
	if w := stranger.do(http.MethodGet, "/reports/gold/2026-09", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Freports%2Fgold%2F2026-09" {
		t.Errorf("a stranger: %d to %s", w.Code, w.Header().Get("Location"))
	}
	stranger.signIn("viewer", "viewer"+secretOf, "/reports/gold/2026-09")
	w := stranger.do(http.MethodGet, "/reports/gold/2026-09", nil)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<title>gold 2026-09 </title>") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "img-src data:") {
		t.Errorf("signed in: %d %s", w.Code, w.Body)
	}
	if w := stranger.do(http.MethodGet, "/reports/none/2026-09", nil); w.Code != http.StatusBadRequest {
		t.Errorf("no agreement: %d", w.Code)
	}
}
