package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/assay-sla/assay/slo"
)

// overConn is a transport for one request over a connection that was dialled
// and judged already: HTTP/2 where TLS chose it, else HTTP/1.1.
func overConn(conn net.Conn) *http.Transport {
	given := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	t := &http.Transport{
		DialContext: given, DialTLSContext: given, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
		Protocols: new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(true)
	return t
}

// watched is a connection that remembers how it ended before anything came:
// HTTP/2 hides that behind an error of its own.
type watched struct {
	net.Conn
	mu   sync.Mutex
	came bool
	end  error
}

// watch puts c under watch, from here on.
func watch(c *conn) *watched {
	w := &watched{Conn: c.Conn}
	c.Conn = w
	return w
}

// Read is the connection's.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.came = w.came || n > 0
	if err != nil && w.end == nil && !errors.Is(err, net.ErrClosed) {
		w.end = err
	}
	return n, err
}

// again forgets what came so far, such as a handshake.
func (w *watched) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.came = false
}

// silence is how the connection ended without a byte, nil where one came.
func (w *watched) silence() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.came {
		return nil
	}
	return w.end
}

// brokenCall is the failure of a call over such a transport that did not end.
func (r *run) brokenCall(p phase, w *watched, err error) *failure {
	if end := w.silence(); end != nil {
		err = end
	}
	if isTimeout(err) || isBroken(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || r.stopped() {
		return r.fail(p, err)
	}
	return downf(slo.ProtocolError, "%s broke off the call: %s", r.peer, r.clean(err.Error(), 240))
}
