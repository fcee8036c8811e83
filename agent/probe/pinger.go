package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// maxReceiveErrors in a row mean that a socket is broken.
const maxReceiveErrors = 64

var errPingerClosed = errors.New("the pinger is closed")

// pinger holds one ICMP socket for each address family, opened when first
// wanted and shared by all icmp probes.
type pinger struct {
	mu      sync.Mutex
	closed  bool
	sockets map[bool]*pingSocket // by whether it is IPv6's
	open    func(six bool) (*pingSocket, error)
}

func newPinger() *pinger {
	return &pinger{sockets: map[bool]*pingSocket{}, open: openPingSocket}
}

// socket returns the family's socket. One that broke is opened anew.
func (p *pinger) socket(six bool) (*pingSocket, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errPingerClosed
	}
	if s := p.sockets[six]; s != nil {
		select {
		case <-s.done:
		default:
			return s, nil
		}
	}
	s, err := p.open(six)
	if err != nil {
		return nil, err
	}
	p.sockets[six] = s
	go s.receive()
	return s, nil
}

// isClosed reports whether close was called.
func (p *pinger) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// close closes the sockets and waits for their receivers.
func (p *pinger) close() error {
	p.mu.Lock()
	p.closed = true
	sockets := slices.Collect(maps.Values(p.sockets))
	p.mu.Unlock()
	for _, s := range sockets {
		_ = s.conn.Close()
		<-s.done
	}
	return nil
}

// pingSocket sends echo requests and hands each reply to who waits for it.
// Replies are told apart by sequence number, and taken only from the address
// that was asked and with the token that was sent.
type pingSocket struct {
	conn *icmp.PacketConn
	six  bool
	raw  bool
	id   uint16 // of a raw socket; the system sets and checks the other kind's

	done    chan struct{} // closed when the receiver ends
	mu      sync.Mutex
	next    uint16
	waiting map[uint16]*echo
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

// openPingSocket opens a ping socket where the system allows it to the agent's
// group (Linux: net.ipv4.ping_group_range), else a raw one.
func openPingSocket(six bool) (*pingSocket, error) {
	networks, any := []string{"udp4", "ip4:icmp"}, "0.0.0.0"
	if six {
		networks, any = []string{"udp6", "ip6:ipv6-icmp"}, "::"
	}
	var failed error
	for _, network := range networks {
		c, err := icmp.ListenPacket(network, any)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		s := &pingSocket{
			conn: c, six: six, raw: network == networks[1], id: uint16(rand.Uint32()),
			done: make(chan struct{}), waiting: map[uint16]*echo{},
		}
		s.filter()
		return s, nil
	}
	return nil, failed
}

// filter asks the system to keep from a raw socket what it does not read. It
// spares work only, so that its failure is none.
func (s *pingSocket) filter() {
	switch {
	case !s.raw:
	case s.six:
		var f ipv6.ICMPFilter
		f.SetAll(true)
		f.Accept(ipv6.ICMPTypeEchoReply)
		f.Accept(ipv6.ICMPTypeDestinationUnreachable)
		f.Accept(ipv6.ICMPTypeTimeExceeded)
		_ = s.conn.IPv6PacketConn().SetICMPFilter(&f)
	default:
		var f ipv4.ICMPFilter
		f.SetAll(true)
		f.Accept(ipv4.ICMPTypeEchoReply)
		f.Accept(ipv4.ICMPTypeDestinationUnreachable)
		f.Accept(ipv4.ICMPTypeTimeExceeded)
		_ = s.conn.IPv4PacketConn().SetICMPFilter(&f)
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
	if _, err := s.conn.WriteTo(s.request(seq, e.token), s.addr(to)); err != nil {
		s.forget([]uint16{seq})
		return 0, err
	}
	return seq, nil
}

// expect registers a request under a free number. The clock is read before
// the packet leaves, as the reply may be back before the send returns.
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
	e.sent = time.Now()
	return seq, nil
}

// forget ends the wait for requests.
func (s *pingSocket) forget(seqs []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seq := range seqs {
		delete(s.waiting, seq)
	}
}

// request is an echo request of 64 bytes, as the ping command sends it.
func (s *pingSocket) request(seq uint16, token uint64) []byte {
	var data [56]byte
	binary.BigEndian.PutUint64(data[:], token)
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: int(s.id), Seq: int(seq), Data: data[:]}}
	if s.six {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	wire, _ := m.Marshal(nil) // fails for unknown types only
	return wire
}

