package probe

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// proxy is the HTTP proxy that a probe goes through. What it cannot do for
// this agent is the agent's, and unknown; what it says of the target is down.
type proxy struct {
	host     host
	port     uint16
	username string
	password slo.Secret
}

// route prepares from where, and through what, the probe connects.
func (t *httpTest) route(s *slo.HTTP) (err error) {
	if s.Source != "" {
		if t.source, err = netip.ParseAddr(s.Source); err != nil {
			return fmt.Errorf("source %q is not an address", s.Source)
		}
		if t.family == "" { // the other family cannot be reached from it
			t.family = map[bool]string{true: "4", false: "6"}[t.source.Is4()]
		}
	}
	if s.Proxy.URL == "" {
		return nil
	}
	u, err := parseURL(s.Proxy.URL)
	if err != nil || u.Scheme != "http" || u.User != nil {
		return errors.New("the proxy is not http://host:port") // which is not shown: it may hold a password
	}
	p := &proxy{username: s.Proxy.Username, password: s.Proxy.Password}
	if p.host, p.port, err = newHostPort(hostPort(u), "", ""); err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	t.proxy = p
	return nil
}

// connect is a connection over which a hop's host can be spoken with.
func (t *httpTest) connect(r *run, h *hop) (*conn, error) {
	if t.proxy == nil {
		return r.dial("tcp", h.host, h.port)
	}
	if h.host.literal.IsValid() { // a name is looked up by the proxy
		if err := r.env.permit(h.host.literal); err != nil {
			return nil, &failure{slo.Unknown, slo.AgentDenied, "connecting to " + err.Error()}
		}
	}
	c, err := r.dial("tcp", t.proxy.host, t.proxy.port)
	if err != nil {
		return nil, ofProxy(err)
	}
	if h.url.Scheme == "http" {
		return c, nil
	}
	if err := t.proxy.tunnel(r, c, h); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// ofProxy makes a failure to reach the proxy the agent's own.
func ofProxy(err error) error {
	f, ok := err.(*failure)
	if !ok || f.outcome != slo.Down && f.reason != slo.ResolveTimeout && f.reason != slo.ResolveFailed {
		return err
	}
	return unknownf(slo.AgentProxy, "the proxy: %s", f.text)
}

// tunnel asks the proxy for a connection to a host (RFC 9110, 9.3.6).
func (p *proxy) tunnel(r *run, c *conn, h *hop) error {
	to := net.JoinHostPort(h.host.name, strconv.Itoa(int(h.port)))
	x := newExchange()
	defer x.free()
	if err := p.authorize(r, x); err != nil {
		return err
	}
	x.on(c)
	wire := "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\nUser-Agent: " + r.env.userAgent + "\r\n\r\n"
	resp, err := x.ask(r, &hop{wire: []byte(wire), asked: &http.Request{Method: http.MethodConnect}})
	if err != nil {
		return ofProxy(err)
	}
	if r.trace != nil {
		r.trace.add("proxy", "CONNECT %s: %s", to, resp.Status)
	}
	switch {
	case resp.StatusCode == http.StatusOK && x.br.Buffered() == 0:
		return nil
	case resp.StatusCode == http.StatusOK:
		return unknownf(slo.AgentProxy, "the proxy %s sent more than an answer", r.peer)
	case resp.StatusCode >= 500:
		return downf(slo.ProxyRefused, "the proxy %s did not get through to %s: %s", r.peer, to, r.statusLine(resp))
	}
	return unknownf(slo.AgentProxy, "the proxy %s refuses to connect to %s: %s", r.peer, to, r.statusLine(resp))
}

// authorize adds who asks the proxy.
func (p *proxy) authorize(r *run, x *exchange) error {
	if p.username == "" {
		return nil
	}
	return x.basic(r, "Proxy-Authorization", p.username, p.password)
}

// refuses is the failure of a request in the clear that the proxy did not pass
// on. 407 alone is surely the proxy's own answer (RFC 9110, 15.5.8).
func (p *proxy) refuses(r *run, h *hop, resp *http.Response) error {
	if p == nil || h.url.Scheme != "http" || resp.StatusCode != http.StatusProxyAuthRequired {
		return nil
	}
	return unknownf(slo.AgentProxy, "the proxy %s refuses to ask %s: %s", r.peer, h.host.name, r.statusLine(resp))
}
