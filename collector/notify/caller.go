package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/config"
)

// composed is what a channel sends of one event.
type composed struct {
	method, contentType string
	header              map[string]string
	body                []byte
}

// caller makes the requests of one channel.
type caller struct {
	url     string
	client  *http.Client
	timeout time.Duration
	secrets []string // never repeated, whatever the receiver says
}

func newCaller(c ChannelConfig) (*caller, error) {
	c.HTTP.FollowRedirects = false // an event that is redirected loses its body, or its credentials to another host
	client, err := config.NewClientFromConfig(c.HTTP, "channel", config.WithUserAgent("Assay"))
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("the url cannot be parsed") // err repeats it
	}
	secrets := secretsIn(u)
	for _, s := range c.Secrets {
		secrets = append(secrets, string(s))
	}
	return &caller{c.URL, client, c.Timeout, secrets}, nil
}

// call makes one request. Its error says whether another attempt may help.
func (c *caller) call(ctx context.Context, r composed, resent bool) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var wrote atomic.Bool
	hidden := &confidential{list: slices.Clone(c.secrets)}
	given := http.Header{}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(name string, values []string) { hidden.wrote(given, name, values) },
		WroteHeaders:     func() { wrote.Store(true) },
	})
	req, err := http.NewRequestWithContext(traced, r.method, c.url, bytes.NewReader(r.body))
	if err != nil {
		return Result{}, &SendError{What: whatEvent, Class: Permanent, Stage: stageCompose, Err: withoutURL(err)}
	}
	req.Header.Set("Content-Type", r.contentType)
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if resent {
		req.Header.Set(HeaderResent, "true")
	}
	given = req.Header.Clone()
	resp, err := c.client.Do(req)
	if err != nil {
		return Result{}, unanswered(err, wrote.Load(), hidden)
	}
	defer resp.Body.Close()
	// Read a bounded rest, so that the connection can be used again.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	words := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, excerpt(hidden.redacted(string(body)))))
	if resp.StatusCode/100 == 2 {
		return Result{Response: words}, nil
	}
	return Result{}, answered(resp, words, time.Now())
}

// whatEvent is the word of a SendError.
const whatEvent = "an event"

// unanswered is the error of a request without an answer. Where it was sent,
// the receiver may have taken it.
func unanswered(err error, wrote bool, hidden *confidential) *SendError {
	e := &SendError{What: whatEvent, Class: Temporary, Stage: stageConnect, Server: true, Err: errors.New(excerpt(hidden.redacted(withoutURL(err).Error())))}
	if wrote {
		e.Class, e.Stage = Uncertain, stageAnswer
	}
	return e
}

// answered is the error of an answer that is not 2xx. What concerns the
// sender's rights, the address or the receiver's state is no fault of the
// event, also where it is 4xx: whoever mends it wants what waited.
func answered(resp *http.Response, words string, now time.Time) *SendError {
	e := &SendError{What: whatEvent, Stage: stageAnswer, Code: resp.StatusCode, Err: errors.New("answered " + words)}
	switch s := resp.StatusCode; {
	case s/100 == 3, s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusNotFound,
		s == http.StatusMethodNotAllowed, s == http.StatusProxyAuthRequired:
		e.Server, e.Stage = true, stageAuth
	case s == http.StatusTooManyRequests, s == http.StatusBadGateway, s == http.StatusServiceUnavailable, s == http.StatusGatewayTimeout:
		e.Server, e.Stage, e.After = true, stageBusy, retryAfter(resp.Header.Get("Retry-After"), now)
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s/100 == 5:
		e.After = retryAfter(resp.Header.Get("Retry-After"), now)
	default:
		e.Class = Permanent
	}
	return e
}

// mostAsked bounds how long a receiver may make us wait.
const mostAsked = time.Hour

// retryAfter reads the header Retry-After (RFC 9110 10.2.3): seconds, or a
// date. What makes no sense is no wait.
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if s, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(s) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, mostAsked))
}

// withoutURL is an error of the HTTP client without the URL, which may be a
// secret.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
