package probe

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what a browser may do through its proxy in one run.
const (
	maxTunnels  = 128              // connections to the proxy at the same time
	maxDials    = 1000             // connections beyond it, in all
	maxBrowsing = 128 << 20        // bytes over them, in both directions together
	proxyIdle   = 30 * time.Second // for a request's header, and between two requests
	proxyUser   = "assay"          // whose password is drawn for each run
)

// greeting is a host that the proxy answers for itself. By RFC 2606 no name
// under .invalid exists.
const greeting = "assay-agent.invalid"

// webProxy is a browser's only way out: an HTTP proxy on loopback, for one run
// and for who knows the run's password. It dials as every probe does, so that
// each address is held against the agent's allow-list, and remembers how that
// went.
type webProxy struct {
	run      *run // read only: several connections are dialled at the same time
	env      Env  // the run's, with a stricter allow-list
	until    time.Time
	address  string
	password string
	wanted   []byte         // the Proxy-Authorization that is let in
	breakOff func(*failure) // ends the run

	ctx     context.Context
	stop    context.CancelFunc
	server  *http.Server
	forward *httputil.ReverseProxy
	direct  *http.Transport
	open    sync.WaitGroup // the server and its handlers
	dials   atomic.Int64
	bytes   atomic.Int64
	home    atomic.Int32 // the side that the first address was on

	mu     sync.Mutex
	closed bool
	routes map[string]*route   // by host:port
	broken map[string]*failure // by the URL, of plain http, that got no answer
}

// route is how the first connection to a host was made.
type route struct {
	resolve, connect time.Duration
	peer             netip.AddrPort
	failed           *failure // of the connection made last, nil where it was made
}

// The sides of the first address that a run dials.
const (
	sideOwn    = 1 // this machine
	sideBeyond = 2
)

// newWebProxy listens, until close. What it dials must be there by until.
func newWebProxy(r *run, until time.Time, breakOff func(*failure)) (*webProxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, r.fail(connecting, fmt.Errorf("listening for the browser: %w", err))
	}
	p := &webProxy{run: r, env: *r.env, until: until, address: l.Addr().String(), password: rand.Text(), breakOff: breakOff, routes: map[string]*route{}, broken: map[string]*failure{}}
	p.wanted = []byte("Basic " + base64.StdEncoding.EncodeToString([]byte(proxyUser+":"+p.password)))
	p.env.allow = p.allow
	p.ctx, p.stop = context.WithCancel(r.ctx)
	p.direct = &http.Transport{DialContext: p.dialFor, DisableCompression: true, MaxResponseHeaderBytes: maxHeader, IdleConnTimeout: proxyIdle}
	quiet := log.New(io.Discard, "", 0) // what goes wrong is in routes, and in the browser's own words
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(*httputil.ProxyRequest) {}, Transport: p.direct, ErrorLog: quiet,
		ErrorHandler: p.unanswered,
	}
	p.server = &http.Server{Handler: p, ErrorLog: quiet, ReadHeaderTimeout: proxyIdle, IdleTimeout: proxyIdle, MaxHeaderBytes: maxHeader}
	p.open.Go(func() { _ = p.server.Serve(netutil.LimitListener(l, maxTunnels)) }) // ends by close
	return p, nil
}

// close ends every connection and waits for their ends.
func (p *webProxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	_ = p.server.Close()
	p.direct.CloseIdleConnections()
	p.open.Wait()
}

