package probe

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/placeholder"
	"github.com/assay-sla/assay/slo"
)

// maxCountBody bounds an answer, in bytes: it is to have one number.
const maxCountBody = 64 << 10

// promqlTest asks for the requests of one increment, over HTTP.
type promqlTest struct {
	http  *httpTest
	spec  *slo.HTTP // of a question, without its body
	total placeholder.Text
	part  placeholder.Text // what counts the good, or the bad
	bad   bool             // it counts the bad
	delay time.Duration
}

func newPromQL(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.PromQL)
	if !ok {
		return nil, fmt.Errorf("promql: spec is a %T", spec)
	}
	t := &promqlTest{bad: s.Bad != "", delay: s.Delay}
	if t.delay == 0 {
		t.delay = slo.DefaultDelay
	}
	if t.delay < 0 || t.delay > slo.MaxDelay {
		return nil, fmt.Errorf("promql: delay %v is not 0 to %v", t.delay, slo.MaxDelay)
	}
	if (s.Good == "") == (s.Bad == "") {
		return nil, errors.New("promql: one of good and bad says how many were good")
	}
	var err error
	if t.total, err = query(s.Total); err != nil {
		return nil, fmt.Errorf("promql: total: %w", err)
	}
	if t.part, err = query(s.Good + s.Bad); err != nil {
		return nil, fmt.Errorf("promql: good or bad: %w", err)
	}
	if t.spec, err = question(s); err != nil {
		return nil, fmt.Errorf("promql: %w", err)
	}
	if t.http, err = newHTTPTest(t.spec, env); err != nil {
		return nil, fmt.Errorf("promql: %w", err)
	}
	t.http.answer.keep = true
	return t.run, nil
}

// query reads a query, in which the increment's length is the only placeholder.
func query(s string) (placeholder.Text, error) {
	t, err := placeholder.Parse(s)
	if err == nil {
		err = slo.CheckQuery(s)
	}
	for _, name := range t.Names() {
		if name != slo.WindowName {
			return t, fmt.Errorf("${%s} is not ${%s}", name, slo.WindowName)
		}
	}
	return t, err
}

// question is the request of a spec.
func question(s *slo.PromQL) (*slo.HTTP, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, errors.New("the url is none") // err repeats it
	}
	headers := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
	for name, value := range s.Headers {
		headers[name] = value
	}
	return &slo.HTTP{
		URL: u.JoinPath("api/v1/query").String(), Method: "POST", Headers: headers, MaxBody: maxCountBody,
		Username: s.Username, Password: s.Password, Bearer: s.Bearer, IP: s.IP, TLS: s.TLS,
	}, nil
}

// run counts the last increment that is due. Whatever fails makes it unknown:
// who tells of the requests is not who was asked them.
func (t *promqlTest) run(r *run) error {
	counted, err := t.count(r)
	if f := (*failure)(nil); errors.As(err, &f) {
		f.outcome = slo.Unknown
		return f
	}
	if err == nil {
		r.m.Requests = counted
	}
	return err
}

func (t *promqlTest) count(r *run) (*slo.Requests, error) {
	to := r.at.Add(-t.delay)
	every := slo.Instant(r.every.Milliseconds())
	to -= (to%every + every) % every
	counted := &slo.Requests{Interval: slo.Interval{From: to.Add(-r.every), To: to}}
	total, found, err := t.ask(r, t.total, to)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, unknownf(slo.CountMissing, "no result for %s of the increment that ends at %s", t.of(t.total, r), to)
	case total == 0:
		return counted, counted.Check()
	}
	part, _, err := t.ask(r, t.part, to)
	if err != nil {
		return nil, err
	}
	if part > total+noise(total) {
		return nil, unknownf(slo.CountInvalid, "%s is %s, of %s in all", t.of(t.part, r), requests(part), requests(total))
	}
	part = min(part, total)
	if t.bad {
		part = total - part
	}
	counted.Good, counted.Total = part, total
	if r.trace != nil {
		r.trace.add("counted", "%s good requests of %s from %s to %s", requests(part), requests(total), counted.From, to)
	}
	return counted, counted.Check()
}

// noise is by how much a part may be more than the whole, as both are
// extrapolated: a hundredth, and a request.
func noise(total int64) int64 { return total/100 + slo.PerRequest }

func requests(thousandths int64) string {
	return strconv.FormatFloat(float64(thousandths)/slo.PerRequest, 'f', -1, 64)
}

// of is a query as it is asked.
func (t *promqlTest) of(q placeholder.Text, r *run) string { return windowed(q, r.every) }

// windowed is a query with the increment's length in its place, in the units
// that PromQL has.
func windowed(q placeholder.Text, every time.Duration) string {
	window := strconv.FormatInt(every.Milliseconds(), 10) + "ms"
	if every%time.Second == 0 {
		window = strconv.FormatInt(int64(every/time.Second), 10) + "s"
	}
	return q.Fill(func(string, string) string { return window })
}

// ask evaluates a query at an instant. It returns thousandths, and whether
// there was a result.
func (t *promqlTest) ask(r *run, q placeholder.Text, at slo.Instant) (n int64, found bool, err error) {
	s := *t.spec
	s.Body = url.Values{
		"query":            {windowed(q, r.every)},
		"time":             {strconv.FormatFloat(float64(at)/1000, 'f', 3, 64)},
		"timeout":          {strconv.FormatFloat(max(0.001, time.Until(r.deadline).Seconds()), 'f', 3, 64)},
		"partial_response": {"false"}, // Thanos': part of the answer is none
	}.Encode()
	h, err := t.http.firstHop(&s)
	if err != nil {
		return 0, false, unknownf(slo.AgentInternal, "the request cannot be made: %v", err)
	}
	err = t.http.visits(r, h, nil, func(a *httpAnswer) error {
		var wrong error
		n, found, wrong = readCount(a.body)
		return t.misread(r, q, wrong)
	})
	return n, found, err
}

// misread is the failure of an answer that is no number of requests.
func (t *promqlTest) misread(r *run, q placeholder.Text, wrong error) error {
	var f *failure
	switch {
	case wrong == nil:
		return nil
	case errors.As(wrong, &f):
		f.text = fmt.Sprintf("%s answers to %s: %s", r.peer, t.of(q, r), r.clean(f.text, 400))
		return f
	}
	return unknownf(slo.ProtocolError, "%s does not answer as Prometheus does: %s", r.peer, r.clean(wrong.Error(), 240))
}

// thousandths is a number of requests. It is refused where it is none.
func thousandths(text string) (int64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v*slo.PerRequest > slo.MaxRequests {
		return 0, unknownf(slo.CountInvalid, "%s is not a number of requests, 0 to %d", text, int64(slo.MaxRequests)/slo.PerRequest)
	}
	return int64(math.Round(v * slo.PerRequest)), nil
}
