package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// surveyRoutes are those of the surveys: a page for whoever has a token, without
// sign-in, and what came of them.
func (s *site) surveyRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/survey/{token}", forPeople, auth.Nobody, "", s.surveyPage},
		{post, "/survey/{token}", forPeople, auth.Nobody, "survey.vote", s.voteForm},
		{get, "/api/v1/satisfaction", forMachines, auth.Operator, "", s.satisfactionAPI},
	}
}

// surveyView is the page of a survey. Of the survey itself it shows the service
// and the period.
type surveyView struct {
	Service, Period string
	Scores          []int
	Score           int // chosen; 0 is none
	Comment         string
	Done            bool   // it was answered
	Gone            string // a key of the texts: why there is nothing to answer
	Problem         string // a key of the texts
	CSRF            string
	MaxText         int
}

// maxToken bounds a token, in bytes.
const maxToken = 100

// surveyOf is the survey of the path's token. Guessing tokens is bounded by
// address, as guessing passwords is; who has one is not counted.
func (s *site) surveyOf(v *visit) (slo.Survey, error) {
	guesser := "survey " + v.remote.String() // by address alone: nobody shuts others out
	if wait, ok := s.guesses.Take(guesser, v.remote, v.at); !ok {
		v.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return slo.Survey{}, refuse(http.StatusTooManyRequests, "too_many_attempts", "too many of these from one address: wait a little")
	}
	token := v.r.PathValue("token")
	if len(token) > maxToken {
		return slo.Survey{}, ErrNoSurvey
	}
	x, err := s.Surveys.Survey(v.r.Context(), token)
	if err != nil {
		return x, err
	}
	s.guesses.Forgive(guesser, v.remote, v.at)
	if cookie(v.r, langCookie) == "" { // it speaks as the mail did
		if lang := map[string]string{"en": english, "zh": chinese}[x.Language]; lang != "" {
			v.views = s.views[lang]
		}
	}
	return x, nil
}

// surveyPage shows the question. It changes nothing: scanners of mail open links.
func (s *site) surveyPage(v *visit) error {
	x, err := s.surveyOf(v)
	if err != nil {
		return err
	}
	score, _ := strconv.Atoi(v.r.URL.Query().Get("score"))
	return s.showSurvey(v, http.StatusOK, &x, surveyView{Score: score})
}

func (s *site) showSurvey(v *visit, status int, x *slo.Survey, page surveyView) error {
	page.Service, page.Period, page.CSRF, page.MaxText = cmp.Or(x.Service, v.views.scope(x.Agreement)), x.Period, s.csrf(v), slo.MaxVoteComment
	for score := slo.MinScore; score <= slo.MaxScore; score++ {
		page.Scores = append(page.Scores, score)
	}
	switch {
	case x.Vote != nil && !page.Done:
		page.Gone = "survey.voted"
	case x.Vote == nil && v.at >= x.Expires:
		page.Gone = "survey.expired"
	}
	return s.render(v, status, "survey", v.views.t("survey.title"), page, false)
}

// voteForm takes the vote of a token.
func (s *site) voteForm(v *visit) error {
	x, err := s.surveyOf(v)
	if err != nil {
		return err
	}
	if err := v.readForm(); err != nil {
		return err
	}
	form := v.r.PostForm
	page := surveyView{Comment: form.Get("comment")}
	page.Score, _ = strconv.Atoi(form.Get("score"))
	err = s.castVote(v, &x, page.Score, page.Comment)
	if err != nil {
		r, expected := asRefusal(err)
		if !expected || r.status == http.StatusNotFound {
			return err
		}
		page.Problem = "survey.problem." + r.code
		return s.showSurvey(v, r.status, &x, page)
	}
	page.Done = true
	return s.showSurvey(v, http.StatusOK, &x, page)
}

// castVote casts the vote of the path's token. One that is refused beforehand is
// on record as often as strangers' requests are: who has a token must not fill the
// audit with it.
func (s *site) castVote(v *visit, x *slo.Survey, score int, typed string) error {
	comment, err := plainText(typed, slo.MaxVoteComment, cleanLines)
	vote := slo.Vote{Score: score, Comment: comment, At: v.at}
	if err != nil {
		err = slo.SurveyBadComment
	} else {
		_, err = x.Take(vote)
	}
	if err == nil {
		return s.write(v, func() (err error) {
			*x, err = s.Surveys.Vote(context.WithoutCancel(v.r.Context()), v.r.PathValue("token"), vote)
			return err
		})
	}
	if !s.noise.AllowN(v.at.Time(), 1) {
		return err
	}
	if rerr := s.record(v, Refused, sendingRefusal(err).code); rerr != nil {
		return rerr
	}
	return err
}

// tokenName names a token in the audit, which nobody can vote with.
func tokenName(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "survey " + hex.EncodeToString(sum[:6])
}

// withoutTokens is a path as logs and the audit may have it, whether or not it
// is one of ours: what stands behind survey in it is named and not told.
func withoutTokens(path string) string {
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i++ {
		if strings.EqualFold(parts[i-1], "survey") && parts[i] != "" {
			parts[i] = tokenName(parts[i])
		}
	}
	return strings.Join(parts, "/")
}
