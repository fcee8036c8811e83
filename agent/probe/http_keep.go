package probe

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// maxIdle is how long a connection is kept for the next run.
const maxIdle = 15 * time.Minute

// keeper holds the connection of the last run for the next one, one at most.
type keeper struct {
	mu   sync.Mutex
	idle *idleConn
}

// idleConn is a connection between two runs.
type idleConn struct {
	raw    net.Conn
	secure *tls.Conn // nil: plain HTTP
	peer   netip.AddrPort
	expire *time.Timer
}

// keeps prepares a probe that connects once for many runs.
func (t *httpTest) keeps(s *slo.HTTP) error {
	switch s.Connection {
	case "", "fresh":
		return nil
	case "reuse":
	default:
		return fmt.Errorf("connection %q is not fresh or reuse", s.Connection)
	}
	if t.version != "1.1" || t.proxy != nil || t.each || !idempotent(t.first.asked.Method) {
		return errors.New("connection reuse goes with version 1.1, one address, no proxy and a method that may be repeated")
	}
	t.kept = &keeper{}
	return t.prepare(t.first, t.first.asked.Method) // this time without Connection: close
}

// take returns the kept connection, if there is one, to this caller alone.
func (k *keeper) take() *idleConn {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.idle
	k.idle = nil
	if c != nil && !c.expire.Stop() {
		return nil // it is being closed
	}
	return c
}

// put keeps a connection; one that was kept already is closed.
func (k *keeper) put(c *idleConn) {
	c.expire = time.AfterFunc(maxIdle, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.idle == c {
			k.idle = nil
		}
		_ = c.raw.Close()
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.idle != nil && k.idle.expire.Stop() {
		_ = k.idle.raw.Close()
	}
	k.idle = c
}

// askAgain asks over the connection of the run before. It returns neither an
// answer nor an error where there is none, or the server has closed it since:
// then the run connects anew, and its phases say so. That it asks twice is why
// the method must be one that may be repeated (RFC 9110, 9.2.2).
func (t *httpTest) askAgain(r *run, x *exchange, h *hop) (*http.Response, error) {
	if t.kept == nil || h != t.first {
		return nil, nil
	}
	idle := t.kept.take()
	if idle == nil {
		return nil, nil
	}
	c := r.guard(idle.raw)
	x.link, x.closer, x.secure, r.peer = c, c.Close, idle.secure, idle.peer
	var stream io.ReadWriter = c
	if idle.secure != nil {
		state := idle.secure.ConnectionState()
		if err := r.judgeAgain(&state, h.judge); err != nil {
			return nil, err
		}
		stream = idle.secure
	}
	if r.trace != nil {
		r.trace.add("reused", "the connection to %s", r.peer)
	}
	x.on(stream)
	resp, err := x.ask(r, h)
	if err == nil {
		return resp, nil
	}
	if !x.in.first.IsZero() || r.stopped() || isTimeout(x.in.err) {
		return nil, err
	}
	x.end()
	r.m.Phases.FirstByte = 0
	return nil, nil
}

func idempotent(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// keep keeps the connection of an answer that was read to its end, if the
// probe does that and the server lets it.
func (t *httpTest) keep(r *run, x *exchange, resp *http.Response) {
	if t.kept == nil || resp.Close || x.br.Buffered() > 0 {
		return
	}
	if !x.link.release() {
		return // the agent stops, and has closed it
	}
	t.kept.put(&idleConn{raw: x.link.Conn, secure: x.secure, peer: r.peer})
	x.link, x.closer = nil, nil
}
