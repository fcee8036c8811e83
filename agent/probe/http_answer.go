package probe

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/slo"
)

// httpRules are what an answer is held against.
type httpRules struct {
	status  []slo.StatusRange
	match   *regexp.Regexp
	noMatch *regexp.Regexp
	rules   []headerRule
	assert  *condition.Expression
	maxBody int
	keep    bool // the whole body, for somebody who takes a value from it
}

// httpAnswer is an answer after its judgement. Its body is valid until the
// exchange's end, and whole only where the rules want it.
type httpAnswer struct {
	status int
	header http.Header
	body   []byte
}

// expects checks the bounds and compiles the expressions.
func (t *httpTest) expects(s *slo.HTTP) (err error) {
	e := &t.answer
	if e.status = s.Status; len(e.status) == 0 {
		e.status = []slo.StatusRange{{From: 200, To: 299}}
	}
	if e.maxBody = s.MaxBody; e.maxBody == 0 {
		e.maxBody = defaultMaxBody
	}
	if e.maxBody < 0 || e.maxBody > maxMaxBody {
		return fmt.Errorf("maxBody %d is not 1 to %d", e.maxBody, maxMaxBody)
	}
	if s.Match != "" {
		if e.match, err = regexp.Compile(s.Match); err != nil {
			return fmt.Errorf("match: %w", err)
		}
	}
	if s.NoMatch != "" {
		if e.noMatch, err = regexp.Compile(s.NoMatch); err != nil {
			return fmt.Errorf("noMatch: %w", err)
		}
	}
	if s.Assert != "" {
		if e.assert, err = condition.Answer.Condition(s.Assert); err != nil {
			return fmt.Errorf("assert: %w", err)
		}
	}
	e.rules, err = headerRules(s.HeaderMatch, s.HeaderNoMatch)
	return err
}

// whole reports whether the judgement wants all of the body.
func (e *httpRules) whole() bool {
	return e.keep || e.match != nil || e.noMatch != nil || e.assert != nil
}

// decide reads the body and holds the answer against what is expected.
func (t *httpTest) decide(r *run, x *exchange, resp *http.Response) (*httpAnswer, error) {
	body, broken := x.read(r, resp, t)
	if r.trace != nil {
		r.trace.add("body", "%d bytes: %s", x.total, body[:min(len(body), 2048)])
	}
	e := &t.answer
	if !e.accepts(resp.StatusCode) {
		return nil, downf(slo.StatusUnexpected, "expected status %s, got %s from %s%s; %s",
			ranges(e.status), r.statusLine(resp), r.peer, r.location(resp), x.excerpt(r, body))
	}
	if broken != nil {
		return nil, broken
	}
	t.keep(r, x, resp)
	for i := range e.rules {
		if f := e.rules[i].judge(r, resp); f != nil {
			return nil, f
		}
	}
	for _, rule := range []struct {
		re   *regexp.Regexp
		want bool
		text string
	}{{e.match, true, "to match"}, {e.noMatch, false, "not to match"}} {
		if rule.re == nil {
			continue
		}
		if got, err := r.matches(rule.re, body); err != nil {
			return nil, err
		} else if got != rule.want {
			return nil, downf(slo.BodyMismatch, "expected the body from %s %s %s; status %s, %s",
				r.peer, rule.text, rule.re, r.statusLine(resp), x.excerpt(r, body))
		}
	}
	last := &httpAnswer{resp.StatusCode, resp.Header, body}
	if e.assert != nil {
		if err := e.holds(r, last); err != nil {
			var f *failure
			if errors.As(err, &f) && f.outcome == slo.Down {
				f.text += "; status " + r.statusLine(resp) + ", " + x.excerpt(r, body)
			}
			return nil, err
		}
	}
	return last, nil
}

// holds evaluates the condition.
func (e *httpRules) holds(r *run, a *httpAnswer) error {
	values, err := a.values(r)
	if err != nil {
		return err
	}
	ctx, cancel := r.timed()
	defer cancel()
	ok, err := e.assert.Holds(ctx, values)
	switch {
	case err != nil:
		return r.unevaluated(slo.AssertionFailed, fmt.Sprintf("the answer from %s to meet %s", r.peer, e.assert), err)
	case !ok:
		return downf(slo.AssertionFailed, "expected the answer from %s to meet %s", r.peer, e.assert)
	}
	return nil
}

// values are what an expression sees of an answer; a body that is no JSON is
// a failure.
func (a *httpAnswer) values(r *run) (map[string]any, error) {
	json, err := condition.ParseJSON(a.body)
	if err != nil {
		return nil, downf(slo.BodyMismatch, "expected JSON from %s: %v", r.peer, err)
	}
	headers := make(map[string][]string, len(a.header))
	for name, v := range a.header {
		headers[strings.ToLower(name)] = v
	}
	return map[string]any{"json": json, "status": a.status, "headers": headers, "now": r.at.Time()}, nil
}

// unevaluated is the failure of an expression that has no value: where it cost
// too much, the agent's; else what it asks for is not there.
func (r *run) unevaluated(reason slo.Reason, wanted string, err error) *failure {
	if errors.Is(err, condition.ErrCost) || errors.Is(err, condition.ErrTime) {
		if r.stopped() {
			return r.fail(transferring, err)
		}
		return unknownf(slo.AgentOverloaded, "expected %s: %v", wanted, err)
	}
	return downf(reason, "expected %s, but %s", wanted, r.clean(err.Error(), 200))
}

func (e *httpRules) accepts(status int) bool {
	for _, s := range e.status {
		if s.From <= status && status <= s.To {
			return true
		}
	}
	return false
}

// ranges writes the accepted statuses as the catalogue does.
func ranges(s []slo.StatusRange) string {
	var b strings.Builder
	for i, v := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		if fmt.Fprintf(&b, "%d", v.From); v.To != v.From {
			fmt.Fprintf(&b, "-%d", v.To)
		}
	}
	return b.String()
}

// statusLine is the answer's status with its words, which are the target's.
func (r *run) statusLine(resp *http.Response) string { return r.clean(resp.Status, 80) }

// location tells where an answer points, if it does.
func (r *run) location(resp *http.Response) string {
	if l := resp.Header.Get("Location"); l != "" && isRedirectStatus(resp.StatusCode) {
		return ", redirecting to " + r.clean(l, 200)
	}
	return ""
}

// traceResponse notes the status and every header.
func (r *run) traceResponse(resp *http.Response) {
	r.trace.add("status", "%s %s", resp.Proto, resp.Status)
	for _, name := range sortedKeys(resp.Header) {
		for _, value := range resp.Header[name] {
			r.trace.add("header", "%s: %s", name, value)
		}
	}
}
