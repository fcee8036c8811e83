package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an icmp probe.
const (
	defaultPackets = 3
	maxPackets     = 20
	minPace        = 10 * time.Millisecond
	maxPace        = 100 * time.Millisecond
)

// icmpTest sends a round of echo requests and counts the replies.
type icmpTest struct {
	host    host
	packets int
	maxLoss int
}

func newICMP(spec slo.Spec, _ *Env) (Test, error) {
	s, ok := spec.(*slo.ICMP)
	if !ok {
		return nil, fmt.Errorf("icmp: spec is a %T", spec)
	}
	h, err := newHost(s.Host, s.IP)
	if err != nil {
		return nil, fmt.Errorf("icmp: %w", err)
	}
	t := &icmpTest{host: h, packets: s.Packets, maxLoss: s.MaxLoss}
	if t.packets == 0 {
		t.packets = defaultPackets
	}
	if t.packets < 1 || t.packets > maxPackets {
		return nil, fmt.Errorf("icmp: packets %d is not 1 to %d", t.packets, maxPackets)
	}
	if t.maxLoss < 0 || t.maxLoss >= t.packets {
		return nil, fmt.Errorf("icmp: maxLoss %d is not 0 to %d, one less than the packets", t.maxLoss, t.packets-1)
	}
	return t.run, nil
}

func (t *icmpTest) run(r *run) error {
	addrs, err := r.resolve(t.host)
	if err != nil {
		return err
	}
	addr := addrs[0]
	if err := r.env.permit(addr); err != nil {
		return &failure{slo.Unknown, slo.AgentDenied, "pinging " + err.Error()}
	}
	s, err := r.env.pinger.socket(addr.Is6())
	if err != nil {
		return noSocket(err)
	}
	if r.trace != nil {
		r.trace.add("ping", "%s, %d packets, %s", addr, t.packets, s.describe())
	}
	round, err := t.round(r, s, addr)
	if err != nil {
		return err
	}
	return t.decide(r, addr, round)
}

// round is what became of a round of packets.
type round struct {
	replies int
	total   time.Duration // round-trip times of the replies, summed
	refused string        // what a router said of a lost packet; "" is nothing
}

// round sends the packets at an even pace and waits for the replies until
// all are in or the time is up.
func (t *icmpTest) round(r *run, s *pingSocket, to netip.Addr) (round, error) {
	var got round
	ctx, cancel := r.timed()
	defer cancel()
	replies := make(chan echoReply, t.packets)
	sent := make([]uint16, 0, t.packets)
	defer func() { s.forget(sent) }()
	pace := min(maxPace, max(minPace, time.Until(r.deadline)/time.Duration(2*t.packets)))
	tick := time.NewTimer(0)
	defer tick.Stop()
	for left := t.packets; left > 0; {
		select {
		case <-tick.C:
			if len(sent) == t.packets {
				continue
			}
			seq, err := s.send(to, replies)
			if err != nil {
				f := r.fail(connecting, t.sendError(err, to))
				f.text = fmt.Sprintf("pinging %s: %s", to, plainError(err))
				return got, f
			}
			sent = append(sent, seq)
			tick.Reset(pace)
		case reply := <-replies:
			left--
			got.add(r, reply)
		case <-s.done:
			if r.env.pinger.isClosed() {
				return got, noSocket(errPingerClosed)
			}
			return got, unknownf(slo.AgentInternal, "the ICMP socket broke while the probe ran")
		case <-ctx.Done():
			if r.stopped() {
				return got, r.fail(awaiting, ctx.Err())
			}
			return got, nil
		}
	}
	return got, nil
}

func (g *round) add(r *run, reply echoReply) {
	if reply.refused != "" {
		g.refused = reply.refused
		r.trace.add("refused", "%s", reply.refused)
		return
	}
	g.replies++
	g.total += reply.rtt
	if r.trace != nil {
		r.trace.add("reply", "seq %d in %.3f ms", reply.seq, float64(reply.rtt.Microseconds())/1000)
	}
}

// sendError tells a missing route from other errors: an unconnected socket's
// send reports only what this machine itself says.
func (t *icmpTest) sendError(err error, to netip.Addr) error {
	if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) {
		return fmt.Errorf("%w: %s: %w", errNoRoute, to, err)
	}
	return err
}

// decide judges a round. The latency is the mean of the replies' round trips.
func (t *icmpTest) decide(r *run, to netip.Addr, got round) error {
	if got.replies > 0 {
		r.m.Latency = got.total / time.Duration(got.replies)
	}
	lost := t.packets - got.replies
	switch {
	case lost <= t.maxLoss:
		return nil
	case got.replies == 0 && got.refused != "":
		return downf(slo.ConnectUnreachable, "no reply from %s to %d packets; %s", to, t.packets, got.refused)
	case got.replies == 0:
		return downf(slo.NoReply, "no reply from %s to %d packets", to, t.packets)
	}
	return downf(slo.PacketLoss, "%d of %d packets to %s were lost, %d may be", lost, t.packets, to, t.maxLoss)
}

// noSocket says what to do where the system gives no ICMP socket.
func noSocket(err error) error {
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return unknownf(slo.AgentPermission, "the system lets this agent send no ICMP: "+
			"put its group into sysctl net.ipv4.ping_group_range, or give it the capability CAP_NET_RAW")
	}
	if errors.Is(err, errPingerClosed) {
		return unknownf(slo.AgentShuttingDown, "the agent stopped while the probe ran")
	}
	if reason, ok := ownFault(err); ok {
		return unknownf(reason, "opening an ICMP socket: %s", plainError(err))
	}
	return unknownf(slo.AgentInternal, "opening an ICMP socket: %s", plainError(err))
}
