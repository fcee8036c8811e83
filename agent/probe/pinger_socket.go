package probe

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// pingSocket sends echo requests and hands each reply to who waits for it.
// Replies are told apart by sequence number, and taken only from the address
// that was asked and with the token that was sent.
type pingSocket struct {
	link link
	six  bool
	raw  bool
	id   uint16 // of a raw socket; the system sets and checks the other kind's

	done    chan struct{} // closed when the receiver ends
	mu      sync.Mutex
	next    uint16
	waiting map[uint16]*echo
}

// link carries ICMP messages, without the headers of IP. It is used by one
// receiver and any number of senders.
type link interface {
	// send sends a message.
	send(message []byte, to netip.Addr) error
	// receive waits for a message. b is room for it, which it then lies in; from
	// has no zone.
	receive(b []byte) (message []byte, from netip.Addr, at arrival, err error)
	// Close ends both.
	Close() error
}

// echo is a request that is under way.
type echo struct {
	to    netip.Addr
	token uint64
	sent  time.Time
	reply chan<- echoReply // has room
}

// echoReply is what came of one request.
type echoReply struct {
	seq     uint16
	rtt     time.Duration
	refused string // what a router said instead
}

func newPingSocket(l link, six, raw bool) *pingSocket {
	return &pingSocket{
		link: l, six: six, raw: raw, id: uint16(rand.Uint32()),
		done: make(chan struct{}), waiting: map[uint16]*echo{},
	}
}

func (s *pingSocket) describe() string {
	if s.raw {
		return "raw socket"
	}
	return "ping socket"
}

// send sends one request, whose reply will come on the channel, and returns
// its sequence number; forget it when it is no longer waited for.
func (s *pingSocket) send(to netip.Addr, reply chan<- echoReply) (uint16, error) {
	e := &echo{to: to, token: rand.Uint64(), reply: reply}
	seq, err := s.expect(e)
	if err != nil {
		return 0, err
	}
	message := s.request(seq, e.token)
	s.leaves(e)
	if err := s.link.send(message, to); err != nil {
		s.forget([]uint16{seq})
		return 0, err
	}
	return seq, nil
}

// expect registers a request under a free number.
func (s *pingSocket) expect(e *echo) (uint16, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) > 1<<15 {
		return 0, fmt.Errorf("too many echo requests are under way: %w", syscall.ENOBUFS)
	}
	for s.waiting[s.next] != nil {
		s.next++
	}
	seq := s.next
	s.next++
	s.waiting[seq] = e
	return seq, nil
}

// leaves reads the clock as the last thing before the packet leaves: its reply
// may be back before the send returns.
func (s *pingSocket) leaves(e *echo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.sent = time.Now()
}

// forget ends the wait for requests.
func (s *pingSocket) forget(seqs []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seq := range seqs {
		delete(s.waiting, seq)
	}
}

// receive hands out replies until the socket is closed or broken.
func (s *pingSocket) receive() {
	defer close(s.done)
	defer s.link.Close()
	buf := make([]byte, maxMessageICMP)
	for failed := 0; failed < maxReceiveErrors; {
		message, from, at, err := s.link.receive(buf)
		switch {
		case err == nil:
			failed = 0
			s.take(message, from, at)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			failed++ // the system reports what an earlier packet met
		}
	}
}
