package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// Who has a token votes once, without sign-in; opening the link is no vote, and
// the audit does not have the token.
func TestVote(t *testing.T) {
	o, p, l := withPost(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	scanner := newPerson(t, h)
	for _, score := range []string{"1", "5"} {
		if w := scanner.do(http.MethodGet, "/survey/open?score="+score, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `value="`+score+`" required checked`) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if p.surveys["open"].Vote != nil || len(l.audit()) != 0 {
		t.Fatal("opening the link was a vote")
	}
	voter := newPerson(t, h)
	form := url.Values{"csrf": {voter.token("/survey/open")}, "score": {"5"}, "comment": {"Thank you <3"}}
	if w := voter.do(http.MethodPost, "/survey/open", form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "5 of 5") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if v := p.surveys["open"].Vote; v == nil || *v != (slo.Vote{Score: 5, Comment: "Thank you <3", At: now()}) {
		t.Errorf("the vote is %+v", v)
	}
	form.Set("score", "1")
	if w := voter.do(http.MethodPost, "/survey/open", form); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "answered already") || p.surveys["open"].Vote.Score != 5 {
		t.Errorf("twice: %d", w.Code)
	}
	for _, e := range l.audit() {
		if strings.Contains(e.Object+e.Reason, "open") || e.Action != "survey.vote" || !strings.HasPrefix(e.Object, "survey ") {
			t.Errorf("the audit has %+v", e)
		}
	}
}

func TestVotesThatAreRefused(t *testing.T) {
	o, p, _ := withPost(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	voter := newPerson(t, h)
	csrf := voter.token("/survey/open")
	for name, c := range map[string]struct {
		token string
		form  url.Values
		code  int
		want  string
	}{
		"no score":          {"open", url.Values{"csrf": {csrf}}, http.StatusBadRequest, "Choose 1 to 5."},
		"a score too high":  {"open", url.Values{"csrf": {csrf}, "score": {"6"}}, http.StatusBadRequest, "Choose 1 to 5."},
		"a long comment":    {"open", url.Values{"csrf": {csrf}, "score": {"3"}, "comment": {strings.Repeat("好", 700)}}, http.StatusBadRequest, "at most 2000 bytes"},
		"another site":      {"open", url.Values{"score": {"3"}}, http.StatusForbidden, "out of date"},
		"too late":          {"late", url.Values{"csrf": {csrf}, "score": {"3"}}, http.StatusGone, "已过期"},
		"answered":          {"done", url.Values{"csrf": {csrf}, "score": {"1"}}, http.StatusConflict, "answered already"},
		"nobody's token":    {"guess", url.Values{"csrf": {csrf}, "score": {"1"}}, http.StatusNotFound, "no such survey"},
		"an endless guess":  {strings.Repeat("x", 2000), url.Values{"csrf": {csrf}, "score": {"1"}}, http.StatusNotFound, "no such survey"},
		"more than a form.": {"open", url.Values{"csrf": {csrf}, "comment": {strings.Repeat("x", 70_000)}}, http.StatusRequestEntityTooLarge, ""},
	} {
		w := voter.do(http.MethodPost, "/survey/"+c.token, c.form)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d, without %q: %s", name, w.Code, c.want, w.Body)
		}
	}
	if p.surveys["open"].Vote != nil || p.surveys["done"].Vote.Score != 4 {
		t.Error("a refused vote counts")
	}
}

// Whoever guesses tokens is slowed down, and nobody else.
func TestGuessingTokens(t *testing.T) {
	o, _, _ := withPost(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	guesser, voter := newPerson(t, h), newPerson(t, h)
	guesser.from, voter.from = "198.51.100.7:4711", "203.0.113.9:4711"
	refused := 0
	for range 30 {
		if w := guesser.do(http.MethodGet, "/survey/guess", nil); w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("%d of 30 guesses were refused", refused)
	}
	for range 30 {
		if w := voter.do(http.MethodGet, "/survey/open", nil); w.Code != http.StatusOK {
			t.Fatalf("a voter is refused: %d", w.Code)
		}
	}
}

// The page says nothing of the collector to whoever is not signed in.
func TestSurveyTellsNothingElse(t *testing.T) {
	o, _, l := withPost(t)
	o.Access = Access{Sessions: people(t)}
	l.status.Problems = []string{"catalogue.yaml:1:1: a secret mistake"}
	w := newPerson(t, build(t, o)).do(http.MethodGet, "/survey/open", nil)
	for _, word := range []string{"secret mistake", "/incidents", "9f2c61d0a4b7", "anna@customer.example", "0.1.0"} {
		if strings.Contains(w.Body.String(), word) {
			t.Errorf("the page has %q", word)
		}
	}
	if w.Header().Get("Referrer-Policy") != "same-origin" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", w.Header())
	}
}

// brokenSurveys cannot be read.
type brokenSurveys struct{ Surveys }

func (brokenSurveys) Survey(context.Context, string) (slo.Survey, error) {
	return slo.Survey{}, errors.New("disk full")
}

// Whatever is asked of the address of a survey, its token is in no log and in no
// line of the audit.
func TestTokensAreToldNowhere(t *testing.T) {
	const token = "f-YfJvHiB_6HUsujAGkJpaPX4H-67UZ-"
	o, p, l := withPost(t)
	o.Access = Access{Sessions: people(t)}
	var log bytes.Buffer
	o.Log, o.Surveys = slog.New(slog.NewTextHandler(&log, nil)), brokenSurveys{p}
	voter := newPerson(t, build(t, o))
	for _, path := range []string{"/survey/" + token, "/survey/" + token + "/", "/survey/" + token + "/more", "/Survey/" + token, "/api/v1/survey/" + token} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			voter.do(method, path, url.Values{"score": {"5"}})
		}
	}
	if !strings.Contains(log.String(), "disk full") || strings.Contains(log.String(), token) {
		t.Errorf("the log: %s", &log)
	}
	if len(l.audit()) == 0 {
		t.Error("nothing is in the audit")
	}
	for _, e := range l.audit() {
		if strings.Contains(e.Object+e.Reason, token) {
			t.Errorf("the audit has %+v", e)
		}
	}
}

// Who has a token that voted cannot fill the audit with it.
func TestVotingAgainDoesNotFloodTheAudit(t *testing.T) {
	o, _, l := withPost(t)
	o.Access = Access{Sessions: people(t)}
	voter := newPerson(t, build(t, o))
	form := url.Values{"csrf": {voter.token("/survey/open")}, "score": {"1"}}
	for range 300 {
		if w := voter.do(http.MethodPost, "/survey/done", form); w.Code != http.StatusConflict {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if n := len(l.audit()); n == 0 || n > 20 {
		t.Errorf("300 votes that were refused made %d records", n)
	}
}
