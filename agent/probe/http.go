package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an http probe.
const (
	defaultMaxBody = 1 << 20
	maxMaxBody     = 16 << 20
	maxRedirects   = 20
)

// httpTest asks for one URL over a fresh HTTP/1.1 connection and judges the
// answer. It works on the connection itself rather than through net/http's
// transport: that costs less, and each phase and each address dialled is seen.
type httpTest struct {
	first     *hop
	judge     *judge // of the first host's certificate
	status    []slo.StatusRange
	match     *regexp.Regexp
	noMatch   *regexp.Regexp
	redirects int
	maxBody   int
	gzip      bool // the probe's own headers asked for it
	family    string
	env       *Env
}

// hop is one request: where it goes and the bytes that are sent there.
type hop struct {
	url    *url.URL
	host   host
	port   uint16
	judge  *judge // nil: plain HTTP
	header http.Header
	asHost string // value of the Host header; "" is the URL's
	body   string
	asked  *http.Request // what http.ReadResponse wants to know
	wire   []byte
}

func newHTTP(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.HTTP)
	if !ok {
		return nil, fmt.Errorf("http: spec is a %T", spec)
	}
	t := &httpTest{
		status: s.Status, redirects: s.Redirects, maxBody: s.MaxBody, family: s.IP, env: env,
	}
	if err := t.assertions(s); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	u, err := parseURL(s.URL)
	if err != nil {
		return nil, fmt.Errorf("http: url: %w", err)
	}
	h := &hop{url: u, body: s.Body}
	if h.header, h.asHost, err = t.headers(s, u); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	if err := h.prepare(s.Method, s.IP); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	if t.judge, err = newJudge(s.TLS, h.host, env); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	t.judge.config.NextProtos = []string{"http/1.1"}
	t.first = h
	h.judge = t.judgeFor(h)
	return t.run, nil
}

// judgeFor is what judges the certificate of a hop; nil for plain HTTP. What
// the probe says of the certificate's name is about its own host only.
func (t *httpTest) judgeFor(h *hop) *judge {
	switch {
	case h.url.Scheme != "https":
		return nil
	case h.host.name == t.first.host.name:
		return t.judge
	}
	return t.judge.forName(h.host.name)
}

// assertions checks the bounds and compiles the expressions.
func (t *httpTest) assertions(s *slo.HTTP) (err error) {
	if len(t.status) == 0 {
		t.status = []slo.StatusRange{{From: 200, To: 299}}
	}
	if t.redirects < 0 || t.redirects > maxRedirects {
		return fmt.Errorf("redirects %d is not 0 to %d", t.redirects, maxRedirects)
	}
	if t.maxBody == 0 {
		t.maxBody = defaultMaxBody
	}
	if t.maxBody < 0 || t.maxBody > maxMaxBody {
		return fmt.Errorf("maxBody %d is not 1 to %d", t.maxBody, maxMaxBody)
	}
	if s.Match != "" {
		if t.match, err = regexp.Compile(s.Match); err != nil {
			return fmt.Errorf("match: %w", err)
		}
	}
	if s.NoMatch != "" {
		if t.noMatch, err = regexp.Compile(s.NoMatch); err != nil {
			return fmt.Errorf("noMatch: %w", err)
		}
	}
	return nil
}

// headers are the probe's own over the defaults, and the Host apart.
func (t *httpTest) headers(s *slo.HTTP, u *url.URL) (h http.Header, asHost string, err error) {
	h = http.Header{
		"User-Agent":      {t.env.userAgent},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"},
	}
	if password, ok := u.User.Password(); ok || u.User != nil {
		r := http.Request{Header: h}
		r.SetBasicAuth(u.User.Username(), password)
	}
	for name, value := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, "", fmt.Errorf("header %q is not one that HTTP allows", name)
		}
		switch key := http.CanonicalHeaderKey(name); key {
		case "Host":
			if !httpguts.ValidHostHeader(value) {
				return nil, "", errors.New("header Host is not a host")
			}
			asHost = value
		case "Connection", "Content-Length", "Transfer-Encoding", "Trailer":
			return nil, "", fmt.Errorf("header %s is the probe's own to set", key)
		default:
			h[key] = []string{value}
		}
	}
	t.gzip = strings.Contains(strings.ToLower(h.Get("Accept-Encoding")), "gzip")
	return h, asHost, nil
}

