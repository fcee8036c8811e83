package collector

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// from is a connection that says where it comes from.
type from struct {
	net.Conn
	address string
}

func (f from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.address))
}

// queued is a listener of connections that wait already.
type queued chan net.Conn

func (q queued) Accept() (net.Conn, error) {
	if c, ok := <-q; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (q queued) Close() error   { return nil }
func (q queued) Addr() net.Addr { return &net.TCPAddr{} }

// One address has half of a listener at most, all have the whole of it, and
// what is closed makes room.
func TestBoundedConnections(t *testing.T) {
	q := make(queued, 20)
	b := newBounded(q, 4)
	dial := func(address string) net.Conn {
		near, far := net.Pipe()
		q <- from{far, address}
		return near
	}
	refused := func(c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("it is not closed: %v", err)
		}
	}
	accept := func() net.Conn {
		t.Helper()
		c, err := b.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	dial("192.0.2.1:1")
	first := accept()
	dial("192.0.2.1:2")
	accept()
	third, other := dial("[::ffff:192.0.2.1]:3"), dial("[2001:db8::1]:1")
	accept() // the other's
	refused(third)
	dial("[2001:db8::2]:1")
	accept()
	same, full := dial("[2001:db8::3]:1"), dial("198.51.100.1:1")
	if err := errors.Join(first.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}
	dial("198.51.100.2:1")
	accept() // in the place of the first: 198.51.100.1
	refused(same)
	close(q)
	if _, err := b.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("at the end: %v", err)
	}
	_, _ = other, full
	if b.open != 4 || len(b.from) != 3 {
		t.Errorf("%d are open, from %v", b.open, b.from)
	}
}

func TestConnectionsFor(t *testing.T) {
	for files, want := range map[uint64]int{0: minConnections, 128: 32, 1024: 256, 1 << 20: maxConnections, 1 << 63: maxConnections} {
		if got := connectionsFor(files); got != want {
			t.Errorf("%d files: %d, want %d", files, got, want)
		}
	}
}