func (s *pingSocket) addr(to netip.Addr) net.Addr {
	if s.raw {
		return &net.IPAddr{IP: to.AsSlice(), Zone: to.Zone()}
	}
	return &net.UDPAddr{IP: to.AsSlice(), Zone: to.Zone()}
}

// receive hands out replies until the socket is closed or broken.
func (s *pingSocket) receive() {
	defer close(s.done)
	defer s.conn.Close()
	buf := make([]byte, 2048)
	for failed := 0; failed < maxReceiveErrors; {
		n, from, err := s.conn.ReadFrom(buf)
		switch {
		case err == nil:
			failed = 0
			s.take(buf[:n], addrOf(from), time.Now())
		case errors.Is(err, net.ErrClosed):
			return
		default:
			failed++ // the system reports what an earlier packet met
		}
	}
}

// take reads one ICMP message. Anything but an answer to a request that is
// under way is dropped.
func (s *pingSocket) take(b []byte, from netip.Addr, at time.Time) {
	if len(b) < 8 {
		return
	}
	reply, unreachable, exceeded := byte(ipv4.ICMPTypeEchoReply), byte(ipv4.ICMPTypeDestinationUnreachable), byte(ipv4.ICMPTypeTimeExceeded)
	if s.six {
		reply, unreachable, exceeded = byte(ipv6.ICMPTypeEchoReply), byte(ipv6.ICMPTypeDestinationUnreachable), byte(ipv6.ICMPTypeTimeExceeded)
	}
	switch b[0] {
	case reply:
		s.takeReply(b, from, at)
	case unreachable:
		s.takeRefusal(b[8:], fmt.Sprintf("%s says that it cannot be reached (code %d)", from, b[1]))
	case exceeded:
		s.takeRefusal(b[8:], fmt.Sprintf("%s says that the packet's time to live ended there", from))
	}
}

func (s *pingSocket) takeReply(b []byte, from netip.Addr, at time.Time) {
	if len(b) < 16 || s.raw && binary.BigEndian.Uint16(b[4:]) != s.id {
		return
	}
	seq, token := binary.BigEndian.Uint16(b[6:]), binary.BigEndian.Uint64(b[8:])
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.waiting[seq]
	if e == nil || e.token != token || e.to.WithZone("") != from {
		return
	}
	delete(s.waiting, seq)
	e.reply <- echoReply{seq: seq, rtt: at.Sub(e.sent)}
}

// takeRefusal reads the packet that a router sends back: the IP header and
// the beginning of the request that it refused.
func (s *pingSocket) takeRefusal(b []byte, said string) {
	length, proto, echoType, to := 40, byte(58), byte(ipv6.ICMPTypeEchoRequest), netip.Addr{}
	if s.six {
		if len(b) < length+8 || b[6] != proto {
			return
		}
		to = netip.AddrFrom16([16]byte(b[24:40]))
	} else {
		if len(b) < 20 {
			return
		}
		length, proto, echoType = int(b[0]&0xf)*4, 1, byte(ipv4.ICMPTypeEcho)
		if length < 20 || len(b) < length+8 || b[9] != proto {
			return
		}
		to = netip.AddrFrom4([4]byte(b[16:20]))
	}
	inner := b[length:]
	if inner[0] != echoType || binary.BigEndian.Uint16(inner[4:]) != s.id {
		return
	}
	seq := binary.BigEndian.Uint16(inner[6:])
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.waiting[seq]
	if e == nil || e.to.WithZone("") != to {
		return
	}
	delete(s.waiting, seq)
	e.reply <- echoReply{seq: seq, refused: said}
}

// addrOf is the address of a packet's sender, without its zone.
func addrOf(a net.Addr) netip.Addr {
	var ip net.IP
	switch a := a.(type) {
	case *net.UDPAddr:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}
