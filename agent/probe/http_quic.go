package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/assay-sla/assay/slo"
)

// askQUIC asks over HTTP/3, on a connection of its own. QUIC connects and
// shakes hands in one: the time of both is the tls phase.
func (t *httpTest) askQUIC(r *run, x *exchange, h *hop) (*http.Response, error) {
	conn, err := t.dialQUIC(r, x, h)
	if err != nil {
		return nil, err
	}
	state := conn.ConnectionState().TLS
	if err := r.judgeAgain(&state, h.judge); err != nil {
		return nil, err
	}
	if r.trace != nil {
		r.traceTLS(&state)
	}
	transport := &http3.Transport{DisableCompression: true, MaxResponseHeaderBytes: maxHeader}
	return x.call(r, h, transport.NewClientConn(conn))
}

// dialQUIC connects to the host's first address that answers, as dial does.
func (t *httpTest) dialQUIC(r *run, x *exchange, h *hop) (*quic.Conn, error) {
	addrs, err := r.resolve(h.host)
	if err != nil {
		return nil, err
	}
	config, err := r.presented(h.judge)
	if err != nil {
		return nil, err
	}
	if config == h.judge.config {
		config = config.Clone()
	}
	config.MinVersion = tls.VersionTLS13
	start := time.Now()
	defer func() { r.m.Phases.TLS += time.Since(start) }()
	var failures []*failure
	for i, addr := range addrs {
		conn, f := t.dialQUICAddr(r, x, netip.AddrPortFrom(addr, h.port), config, len(addrs)-i)
		if f == nil {
			return conn, nil
		}
		failures = append(failures, f)
		if r.stopped() || !time.Now().Before(r.deadline) {
			break
		}
	}
	return nil, mostTelling(failures)
}

func (t *httpTest) dialQUICAddr(r *run, x *exchange, peer netip.AddrPort, config *tls.Config, left int) (*quic.Conn, *failure) {
	r.peer = peer
	if err := r.env.permit(peer.Addr()); err != nil {
		return nil, &failure{slo.Unknown, slo.AgentDenied, "connecting to " + err.Error()}
	}
	ctx, cancel := context.WithDeadline(r.ctx, r.share(left))
	defer cancel()
	d := r.dialerFrom("udp", peer)
	socket, err := d.DialContext(ctx, "udp", peer.String())
	if err != nil {
		return nil, r.fail(connecting, ownRoute(err, peer))
	}
	udp := connected{socket.(net.PacketConn), socket}
	conn, err := quic.Dial(ctx, udp, socket.RemoteAddr(), config, &quic.Config{HandshakeIdleTimeout: time.Until(r.deadline)})
	if err != nil {
		_ = udp.Close()
		return nil, r.failQUIC(err)
	}
	x.closer = func() error {
		err := conn.CloseWithError(0, "")
		return errors.Join(err, udp.Close())
	}
	if r.trace != nil {
		r.trace.add("connected", "%s from %s by QUIC", peer, udp.LocalAddr())
	}
	return conn, nil
}

// failQUIC is the failure that a handshake's error means.
func (r *run) failQUIC(err error) *failure {
	var alert *quic.TransportError
	if errors.As(err, &alert) {
		return downf(slo.TLSFailed, "TLS handshake with %s by QUIC: %s", r.peer, r.clean(alert.Error(), 200))
	}
	return r.fail(connecting, err)
}

// connected is a UDP socket with one peer, which learns when a host says that
// nobody listens there. It has the methods of a PacketConn and no more, so that
// QUIC uses these.
type connected struct {
	net.PacketConn
	conn net.Conn // the same
}

// WriteTo writes to the one peer.
func (c connected) WriteTo(b []byte, _ net.Addr) (int, error) { return c.conn.Write(b) }

// ReadFrom reads from the one peer.
func (c connected) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := c.conn.Read(b)
	return n, c.conn.RemoteAddr(), err
}

// SetReadBuffer leaves the system's buffer: one answer needs none of megabytes.
func (c connected) SetReadBuffer(int) error { return nil }

// SetWriteBuffer is like SetReadBuffer.
func (c connected) SetWriteBuffer(int) error { return nil }
