package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/placeholder"
	"github.com/assay-sla/assay/slo"
)

// stepsName is the series of what each step took.
const stepsName = "steps_duration_seconds"

// stepsTest makes HTTP requests in order, with one jar of cookies.
type stepsTest struct {
	secrets map[string]slo.Secret
	steps   []*step
}

// step is one request of a journey. Its spec is filled in for each run where
// it has placeholders.
type step struct {
	name    string
	timeout time.Duration // 0: what is left of the probe's
	spec    *slo.HTTP
	test    *httpTest
	url     placeholder.Text
	body    placeholder.Text
	headers map[string]placeholder.Text
	open    bool // something is to be filled in
	escape  func(string) string
	capture []*capture
}

func newSteps(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.Steps)
	if !ok {
		return nil, fmt.Errorf("steps: spec is a %T", spec)
	}
	if len(s.Do) == 0 || len(s.Do) > slo.MaxSteps {
		return nil, fmt.Errorf("steps: %d steps are not 1 to %d", len(s.Do), slo.MaxSteps)
	}
	t := &stepsTest{secrets: s.Secrets}
	known := map[string]bool{}
	for name := range s.Secrets {
		known[name] = true
	}
	for i := range s.Do {
		p, err := newStep(&s.Do[i], known, env)
		if err != nil {
			return nil, fmt.Errorf("steps: step %d (%s): %w", i+1, s.Do[i].Name, err)
		}
		t.steps = append(t.steps, p)
	}
	return t.run, nil
}

func newStep(s *slo.Step, known map[string]bool, env *Env) (*step, error) {
	if s.HTTP.Connection == "reuse" || s.HTTP.Addresses == "each" {
		return nil, errors.New("a step goes to one address, over a fresh connection")
	}
	p := &step{name: s.Name, timeout: s.Timeout, spec: &s.HTTP, headers: map[string]placeholder.Text{}, escape: escapeFor(&s.HTTP)}
	parse := func(text string) (placeholder.Text, error) {
		t, err := placeholder.Parse(text)
		for _, name := range t.Names() {
			p.open = true
			if !known[name] {
				return t, fmt.Errorf("${%s} is no secret, and no earlier step captures it", name)
			}
		}
		return t, err
	}
	var err error
	if p.url, err = parse(s.HTTP.URL); err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	if u, err := url.Parse(p.url.Prefix()); !p.url.Plain() && (err != nil || u.Host == "" || u.Path == "" && !strings.Contains(p.url.Prefix(), "?")) {
		return nil, errors.New("url: a placeholder may stand only behind the host")
	}
	if p.body, err = parse(s.HTTP.Body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	for name, value := range s.HTTP.Headers {
		if p.headers[name], err = parse(value); err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
	}
	if p.test, err = newHTTPTest(p.filled(func(string) string { return "x" }), env); err != nil {
		return nil, err
	}
	for i := range s.Capture {
		c, err := newCapture(&s.Capture[i])
		if err != nil {
			return nil, fmt.Errorf("capture %s: %w", s.Capture[i].Name, err)
		}
		p.capture = append(p.capture, c)
		known[c.name] = true
	}
	p.test.answer.keep = len(p.capture) > 0
	return p, nil
}

// run goes the steps, and names the one that fails.
func (t *stepsTest) run(r *run) error {
	values, err := r.values(t.secrets)
	if err != nil {
		return err
	}
	jar, whole := newJar(), r.deadline
	var took []slo.Sample
	for i, p := range t.steps {
		start := time.Now()
		if r.deadline = whole; p.timeout > 0 && start.Add(p.timeout).Before(whole) {
			r.deadline = start.Add(p.timeout)
		}
		if r.trace != nil {
			r.trace.add("step", "%d, %s", i+1, p.name)
		}
		err := p.run(r, jar, values)
		took = append(took, slo.Sample{Name: stepsName, Value: time.Since(start).Seconds(), Labels: map[string]string{"probe": r.m.Probe, "step": p.name}})
		if err != nil {
			t.tell(r, took)
			var f *failure
			if errors.As(err, &f) {
				f.text = fmt.Sprintf("step %d of %d, %s: %s", i+1, len(t.steps), p.name, f.text)
			}
			return err
		}
	}
	t.tell(r, took)
	return nil
}

func (t *stepsTest) tell(r *run, took []slo.Sample) {
	if r.env.samples != nil {
		r.env.samples(r.at, took)
	}
}

// run makes the step's request and takes from the answer what is captured.
func (p *step) run(r *run, jar http.CookieJar, values map[string]string) error {
	h := p.test.first
	if p.open {
		var err error
		if h, err = p.test.firstHop(p.filled(func(name string) string { return values[name] })); err != nil {
			return unknownf(slo.AgentInternal, "the request cannot be made of what was captured: %v", err)
		}
	}
	r.source = p.test.source
	return p.test.visits(r, h, jar, func(a *httpAnswer) error {
		for _, c := range p.capture {
			v, err := c.take(r, a)
			if err != nil {
				return err
			}
			values[c.name] = v
			r.hide(v)
			if r.trace != nil {
				r.trace.add("captured", "%s, %d bytes", c.name, len(v))
			}
		}
		return nil
	})
}

// filled is the spec with values in the places of the placeholders: in the URL
// they are escaped for where they stand, in the body for its media type.
func (p *step) filled(value func(name string) string) *slo.HTTP {
	s := *p.spec
	s.URL = p.url.Fill(func(name, so string) string {
		if strings.Contains(so, "?") {
			return url.QueryEscape(value(name))
		}
		return (&url.URL{Path: value(name)}).EscapedPath()
	})
	s.Body = p.body.Fill(func(name, _ string) string { return p.escape(value(name)) })
	if len(p.headers) > 0 {
		s.Headers = make(map[string]string, len(p.headers))
		for name, text := range p.headers {
			s.Headers[name] = text.Fill(func(name, _ string) string { return value(name) })
		}
	}
	return &s
}

// escapeFor is how values are written into a body of the request's media type.
func escapeFor(s *slo.HTTP) func(string) string {
	for name, v := range s.Headers {
		if !strings.EqualFold(name, "Content-Type") {
			continue
		}
		media, _, _ := mime.ParseMediaType(v) // "" is none that is known
		switch {
		case media == "application/x-www-form-urlencoded":
			return url.QueryEscape
		case media == "application/json" || strings.HasSuffix(media, "+json"):
			return jsonText
		}
	}
	return func(v string) string { return v }
}

// jsonText is a value as it stands between the quotes of a string in JSON.
func jsonText(v string) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}
