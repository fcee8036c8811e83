package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of the pause between two packets of a round.
const (
	minPace = 10 * time.Millisecond
	maxPace = 100 * time.Millisecond
)

// pinging is a round that is under way.
type pinging struct {
	*run
	socket   *pingSocket
	to       netip.Addr
	packets  int
	sent     []uint16 // sequence numbers, in the order in which they left
	replies  chan echoReply
	answered int // refused ones are among them
	round    round
}

func newPinging(r *run, s *pingSocket, to netip.Addr, packets int) *pinging {
	return &pinging{run: r, socket: s, to: to, packets: packets, sent: make([]uint16, 0, packets), replies: make(chan echoReply, packets)}
}

// end forgets the packets that were not answered.
func (p *pinging) end() { p.socket.forget(p.sent) }

// ping sends the packets at an even pace, each as soon as the pace of the whole
// agent lets it, and takes the replies until all are in or the time is up. The
// packets leave in the first three quarters of the time, so that the last one
// has a quarter for its reply; where they cannot, nothing is known of the
// target.
func (p *pinging) ping() error {
	left := time.Until(p.deadline)
	pace := min(maxPace, max(minPace, left/time.Duration(2*p.packets)))
	latest := p.deadline.Add(-left / 4)
	for i := range p.packets {
		if i > 0 {
			if err := p.pass(pace); err != nil {
				return err
			}
		}
		wait, ok := p.env.pinger.turn(latest)
		if !ok {
			return p.crowded()
		}
		if err := p.pass(wait); err != nil {
			return err
		}
		if err := p.send(); err != nil {
			return err
		}
	}
	return p.pass(time.Until(p.deadline))
}

// crowded is the failure of a round whose packets could not all leave in time.
func (p *pinging) crowded() error {
	if p.stopped() {
		return p.fail(sending, context.Canceled)
	}
	return unknownf(slo.AgentOverloaded, "%d of %d packets to %s could leave in time; an agent sends at most %d a second in all",
		len(p.sent), p.packets, p.to, maxPacketRate)
}

// pass takes what comes in for a while, at most until all replies are there.
func (p *pinging) pass(d time.Duration) error {
	if d <= 0 {
		p.drain()
		return nil
	}
	over := time.NewTimer(d)
	defer over.Stop()
	for p.answered < p.packets {
		select {
		case <-over.C:
			p.drain()
			return nil
		case reply := <-p.replies:
			p.take(reply)
		case <-p.socket.done:
			if p.env.pinger.isClosed() {
				return noSocket(errPingerClosed)
			}
			return unknownf(slo.AgentInternal, "the ICMP socket broke while the probe ran")
		case <-p.ctx.Done():
			if p.stopped() {
				return p.fail(awaiting, context.Canceled)
			}
			return nil
		}
	}
	return nil
}

// drain takes what came already.
func (p *pinging) drain() {
	for {
		select {
		case reply := <-p.replies:
			p.take(reply)
		default:
			return
		}
	}
}

// send sends the next packet.
func (p *pinging) send() error {
	seq, err := p.socket.send(p.to, p.replies)
	if err != nil {
		f := p.fail(connecting, unsent(err, p.to))
		f.text = fmt.Sprintf("pinging %s: %s", p.to, plainError(err))
		return f
	}
	p.sent, p.round.trips = append(p.sent, seq), append(p.round.trips, lost)
	return nil
}

// take notes what came of one packet.
func (p *pinging) take(reply echoReply) {
	p.answered++
	if reply.refused != "" {
		p.round.refused = reply.refused
		p.trace.add("refused", "%s", reply.refused)
		return
	}
	p.round.trips[slices.Index(p.sent, reply.seq)] = reply.rtt
	if p.trace != nil {
		p.trace.add("reply", "seq %d in %.3f ms", reply.seq, float64(reply.rtt.Microseconds())/1000)
	}
}

// unsent tells a missing route from other errors: an unconnected socket's send
// reports only what this machine itself says.
func unsent(err error, to netip.Addr) error {
	if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) {
		return fmt.Errorf("%w: %s: %w", errNoRoute, to, err)
	}
	return err
}
