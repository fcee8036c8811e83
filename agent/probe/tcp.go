package probe

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// maxScript bounds the steps of a tcp probe.
const maxScript = 100

// tcpTest connects, and optionally talks.
type tcpTest struct {
	host  host
	port  uint16
	steps []tcpStep
	judge *judge // of a step that starts TLS; nil without one
}

// tcpStep is one step of the script: the first of its fields that is set.
type tcpStep struct {
	expect   *expectation
	send     []byte
	template bool // what is sent holds captures
	startTLS bool
}

func newTCP(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.TCP)
	if !ok {
		return nil, fmt.Errorf("tcp: spec is a %T", spec)
	}
	h, port, err := newHostPort(s.Address, s.IP, "")
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	t := &tcpTest{host: h, port: port}
	if t.steps, err = tcpSteps(s); err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	for _, step := range t.steps {
		if step.startTLS {
			if t.judge, err = newJudge(s.TLS, h, env); err != nil {
				return nil, fmt.Errorf("tcp: %w", err)
			}
		}
	}
	return t.run, nil
}

// tcpSteps prepares the script, or its short form.
func tcpSteps(s *slo.TCP) ([]tcpStep, error) {
	script, short := s.Script, len(s.Script) == 0
	switch {
	case short && s.Send != "":
		script = append(script, slo.TCPStep{Send: s.Send})
	case !short && s.Send+s.Expect != "":
		return nil, errors.New("send and expect are the short form of a script; it has both")
	case len(script) > maxScript:
		return nil, fmt.Errorf("a script of %d steps; at most %d are run", len(script), maxScript)
	}
	if short && s.Expect != "" {
		script = append(script, slo.TCPStep{Expect: s.Expect})
	}
	steps := make([]tcpStep, len(script))
	for i, step := range script {
		var err error
		switch {
		case step.StartTLS && step.Send+step.Expect == "":
			steps[i].startTLS = true
		case step.Send != "" && step.Expect == "" && !step.StartTLS:
			steps[i].template = !short && !s.Hex
			steps[i].send, err = literal(step.Send, s.Hex)
		case step.Expect != "" && step.Send == "" && !step.StartTLS:
			steps[i].expect, err = newExpectation(step.Expect, s.Hex)
		default:
			err = errors.New("one of send, expect and startTLS is wanted")
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return steps, nil
}

// literal is a text as bytes; in byte mode they are written in hexadecimal,
// with blanks as one likes.
func literal(s string, inHex bool) ([]byte, error) {
	if !inHex {
		return []byte(s), nil
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return nil, fmt.Errorf("%q is not bytes in hexadecimal such as 16 03 01", s)
	}
	return b, nil
}

// expectation is what must come: a match of a regular expression, or bytes.
type expectation struct {
	re    *regexp.Regexp // nil in byte mode
	bytes []byte
}

func newExpectation(s string, inHex bool) (*expectation, error) {
	if inHex {
		b, err := literal(s, true)
		return &expectation{bytes: b}, err
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, fmt.Errorf("expect: %w", err)
	}
	return &expectation{re: re}, nil
}

// find returns where the expectation's match and its captures lie, as
// regexp.FindSubmatchIndex does; nil where there is none.
func (e *expectation) find(got []byte) []int {
	if e.re != nil {
		return e.re.FindSubmatchIndex(got)
	}
	if i := bytes.Index(got, e.bytes); i >= 0 {
		return []int{i, i + len(e.bytes)}
	}
	return nil
}

// String is what was expected, for evidence.
func (e *expectation) String() string {
	if e.re != nil {
		return "a match of " + e.re.String()
	}
	return fmt.Sprintf("the bytes % x", e.bytes)
}

func (t *tcpTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	if len(t.steps) == 0 {
		return nil
	}
	k := newTalk(r, c)
	defer k.done()
	for i := range t.steps {
		if err := t.step(k, &t.steps[i]); err != nil {
			if f := (*failure)(nil); errors.As(err, &f) && len(t.steps) > 2 {
				f.text = fmt.Sprintf("step %d: %s", i+1, f.text)
			}
			return err
		}
	}
	return nil
}

func (t *tcpTest) step(k *talk, s *tcpStep) error {
	switch {
	case s.startTLS:
		return k.startTLS(t.judge)
	case s.expect != nil:
		return k.expect(s.expect)
	case s.template:
		return k.send(k.expand(s.send))
	}
	return k.send(s.send)
}
