package probe

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/slo"
)

// maxCapture bounds a captured value, in bytes.
const maxCapture = 4096

// capture takes a value from an answer.
type capture struct {
	name string
	json *condition.Expression
	re   *regexp.Regexp
}

func newCapture(s *slo.Capture) (*capture, error) {
	c := &capture{name: s.Name}
	var err error
	switch {
	case (s.JSON == "") == (s.Regex == ""):
		return nil, errors.New("a value is taken by one of json and regex")
	case s.JSON != "":
		c.json, err = condition.Answer.Value(s.JSON)
	default:
		c.re, err = regexp.Compile(s.Regex)
	}
	return c, err
}

// take is the value in an answer; that there is none is the target's failure.
func (c *capture) take(r *run, a *httpAnswer) (string, error) {
	text, err := c.find(r, a)
	switch {
	case err != nil:
		return "", err
	case len(text) > maxCapture:
		return "", downf(slo.CaptureMissing, "what %s captures from %s has %d bytes, more than %d", c.name, r.peer, len(text), maxCapture)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(x rune) bool { return x < ' ' || x == 0x7f }):
		return "", downf(slo.CaptureMissing, "what %s captures from %s is not a line of text", c.name, r.peer)
	}
	return text, nil
}

func (c *capture) find(r *run, a *httpAnswer) (string, error) {
	if c.re == nil {
		values, err := a.values(r)
		if err != nil {
			return "", err
		}
		ctx, cancel := r.timed()
		defer cancel()
		text, err := c.json.Text(ctx, values)
		if err != nil {
			return "", r.unevaluated(slo.CaptureMissing, fmt.Sprintf("a value for %s, %s, from %s", c.name, c.json, r.peer), err)
		}
		return text, nil
	}
	at, err := r.findIn(c.re, a.body)
	switch {
	case err != nil:
		return "", err
	case at == nil:
		return "", downf(slo.CaptureMissing, "expected the body from %s to have a value for %s, %s; status %d, body of %d bytes",
			r.peer, c.name, c.re, a.status, len(a.body))
	case len(at) >= 4 && at[2] >= 0:
		return string(a.body[at[2]:at[3]]), nil
	}
	return string(a.body[at[0]:at[1]]), nil
}

// findIn is where an expression matches a body, nil where it does not. A large
// body is searched under the deadline.
func (r *run) findIn(re *regexp.Regexp, body []byte) ([]int, error) {
	if len(body) <= wholeMatch {
		return re.FindSubmatchIndex(body), nil
	}
	in := &timedRunes{in: bytes.NewReader(body), until: r.deadline}
	at := re.FindReaderSubmatchIndex(in)
	if in.late {
		return nil, unknownf(slo.AgentOverloaded, "matching a body of %d bytes took longer than there was time", len(body))
	}
	return at, nil
}
