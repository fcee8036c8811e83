package day

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// network is what the collector of this test listens at and is reached by, all
// of it in memory: in a bubble of testing/synctest the clock stands while a
// goroutine waits for a socket, and a listener always does.
type network struct {
	mu        sync.Mutex
	listeners map[string]*listener // by address
}

func newNetwork() *network { return &network{listeners: map[string]*listener{}} }

// address is host:port.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// client is where those come from who ask the collector something.
const client = address("127.0.0.1:40000")

// listen is collector.Options'.
func (n *network) listen(_, at string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := &listener{address: address(at), conns: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[at] = l
	return l, nil
}

func (n *network) dial(ctx context.Context, _, to string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[to]
	n.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: address(to), Err: net.ErrClosed}
	}
	here, there := net.Pipe()
	select {
	case l.conns <- conn{there, l.address, client}:
		return conn{here, client, l.address}, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// http is a client that reaches the listeners.
func (n *network) http() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: n.dial}}
}

type listener struct {
	address address
	conns   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

// Accept waits for a dial.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close lets nobody in any more.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is what was listened at.
func (l *listener) Addr() net.Addr { return l.address }

// conn is a pipe with addresses.
type conn struct {
	net.Conn
	local, remote address
}

// LocalAddr is this end's.
func (c conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the other end's.
func (c conn) RemoteAddr() net.Addr { return c.remote }