// ServeHTTP tunnels https and web sockets, passes on plain http, and refuses
// all else and everybody else.
func (p *webProxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !p.enter() {
		return
	}
	defer p.open.Done()
	switch {
	case subtle.ConstantTimeCompare([]byte(req.Header.Get("Proxy-Authorization")), p.wanted) != 1:
		w.Header().Set("Proxy-Authenticate", `Basic realm="assay-agent"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
	case req.Method == http.MethodConnect:
		p.tunnel(w, req.Host)
	case req.URL.Scheme == "http" && req.URL.Host == greeting:
		w.Header().Set("Content-Type", "text/html")
	case req.URL.Scheme == "http" && req.URL.Host != "":
		p.forward.ServeHTTP(w, req)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

// enter counts a handler that close is to wait for, unless it waits already.
func (p *webProxy) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.open.Add(1)
	return true
}

// tunnel joins the browser's connection with one to address.
func (p *webProxy) tunnel(w http.ResponseWriter, address string) {
	out, err := p.dial(address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, ahead, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	end := context.AfterFunc(p.ctx, func() { _ = in.Close() })
	defer end()
	defer in.Close()
	_ = in.SetDeadline(p.run.deadline) // fails on closed connections only, and then so does all else
	if _, err := io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	// Who asked for the tunnel speaks first in it. What a server says before
	// would be taken for the proxy's.
	if _, err := ahead.Peek(1); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { pour(out, ahead) })
	both.Go(func() { pour(in, out) })
	both.Wait()
}

// pour copies until from ends, and tells to that nothing more comes.
func pour(to io.WriteCloser, from io.Reader) {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); err == nil && ok && half.CloseWrite() == nil {
		return
	}
	_ = to.Close()
}

// dialFor is dial for the transport of plain http.
func (p *webProxy) dialFor(_ context.Context, _, address string) (net.Conn, error) {
	return p.dial(address)
}

// dial connects to a host:port for the browser and remembers how that went.
func (p *webProxy) dial(address string) (net.Conn, error) {
	if p.dials.Add(1) > maxDials {
		p.breakOff(downf(slo.ResponseTooLarge, "the page asks for more than %d connections", maxDials))
		return nil, errTooLarge
	}
	r := run{env: &p.env, ctx: p.ctx, start: time.Now(), deadline: p.until, at: p.run.at, m: &slo.Measurement{}, trace: p.run.trace, hidden: p.run.hidden}
	h, port, err := newHostPort(address, "", "")
	var c *conn
	if err == nil {
		c, err = r.dial("tcp", h, port)
	}
	p.remember(address, &r, err)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(p.run.deadline) // as above
	return &meteredConn{c, p}, nil
}

func (p *webProxy) remember(address string, r *run, err error) {
	var failed *failure
	if err != nil && !errors.As(err, &failed) {
		failed = downf(slo.ProtocolError, "the page asked for an address that is none: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.routes[address] == nil {
		p.routes[address] = &route{resolve: r.m.Phases.Resolve, connect: r.m.Phases.Connect, peer: r.peer}
	}
	p.routes[address].failed = failed
}

// route is how host:port was reached, nil where it was not tried.
func (p *webProxy) route(address string) *route {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.routes[address]; known != nil {
		seen := *known
		return &seen
	}
	return nil
}

// unanswered remembers why plain http got no answer. It gives none rather than
// one of the proxy's own, which would count as the target's.
func (p *webProxy) unanswered(_ http.ResponseWriter, req *http.Request, err error) {
	var failed *failure
	if !errors.As(err, &failed) {
		way := p.route(hostPort(req.URL))
		if way == nil {
			way = &route{}
		}
		failed = (&run{ctx: p.ctx, peer: way.peer}).fail(awaiting, err)
	}
	p.mu.Lock()
	if len(p.broken) < maxDials {
		p.broken[req.URL.String()] = failed
	}
	p.mu.Unlock()
	panic(http.ErrAbortHandler)
}

// failed is why a URL could not be got, as far as the proxy knows; nil where
// it does not.
func (p *webProxy) failed(url string) *failure {
	if way := p.route(hostPortOf(url)); way != nil && way.failed != nil {
		return way.failed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken[url]
}

// allow holds an address against the agent's allow-list, and keeps scripts
// from elsewhere away from this machine: its own addresses are open only to a
// run whose first address was one.
func (p *webProxy) allow(a netip.Addr) error {
	side := int32(sideBeyond)
	if a.IsLoopback() || a.IsUnspecified() {
		side = sideOwn
	}
	if !p.home.CompareAndSwap(0, side) && side == sideOwn && p.home.Load() != sideOwn {
		return errors.New("it is this machine's own, and the page comes from elsewhere")
	}
	if p.run.env.allow == nil {
		return nil
	}
	return p.run.env.allow(a)
}

// meteredConn counts what goes over it for the bound of the run.
type meteredConn struct {
	*conn
	p *webProxy
}

// Read is the connection's.
func (c *meteredConn) Read(b []byte) (int, error) {
	n, err := c.conn.Read(b)
	return n, c.p.count(n, err)
}

// Write is the connection's.
func (c *meteredConn) Write(b []byte) (int, error) {
	n, err := c.conn.Write(b)
	return n, c.p.count(n, err)
}

// CloseWrite tells the other side that nothing more comes.
func (c *meteredConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// count adds n bytes to the run's; beyond the bound the run ends.
func (p *webProxy) count(n int, err error) error {
	if p.bytes.Add(int64(n)) <= maxBrowsing {
		return err
	}
	p.breakOff(downf(slo.ResponseTooLarge, "the page and what it loads have more than %d MiB", maxBrowsing>>20))
	return errTooLarge
}
