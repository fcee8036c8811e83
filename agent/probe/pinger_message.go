package probe

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// maxMessageICMP is how much of a packet is read, in bytes. Its beginning is
// all that is looked at.
const maxMessageICMP = 2048

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

// take reads one ICMP message. Anything but an answer to a request that is
// under way is dropped.
func (s *pingSocket) take(b []byte, from netip.Addr, at arrival) {
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

// takeReply takes the reply to a request that is under way.
func (s *pingSocket) takeReply(b []byte, from netip.Addr, at arrival) {
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
	e.reply <- echoReply{seq: seq, rtt: at.since(e.sent)}
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
