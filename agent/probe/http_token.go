package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an answer with a token.
const (
	maxTokenAnswer = 64 << 10
	maxTokenLife   = 24 * time.Hour   // a token is kept no longer, whatever it says
	tokenLife      = time.Minute      // of a token that says nothing
	tokenSlack     = 10 * time.Second // before its expiry a token is kept no longer
)

// tokenSource gets an access token for a client's own credentials (RFC 6749,
// 4.4) and keeps it until it expires. The server of tokens is not the target:
// what fails here is unknown.
type tokenSource struct {
	ask *httpTest // how the server of tokens is asked

	mu     sync.Mutex // held while a token is got: those who wait use the same
	token  string
	expiry slo.Instant
}

// newTokenSource prepares it. The token goes the same way as the probe's own
// requests: its proxy, source address and trusted roots.
func newTokenSource(s *slo.HTTP, env *Env) (*tokenSource, error) {
	o := s.OAuth2
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(o.Scopes) > 0 {
		form.Set("scope", strings.Join(o.Scopes, " "))
	}
	if o.Audience != "" {
		form.Set("audience", o.Audience)
	}
	ask, err := newHTTPTest(&slo.HTTP{
		URL: o.TokenURL, Method: "POST", Body: form.Encode(), MaxBody: maxTokenAnswer, IP: s.IP, Source: s.Source, Proxy: s.Proxy,
		Headers:  map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
		Username: url.QueryEscape(o.ClientID), Password: o.ClientSecret, // RFC 6749, 2.3.1
		TLS: slo.TLSOptions{CA: s.TLS.CA, Client: s.TLS.Client},
	}, env)
	if err != nil {
		return nil, fmt.Errorf("oauth2: %w", err)
	}
	ask.answer.keep = true
	return &tokenSource{ask: ask}, nil
}

// get is a token, and whether it was kept from an earlier run. The time that a
// new one takes is in the latency and in no phase.
func (s *tokenSource) get(r *run) (token string, kept bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && r.at < s.expiry {
		r.hide(s.token)
		return s.token, true, nil
	}
	phases, status, peer, source := r.m.Phases, r.m.Status, r.peer, r.source
	defer func() { r.m.Phases, r.m.Status, r.peer, r.source = phases, status, peer, source }()
	if r.trace != nil {
		r.trace.add("token", "asking %s", s.ask.first.url.Redacted())
	}
	r.source = s.ask.source
	var t tokenAnswer
	err = s.ask.visits(r, s.ask.first, nil, func(a *httpAnswer) error { return t.read(a.body) })
	var f *failure
	switch {
	case err == nil:
	case errors.As(err, &f) && f.outcome == slo.Unknown:
		return "", false, err
	case f != nil:
		return "", false, unknownf(slo.AgentToken, "no access token was to be had, as %s", f.text)
	default:
		return "", false, err
	}
	s.token, s.expiry = t.AccessToken, r.at.Add(t.life())
	r.hide(s.token)
	return s.token, false, nil
}

// refused forgets a token of an earlier run that the target did not take, and
// reports whether there was one: then a new one should be asked for.
func (s *tokenSource) refused(token string) bool {
	if s == nil || token == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
	return true
}

// tokenAnswer is the answer of a server of tokens (RFC 6749, 5.1).
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
}

func (t *tokenAnswer) read(body []byte) error {
	if err := json.Unmarshal(body, t); err != nil {
		return downf(slo.BodyMismatch, "the server of tokens did not answer in JSON")
	}
	if t.AccessToken == "" || !strings.EqualFold(t.TokenType, "bearer") {
		return downf(slo.BodyMismatch, "the server of tokens gave no bearer token")
	}
	return nil
}

func (t *tokenAnswer) life() time.Duration {
	if t.ExpiresIn <= 0 {
		return tokenLife
	}
	life := time.Duration(min(t.ExpiresIn, int64(maxTokenLife/time.Second))) * time.Second
	return max(life-tokenSlack, life/2)
}
