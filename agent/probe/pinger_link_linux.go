package probe

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// receiver reads packets with the kernel's word on when each of them came, and
// reads the clock behind each.
type receiver struct {
	udp *net.UDPConn // of a ping socket, or
	ip  *net.IPConn  // of a raw one
	v4  bool
	oob []byte // room for control messages: there is one that reads
}

// newReceiver asks the kernel for its stamps (socket(7), SO_TIMESTAMPNS): the
// wall clock when the packet came out of the network's driver. One that is
// asked for the first time begins a moment later, with stamps of the reading
// until then. A kernel that gives none leaves the agent's own clock.
func newReceiver(c *icmp.PacketConn) receiver {
	r := receiver{v4: c.IPv4PacketConn() != nil, oob: make([]byte, 128)}
	var under net.PacketConn // which c hides, and they do not
	if r.v4 {
		under = c.IPv4PacketConn().PacketConn
	} else {
		under = c.IPv6PacketConn().PacketConn
	}
	r.udp, _ = under.(*net.UDPConn)
	r.ip, _ = under.(*net.IPConn)
	if socket, ok := under.(syscall.Conn); ok {
		if fd, err := socket.SyscallConn(); err == nil {
			_ = fd.Control(func(fd uintptr) {
				_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
			})
		}
	}
	return r
}

func (r receiver) receive(b []byte) ([]byte, netip.Addr, arrival, error) {
	var n, said int
	var from netip.Addr
	var err error
	if r.udp != nil {
		var peer netip.AddrPort
		n, said, _, peer, err = r.udp.ReadMsgUDPAddrPort(b, r.oob)
		from = peer.Addr().WithZone("").Unmap()
	} else {
		var peer *net.IPAddr
		if n, said, _, peer, err = r.ip.ReadMsgIP(b, r.oob); err == nil {
			from = addrOf(peer.IP)
		}
	}
	if err != nil {
		return nil, netip.Addr{}, arrival{}, err
	}
	message := b[:n]
	if r.ip != nil && r.v4 { // such a socket gives the header as well
		message = withoutHeader(message)
	}
	return message, from, arrival{read: time.Now(), stamp: stampIn(r.oob[:said])}, nil
}

// withoutHeader is what an IPv4 packet carries; nothing where it is none.
func withoutHeader(packet []byte) []byte {
	if len(packet) < ipv4.HeaderLen {
		return nil
	}
	length := int(packet[0]&0xf) * 4
	if length < ipv4.HeaderLen || length > len(packet) {
		return nil
	}
	return packet[length:]
}

// stampIn is the kernel's stamp among control messages; zero where there is
// none. It is two numbers of 64 bits, seconds and nanoseconds: 32-bit systems,
// which have shorter ones, keep the agent's clock.
func stampIn(oob []byte) time.Time {
	for len(oob) >= unix.CmsgLen(0) {
		head, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return time.Time{}
		}
		if head.Level == unix.SOL_SOCKET && head.Type == unix.SCM_TIMESTAMPNS && len(data) == 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
		}
		oob = rest
	}
	return time.Time{}
}
