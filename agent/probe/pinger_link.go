package probe

import (
	"errors"
	"net"
	"net/netip"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// icmpLink is a socket of the system's.
type icmpLink struct {
	conn *icmp.PacketConn
	raw  bool
	receiver
}

// openPingSocket opens a ping socket where the system allows it to the agent's
// group (Linux: net.ipv4.ping_group_range), else a raw one.
func openPingSocket(six bool) (*pingSocket, error) {
	s, refused := openSocket(six, false)
	if refused == nil {
		return s, nil
	}
	s, err := openSocket(six, true)
	if err != nil {
		return nil, errors.Join(refused, err)
	}
	return s, nil
}

// openSocket opens a socket of one kind.
func openSocket(six, raw bool) (*pingSocket, error) {
	network, address := "udp4", "0.0.0.0"
	switch {
	case six && raw:
		network, address = "ip6:ipv6-icmp", "::"
	case six:
		network, address = "udp6", "::"
	case raw:
		network = "ip4:icmp"
	}
	c, err := icmp.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	if raw {
		filter(c)
	}
	return newPingSocket(&icmpLink{conn: c, raw: raw, receiver: newReceiver(c)}, six, raw), nil
}

// filter asks the system to keep from a raw socket what it does not read. It
// spares work only, so that its failure is none.
func filter(c *icmp.PacketConn) {
	if six := c.IPv6PacketConn(); six != nil {
		var f ipv6.ICMPFilter
		f.SetAll(true)
		f.Accept(ipv6.ICMPTypeEchoReply)
		f.Accept(ipv6.ICMPTypeDestinationUnreachable)
		f.Accept(ipv6.ICMPTypeTimeExceeded)
		_ = six.SetICMPFilter(&f)
		return
	}
	var f ipv4.ICMPFilter
	f.SetAll(true)
	f.Accept(ipv4.ICMPTypeEchoReply)
	f.Accept(ipv4.ICMPTypeDestinationUnreachable)
	f.Accept(ipv4.ICMPTypeTimeExceeded)
	_ = c.IPv4PacketConn().SetICMPFilter(&f)
}

func (l *icmpLink) send(message []byte, to netip.Addr) error {
	addr := net.Addr(&net.UDPAddr{IP: to.AsSlice(), Zone: to.Zone()})
	if l.raw {
		addr = &net.IPAddr{IP: to.AsSlice(), Zone: to.Zone()}
	}
	_, err := l.conn.WriteTo(message, addr)
	return err
}

// Close closes the socket.
func (l *icmpLink) Close() error { return l.conn.Close() }

// addrOf is the address of a packet's sender, without its zone.
func addrOf(ip net.IP) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}
