package collector

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// Bounds of the connections to one listener. The journal, the records and the
// archive take their files from the same limit of the process as connections
// do, so each of the two listeners has a quarter of it at most.
const (
	maxConnections = 20_000
	minConnections = 32
)

// connectionsFor is how many connections a listener takes where the process may
// have so many open files.
func connectionsFor(files uint64) int {
	return int(min(max(files/4, minConnections), maxConnections))
}

// openFiles is how many files the process may have open.
func openFiles() uint64 {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 4 * minConnections
	}
	return l.Cur
}

// bounded is a listener that closes connections beyond a number, at once. One
// address has half of them at most, so that it does not shut out the others.
type bounded struct {
	net.Listener
	limit int

	mu   sync.Mutex
	open int
	from map[netip.Addr]int
}

func newBounded(l net.Listener, limit int) *bounded {
	return &bounded{Listener: l, limit: limit, from: map[netip.Addr]int{}}
}

// Accept is the listener's, without those that are too many.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addressOf(conn)
		if b.take(from) {
			return &counted{Conn: conn, done: func() { b.release(from) }}, nil
		}
		_ = conn.Close()
	}
}

// take counts a connection where there is room for it.
func (b *bounded) take(from netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open >= b.limit || b.from[from] >= (b.limit+1)/2 {
		return false
	}
	b.open++
	b.from[from]++
	return true
}

func (b *bounded) release(from netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	if b.from[from]--; b.from[from] == 0 {
		delete(b.from, from)
	}
}

// addressOf is where a connection comes from; of IPv6 the network of 64 bits,
// which is one customer's.
func addressOf(conn net.Conn) netip.Addr {
	p, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	a := p.Addr().Unmap().WithZone("")
	if a.Is6() {
		if n, err := a.Prefix(64); err == nil {
			return n.Addr()
		}
	}
	return a
}

// counted tells when a connection is closed, once.
type counted struct {
	net.Conn
	once sync.Once
	done func()
}

// Close is the connection's.
func (c *counted) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}
