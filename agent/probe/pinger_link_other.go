//go:build !linux

package probe

import (
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
)

// receiver reads packets and the clock behind each of them.
type receiver struct{ conn *icmp.PacketConn }

func newReceiver(c *icmp.PacketConn) receiver { return receiver{c} }

func (r receiver) receive(b []byte) ([]byte, netip.Addr, arrival, error) {
	n, from, err := r.conn.ReadFrom(b)
	if err != nil {
		return nil, netip.Addr{}, arrival{}, err
	}
	var ip net.IP
	switch a := from.(type) {
	case *net.UDPAddr:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	return b[:n], addrOf(ip), arrival{read: time.Now()}, nil
}
