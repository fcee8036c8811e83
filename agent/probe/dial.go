package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/assay-sla/assay/slo"
)

// minAttempt is the least time that one of several addresses is given.
const minAttempt = 100 * time.Millisecond

// dialer makes the connections. Keep-alive probes are of no use to a
// connection that lives for one probe, and cost four system calls.
var dialer = net.Dialer{KeepAlive: -1}

// conn is a connection under the run's deadline, closed early where the
// agent stops.
type conn struct {
	net.Conn
	release func() bool
}

// Close ends the connection; it never blocks.
func (c *conn) Close() error {
	c.release()
	return c.Conn.Close()
}

// dial connects to the host's first address that answers, in the resolver's
// order. Each attempt has an even share of the time that is left, so that a
// dead address leaves time for the next one. Every address passes the
// allow-list first; forbidden ones are skipped.
func (r *run) dial(network string, h host, port uint16) (*conn, error) {
	addrs, err := r.resolve(h)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	defer func() { r.m.Phases.Connect += time.Since(start) }()
	var failures []*failure
	for i, addr := range addrs {
		c, err := r.dialAddr(network, netip.AddrPortFrom(addr, port), len(addrs)-i)
		if err == nil {
			return c, nil
		}
		failures = append(failures, err)
		if r.stopped() || !time.Now().Before(r.deadline) {
			break
		}
	}
	return nil, mostTelling(failures)
}

// dialAddr makes one attempt, left addresses being left with this one.
func (r *run) dialAddr(network string, peer netip.AddrPort, left int) (*conn, *failure) {
	r.peer = peer
	if err := r.env.permit(peer.Addr()); err != nil {
		return nil, &failure{slo.Unknown, slo.AgentDenied, "connecting to " + err.Error()}
	}
	ctx, cancel := socketContext(r.ctx, r.share(left))
	defer cancel()
	d := r.dialerFrom(network, peer)
	c, err := d.DialContext(ctx, network, peer.String())
	if err != nil && r.source.IsValid() && errors.Is(err, syscall.EADDRNOTAVAIL) {
		return nil, unknownf(slo.AgentUnsupported, "this machine has no address %s to connect from", r.source)
	}
	if err != nil {
		err = ownRoute(err, peer)
		if r.trace != nil {
			r.trace.add("connect", "%s: %s", peer, plainError(err))
		}
		return nil, r.fail(connecting, err)
	}
	if r.trace != nil {
		r.trace.add("connected", "%s from %s", peer, c.LocalAddr())
	}
	return r.guard(c), nil
}

// share is when an attempt should end that leaves time for those after it,
// left attempts being left with this one.
func (r *run) share(left int) time.Time {
	if left > 1 {
		share := time.Now().Add(max(minAttempt, time.Until(r.deadline)/time.Duration(left)))
		if share.Before(r.deadline) {
			return share
		}
	}
	return r.deadline
}

// dialerFrom dials from the run's source address, where it has one of the
// peer's family.
func (r *run) dialerFrom(network string, peer netip.AddrPort) *net.Dialer {
	if !r.source.IsValid() || r.source.Is4() != peer.Addr().Is4() {
		return &dialer
	}
	d := dialer
	from := netip.AddrPortFrom(r.source, 0)
	if strings.HasPrefix(network, "udp") {
		d.LocalAddr = net.UDPAddrFromAddrPort(from)
	} else {
		d.LocalAddr = net.TCPAddrFromAddrPort(from)
	}
	return &d
}

// guard puts a connection under the run's deadline and the agent's stop.
func (r *run) guard(c net.Conn) *conn {
	_ = c.SetDeadline(r.deadline) // fails on closed connections only, and then so does all else
	return &conn{c, context.AfterFunc(r.ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })}
}

// socketContext is a context for one dial to a literal address. The dialer
// puts a context's deadline on the socket, which needs no timer of the
// context's own: 8 percent of what a probe costs.
func socketContext(ctx context.Context, until time.Time) (context.Context, context.CancelFunc) {
	if ctx.Done() == nil { // the dialer looks at the deadlines of contexts that can end
		return context.WithDeadline(ctx, until)
	}
	return deadlineContext{ctx, until}, func() {}
}

// deadlineContext has a deadline that only its reader keeps.
type deadlineContext struct {
	context.Context
	until time.Time
}

// Deadline is the reader's to keep.
func (c deadlineContext) Deadline() (time.Time, bool) { return c.until, true }

// ownRoute tells a missing route of this machine from one that a router
// reported: connecting a datagram socket sends nothing, so what it says is
// this machine's word.
func ownRoute(err error, peer netip.AddrPort) error {
	if !errors.Is(err, syscall.ENETUNREACH) && !errors.Is(err, syscall.EHOSTUNREACH) &&
		!errors.Is(err, syscall.EADDRNOTAVAIL) {
		return err
	}
	c, local := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(peer))
	if local == nil {
		_ = c.Close()
		return err
	}
	return fmt.Errorf("%w: %w", errNoRoute, err)
}

// mostTelling is the failure to report of several addresses: what a target
// did beats what the agent could not do, and the last attempt beats earlier
// ones. Its text lists them all.
func mostTelling(failures []*failure) *failure {
	if len(failures) == 1 {
		return failures[0]
	}
	chosen := failures[0]
	texts := make([]string, len(failures))
	for i, f := range failures {
		texts[i] = f.text
		if f.outcome == slo.Down || chosen.outcome != slo.Down {
			chosen = f
		}
	}
	return &failure{chosen.outcome, chosen.reason, strings.Join(texts, "; ")}
}
