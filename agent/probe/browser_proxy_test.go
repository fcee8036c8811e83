package probe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// openProxy is a proxy for a run, and the failure that it broke the run off
// with.
func openProxy(t *testing.T, o Options) (*webProxy, *atomic.Pointer[failure]) {
	t.Helper()
	r := &run{env: newEnv(t, o), ctx: t.Context(), start: time.Now(), deadline: time.Now().Add(time.Minute), at: now, m: &slo.Measurement{}}
	var broke atomic.Pointer[failure]
	p, err := newWebProxy(r, r.deadline, func(f *failure) { broke.CompareAndSwap(nil, f) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p, &broke
}

// through is a client that goes through a proxy.
func through(t *testing.T, p *webProxy, user *url.Userinfo) *http.Client {
	t.Helper()
	transport := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: p.address, User: user})}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// TestWebProxyAsks: without the run's password nothing is dialled.
func TestWebProxyAsks(t *testing.T) {
	p, _ := openProxy(t, Options{Allow: func(a netip.Addr) error {
		t.Errorf("%s was asked for", a)
		return nil
	}})
	for name, user := range map[string]*url.Userinfo{
		"nobody": nil, "an empty password": url.UserPassword(proxyUser, ""), "a wrong one": url.UserPassword(proxyUser, p.password+"x"), "a wrong name": url.UserPassword("x", p.password),
	} {
		resp, err := through(t, p, user).Get("http://127.0.0.1:1/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusProxyAuthRequired || !strings.HasPrefix(resp.Header.Get("Proxy-Authenticate"), "Basic ") {
			t.Errorf("%s: %s", name, resp.Status)
		}
		if _, err := through(t, p, user).Get("https://127.0.0.1:1/"); err == nil {
			t.Errorf("%s has a tunnel", name)
		}
	}
}

// TestWebProxyPasses: plain http as it is, but for what is the proxy's own.
func TestWebProxyPasses(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "X-Forwarded") {
				t.Errorf("the header %s reached the target", name)
			}
		}
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, b)
	}))
	defer s.Close()
	p, _ := openProxy(t, Options{})
	resp, err := through(t, p, url.UserPassword(proxyUser, p.password)).Post(s.URL+"/a?b=c", "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusFound || string(b) != "POST /a?b=c body" {
		t.Errorf("%s %q, %v", resp.Status, b, err)
	}
	if way := p.route(s.Listener.Addr().String()); way == nil || way.connect <= 0 || way.failed != nil {
		t.Errorf("the way there is %+v", way)
	}
}

// ask sends a raw request to a proxy and returns the status.
func ask(t *testing.T, p *webProxy, request string) int {
	t.Helper()
	c, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "%s\r\nHost: x\r\nProxy-Authorization: %s\r\n\r\n", request, p.wanted)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestWebProxyRefuses what is neither a tunnel nor plain http, and tells why a
// tunnel was not to be had.
func TestWebProxyRefuses(t *testing.T) {
	p, _ := openProxy(t, Options{
		Resolver: staticNames{"inside.test": "169.254.169.254"},
		Allow: func(a netip.Addr) error {
			if a.IsLinkLocalUnicast() {
				return errors.New("it is in deny.networks")
			}
			return nil
		},
	})
	p.home.Store(sideOwn) // whichever is dialled first
	dead := closedPort(t)
	for request, status := range map[string]int{
		"GET / HTTP/1.1":                               http.StatusBadRequest,
		"GET ftp://127.0.0.1/ HTTP/1.1":                http.StatusBadRequest,
		"GET https://127.0.0.1/ HTTP/1.1":              http.StatusBadRequest,
		"GET http://" + greeting + "/ HTTP/1.1":        http.StatusOK,
		"CONNECT " + dead + " HTTP/1.1":                http.StatusBadGateway,
		"CONNECT gone.test:443 HTTP/1.1":               http.StatusBadGateway,
		"CONNECT 127.0.0.1 HTTP/1.1":                   http.StatusBadGateway,
		"CONNECT 127.0.0.1:0 HTTP/1.1":                 http.StatusBadGateway,
		"GET http://" + dead + "/ HTTP/1.1":            0,
		"GET http://inside.test/ HTTP/1.1":             0,
		"GET http://[::ffff:a9fe:a9fe]/ HTTP/1.1":      0,
		"CONNECT [::ffff:169.254.169.254]:80 HTTP/1.1": http.StatusBadGateway,
	} {
		if got := ask(t, p, request); got != status {
			t.Errorf("%s: %d, want %d", request, got, status)
		}
	}
	for u, reason := range map[string]slo.Reason{
		"http://" + dead + "/": slo.ConnectRefused, "https://gone.test/": slo.ResolveNotFound, "http://inside.test/": slo.AgentDenied, "http://[::ffff:a9fe:a9fe]/": slo.AgentDenied,
	} {
		if f := p.failed(u); f == nil || f.reason != reason {
			t.Errorf("%s: %v, want %s", u, f, reason)
		}
	}
}

// TestWebProxyHome: a page from elsewhere does not reach this machine's own
// addresses; one of this machine does.
func TestWebProxyHome(t *testing.T) {
	own, beyond := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.1")
	p, _ := openProxy(t, Options{})
	for _, a := range []netip.Addr{beyond, beyond} {
		if err := p.allow(a); err != nil {
			t.Error(err)
		}
	}
	for _, a := range []netip.Addr{own, netip.IPv6Loopback(), netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if p.allow(a) == nil {
			t.Errorf("%s is open to a page from elsewhere", a)
		}
	}
	p, _ = openProxy(t, Options{})
	for _, a := range []netip.Addr{netip.IPv6Loopback(), own, beyond, own} {
		if err := p.allow(a); err != nil {
			t.Error(err)
		}
	}
}

// TestWebProxyBounds: a run ends that moves or dials too much.
func TestWebProxyBounds(t *testing.T) {
	address := serve(t, func(c net.Conn) {
		readRequest(c)
		for b := make([]byte, 1<<20); ; {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	})
	p, broke := openProxy(t, Options{})
	c, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nProxy-Authorization: %s\r\n\r\n\r\n", address, p.wanted)
	n, _ := io.Copy(io.Discard, c)
	if n < maxBrowsing-1<<20 || n > maxBrowsing+1<<16 {
		t.Errorf("%d bytes came through", n)
	}
	if f := broke.Load(); f == nil || f.reason != slo.ResponseTooLarge {
		t.Errorf("broken off by %v", f)
	}

	p, broke = openProxy(t, Options{})
	p.dials.Store(maxDials)
	if got := ask(t, p, "CONNECT "+address+" HTTP/1.1"); got != http.StatusBadGateway {
		t.Errorf("one dial more is answered with %d", got)
	}
	if f := broke.Load(); f == nil || !strings.Contains(f.text, "more than 1000 connections") {
		t.Errorf("broken off by %v", f)
	}
}

// TestWebProxyCloses: nothing of a proxy outlives its close.
func TestWebProxyCloses(t *testing.T) {
	p, _ := openProxy(t, Options{})
	c, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nProxy-Authorization: %s\r\n\r\n", serve(t, hold), p.wanted)
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Fatalf("%q, %v", line, err)
	}
	p.close()
	if _, err := io.Copy(io.Discard, in); err != nil && !isBroken(err) {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", p.address); err == nil {
		t.Error("it still listens")
	}
}
