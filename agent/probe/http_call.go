package probe

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// askHTTP2 asks over HTTP/2 on a connection that was dialled and judged.
func (x *exchange) askHTTP2(r *run, h *hop, secure *tls.Conn, w *watched) (*http.Response, error) {
	if p := secure.ConnectionState().NegotiatedProtocol; p != "h2" {
		return nil, downf(slo.ProtocolError, "%s speaks no HTTP/2 (it chose %s)", r.peer, r.quote(p, 40))
	}
	w.again()
	transport := overConn(secure)
	transport.Protocols.SetHTTP1(false)
	x.watched = w
	closeConn := x.closer
	x.closer = func() error {
		transport.CloseIdleConnections()
		return closeConn()
	}
	return x.call(r, h, transport)
}

// call makes the request through a transport that frames it.
func (x *exchange) call(r *run, h *hop, transport http.RoundTripper) (*http.Response, error) {
	ctx, cancel := r.timed()
	x.cancel, x.calls = cancel, true
	req := &http.Request{Method: h.asked.Method, URL: h.asked.URL, Host: h.asHost, Header: h.header.Clone(), ContentLength: int64(len(h.body))}
	for _, line := range x.lines {
		req.Header.Set(line.name, line.value)
	}
	if h.body != "" {
		req.Body = io.NopCloser(strings.NewReader(h.body))
	}
	start := time.Now()
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	r.m.Phases.FirstByte += time.Since(start)
	if err != nil {
		return nil, x.brokenCall(r, awaiting, err)
	}
	return resp, nil
}

// brokenCall is the failure of a call through a transport.
func (x *exchange) brokenCall(r *run, p phase, err error) *failure {
	if x.watched != nil {
		return r.brokenCall(p, x.watched, err)
	}
	if isTimeout(err) || isBroken(err) || r.stopped() {
		return r.fail(p, err)
	}
	return downf(slo.ProtocolError, "%s broke off the call: %s", r.peer, r.clean(err.Error(), 240))
}