// parseURL takes an absolute http or https URL with a host.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		var cause *url.Error
		if errors.As(err, &cause) { // its text would hold the URL, and that a password
			err = cause.Err
		}
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("scheme %q is not http or https", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("no host")
	}
	return u, nil
}

// prepare works out where the hop's URL leads and the bytes of its request.
func (h *hop) prepare(method, family string) (err error) {
	if h.host, h.port, err = newHostPort(hostPort(h.url), family, ""); err != nil {
		return err
	}
	var body io.Reader
	if h.body != "" {
		body = strings.NewReader(h.body)
	}
	req, err := http.NewRequest(method, "http://host/", body)
	if err != nil {
		return err
	}
	asciiURL := *h.url
	if !h.host.literal.IsValid() {
		asciiURL.Host = h.host.name
		if p := h.url.Port(); p != "" {
			asciiURL.Host += ":" + p
		}
	}
	req.URL, req.Host, req.Header, req.Close = &asciiURL, h.asHost, h.header, true
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		return err
	}
	h.wire = b.Bytes()
	h.asked = &http.Request{Method: req.Method}
	return nil
}

// hostPort is the host:port of a URL, with the scheme's port where it names none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// run makes the request, and those that redirects lead to.
func (t *httpTest) run(r *run) error {
	h := t.first
	for n := 0; ; n++ {
		if r.trace != nil {
			r.trace.add("request", "%s %s", h.asked.Method, h.url.Redacted())
		}
		next, err := t.visit(r, h, n)
		if err != nil {
			if f := (*failure)(nil); n > 0 && errors.As(err, &f) {
				f.text = fmt.Sprintf("after redirect %d to %s: %s", n, h.url.Redacted(), f.text)
			}
			return err
		}
		if next == nil {
			return nil
		}
		h = next
	}
}

// visit makes one request on a connection of its own. It returns the next hop
// where the answer is a redirect to follow.
func (t *httpTest) visit(r *run, h *hop, n int) (*hop, error) {
	c, err := r.dial("tcp", h.host, h.port)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	x := newExchange()
	defer x.free()
	if h.judge == nil {
		x.on(c)
	} else {
		secure, err := r.handshake(c, h.judge)
		if err != nil {
			return nil, err
		}
		x.on(secure)
	}
	resp, err := x.ask(r, h)
	if err != nil {
		return nil, err
	}
	r.m.Status = resp.StatusCode
	if r.trace != nil {
		r.traceResponse(resp)
	}
	if t.redirects > 0 && isRedirect(resp) {
		return t.follow(r, h, resp, n)
	}
	return nil, t.decide(r, x, resp)
}

// decide reads the body and holds the answer against what is expected.
func (t *httpTest) decide(r *run, x *exchange, resp *http.Response) error {
	body, broken := x.read(r, resp, t)
	if r.trace != nil {
		r.trace.add("body", "%d bytes: %s", x.total, body[:min(len(body), 2048)])
	}
	if !t.accepts(resp.StatusCode) {
		return downf(slo.StatusUnexpected, "expected status %s, got %s from %s%s; %s",
			ranges(t.status), statusLine(resp), r.peer, location(resp), x.excerpt(r, body))
	}
	if broken != nil {
		return broken
	}
	if t.match != nil {
		if ok, err := r.matches(t.match, body); err != nil {
			return err
		} else if !ok {
			return downf(slo.BodyMismatch, "expected the body from %s to match %s; status %s, %s",
				r.peer, t.match, statusLine(resp), x.excerpt(r, body))
		}
	}
	if t.noMatch != nil {
		if ok, err := r.matches(t.noMatch, body); err != nil {
			return err
		} else if ok {
			return downf(slo.BodyMismatch, "expected the body from %s not to match %s; status %s, %s",
				r.peer, t.noMatch, statusLine(resp), x.excerpt(r, body))
		}
	}
	return nil
}

func (t *httpTest) accepts(status int) bool {
	for _, s := range t.status {
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
func statusLine(resp *http.Response) string { return bound(resp.Status, 80) }

// location tells where an answer points, if it does.
func location(resp *http.Response) string {
	if l := resp.Header.Get("Location"); l != "" && isRedirectStatus(resp.StatusCode) {
		return ", redirecting to " + bound(l, 200)
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
