package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an icmp probe.
const (
	defaultPackets = 3
	maxPackets     = 20
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
	p := newPinging(r, s, addr, t.packets)
	defer p.end()
	if err := p.ping(); err != nil {
		return err
	}
	p.round.tell(r)
	return t.decide(r, addr, &p.round)
}

// decide judges a round. The latency is the mean of the replies' round trips.
func (t *icmpTest) decide(r *run, to netip.Addr, got *round) error {
	replies, mean := got.replies()
	r.m.Latency = mean
	lost := t.packets - replies
	switch {
	case lost <= t.maxLoss:
		return nil
	case replies == 0 && got.refused != "":
		return downf(slo.ConnectUnreachable, "no reply from %s to %d packets; %s", to, t.packets, got.refused)
	case replies == 0:
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
