package probe

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an http probe.
const (
	defaultMaxBody = 1 << 20
	maxMaxBody     = 16 << 20
	maxRedirects   = 20
)

// httpTest asks for one URL and judges the answer. HTTP/1.1 it speaks on the
// connection itself rather than through net/http's transport: that costs less,
// and each phase and each address dialled is seen.
type httpTest struct {
	first  *hop
	judge  *judge // of the first host's certificate
	answer httpRules

	username string
	password slo.Secret // of the username
	bearer   slo.Secret
	token    *tokenSource // nil: none is asked for

	version   string // 1.1, 2 or 3
	redirects int
	cookies   bool
	coding    []string // content codings that are unpacked
	family    string
	source    netip.Addr // to connect from; invalid: the system chooses
	each      bool       // every address of the name
	proxy     *proxy     // nil: none
	kept      *keeper    // of the connection between runs; nil: each is fresh
	env       *Env
}

func newHTTP(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.HTTP)
	if !ok {
		return nil, fmt.Errorf("http: spec is a %T", spec)
	}
	t, err := newHTTPTest(s, env)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return t.run, nil
}

func newHTTPTest(s *slo.HTTP, env *Env) (*httpTest, error) {
	t := &httpTest{
		redirects: s.Redirects, family: s.IP, env: env, cookies: s.Cookies,
		username: s.Username, password: s.Password, bearer: s.Bearer, version: s.Version, each: s.Addresses == "each",
	}
	if t.version == "" {
		t.version = "1.1"
	}
	if t.redirects < 0 || t.redirects > maxRedirects {
		return nil, fmt.Errorf("redirects %d is not 0 to %d", t.redirects, maxRedirects)
	}
	for _, prepare := range []func(*slo.HTTP) error{t.expects, t.encodings, t.authorization, t.route, t.aim, t.keeps} {
		if err := prepare(s); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// aim prepares the first request.
func (t *httpTest) aim(s *slo.HTTP) error {
	h, err := t.firstHop(s)
	if err != nil {
		return err
	}
	if t.judge, err = newJudge(s.TLS, h.host, t.env); err != nil {
		return err
	}
	switch t.version {
	case "1.1":
		t.judge.config.NextProtos = []string{"http/1.1"}
	case "2":
		t.judge.config.NextProtos = []string{"h2"}
	case "3":
		t.judge.config.NextProtos = []string{"h3"}
	default:
		return fmt.Errorf("version %q is not 1.1, 2 or 3", t.version)
	}
	if t.version != "1.1" && (h.url.Scheme != "https" || t.proxy != nil) {
		return fmt.Errorf("version %s goes over https, and through no proxy", t.version)
	}
	t.first = h
	h.judge = t.judgeFor(h)
	return nil
}

// judgeFor is what judges the certificate of a hop; nil for plain HTTP. What
// the probe says of the certificate's name is about its own host only.
func (t *httpTest) judgeFor(h *hop) *judge {
	switch {
	case h.url.Scheme != "https":
		return nil
	case t.first == nil || h.host.name == t.first.host.name:
		return t.judge
	}
	return t.judge.forName(h.host.name)
}

// run makes the request, and those that redirects lead to.
func (t *httpTest) run(r *run) error {
	r.source = t.source
	if t.each && !t.first.host.literal.IsValid() {
		return t.runEach(r)
	}
	return t.visits(r, t.first, nil, nil)
}

// visits goes from a first request to where its redirects lead. With use, it
// is called with a final answer that met all expectations.
func (t *httpTest) visits(r *run, h *hop, jar http.CookieJar, use func(*httpAnswer) error) error {
	if jar == nil && t.cookies {
		jar = newJar()
	}
	for n := 0; ; n++ {
		if r.trace != nil {
			r.trace.add("request", "%s %s", h.asked.Method, h.url.Redacted())
		}
		next, err := t.visit(r, h, n, jar, use)
		if err != nil {
			if f := (*failure)(nil); n > 0 && errors.As(err, &f) {
				f.text = r.after(h, f.text)
			}
			return err
		}
		if next == nil {
			return nil
		}
		h = next
	}
}

// visit makes one request. It returns the next hop where the answer is a
// redirect to follow.
func (t *httpTest) visit(r *run, h *hop, n int, jar http.CookieJar, use func(*httpAnswer) error) (*hop, error) {
	x := newExchange()
	defer x.free()
	if err := t.identify(r, x, h, jar); err != nil {
		return nil, err
	}
	resp, err := t.ask(r, x, h)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && t.token.refused(x.token) {
		x.end() // the server takes the token no longer: once more, with a new one
		if err := t.identify(r, x, h, jar); err != nil {
			return nil, err
		}
		resp, err = t.ask(r, x, h)
	}
	if err != nil {
		return nil, err
	}
	if err := t.proxy.refuses(r, h, resp); err != nil {
		return nil, err
	}
	r.m.Status = resp.StatusCode
	if jar != nil {
		jar.SetCookies(h.url, resp.Cookies())
	}
	if r.trace != nil {
		r.traceResponse(resp)
	}
	if t.redirects > 0 && isRedirect(resp) {
		return t.follow(r, h, resp, n)
	}
	last, err := t.decide(r, x, resp)
	if err == nil && use != nil {
		err = use(last)
	}
	return nil, err
}

// ask sends the request over a connection and reads the answer up to its body.
func (t *httpTest) ask(r *run, x *exchange, h *hop) (*http.Response, error) {
	if t.version == "3" {
		return t.askQUIC(r, x, h)
	}
	if resp, err := t.askAgain(r, x, h); resp != nil || err != nil {
		return resp, err
	}
	c, err := t.connect(r, h)
	if err != nil {
		return nil, err
	}
	x.link, x.closer = c, c.Close
	if h.judge == nil {
		x.on(c)
		return x.ask(r, h)
	}
	w := (*watched)(nil)
	if t.version == "2" {
		w = watch(c)
	}
	secure, err := r.handshake(c, h.judge)
	if err != nil {
		return nil, err
	}
	if w != nil {
		return x.askHTTP2(r, h, secure, w)
	}
	x.secure = secure
	x.on(secure)
	return x.ask(r, h)
}

// runEach tests each of the name's addresses, each with an even share of the
// time that is left. All of them must be up.
func (t *httpTest) runEach(r *run) error {
	addrs, err := r.resolve(t.first.host)
	if err != nil {
		return err
	}
	until := r.deadline
	var failures []*failure
	for i, addr := range addrs {
		r.deadline = time.Now().Add(time.Until(until) / time.Duration(len(addrs)-i))
		h := *t.first
		h.host.literal, h.host.addrs = addr, []netip.Addr{addr}
		err := t.visits(r, &h, nil, nil)
		f := (*failure)(nil)
		switch {
		case err == nil:
		case !errors.As(err, &f):
			return err
		default:
			f.text = fmt.Sprintf("address %d of %d: %s", i+1, len(addrs), f.text)
			failures = append(failures, f)
		}
		if r.stopped() {
			break
		}
	}
	r.deadline = until
	if len(failures) == 0 {
		return nil
	}
	return mostTelling(failures)
}
