package agent

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// network is a network in memory, for processes on simulated time: real
// sockets would keep a bubble's clock from moving.
type network struct {
	mu        sync.Mutex
	listeners map[string]*endpoint
}

func newNetwork() *network { return &network{listeners: map[string]*endpoint{}} }

// endpoint is a listener of the network.
type endpoint struct {
	net      *network
	address  string
	incoming chan net.Conn
	closed   chan struct{}
	close    sync.Once
}

// Addr, Network and String make an endpoint its own address.
func (e *endpoint) Addr() net.Addr  { return e }
func (e *endpoint) Network() string { return "memory" }
func (e *endpoint) String() string  { return e.address }

func (e *endpoint) Accept() (net.Conn, error) {
	select {
	case c := <-e.incoming:
		return c, nil
	case <-e.closed:
		return nil, net.ErrClosed
	}
}

func (e *endpoint) Close() error {
	err := net.ErrClosed
	e.close.Do(func() {
		close(e.closed)
		e.net.mu.Lock()
		defer e.net.mu.Unlock()
		delete(e.net.listeners, e.address)
		err = nil
	})
	return err
}

func (n *network) listen(_, address string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, syscall.EADDRINUSE
	}
	e := &endpoint{net: n, address: address, incoming: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[address] = e
	return e, nil
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	e := n.listeners[address]
	n.mu.Unlock()
	if e == nil {
		return nil, syscall.ECONNREFUSED
	}
	near, far := net.Pipe()
	select {
	case e.incoming <- far:
		return near, nil
	case <-e.closed:
	case <-ctx.Done():
	}
	near.Close()
	far.Close()
	return nil, syscall.ECONNREFUSED
}

// cable is how one agent reaches the network. It can be pulled, and keeps what
// goes out through it.
type cable struct {
	net *network

	mu     sync.Mutex
	pulled bool
	conns  []*tapped
	tape   []*bytes.Buffer // what was written, by connection
}

// tapped is a connection whose writes are kept.
type tapped struct {
	net.Conn
	cable *cable
	tape  *bytes.Buffer
}

func (t *tapped) Write(b []byte) (int, error) {
	n, err := t.Conn.Write(b)
	t.cable.mu.Lock()
	defer t.cable.mu.Unlock()
	t.tape.Write(b[:n])
	return n, err
}

func (c *cable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	pulled := c.pulled
	c.mu.Unlock()
	if pulled {
		return nil, syscall.ENETUNREACH
	}
	conn, err := c.net.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &tapped{conn, c, &bytes.Buffer{}}
	c.conns, c.tape = append(c.conns, t), append(c.tape, t.tape)
	return t, nil
}

// pull cuts every connection, and lets none be made until plug.
func (c *cable) pull() {
	c.mu.Lock()
	c.pulled = true
	conns := c.conns
	c.conns = nil
	c.mu.Unlock()
	for _, t := range conns {
		t.Close()
	}
}

func (c *cable) plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulled = false
}

// captured are the requests to a path that went out, whole.
func (c *cable) captured(path string) (out []*capturedRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, tape := range c.tape {
		r := bufio.NewReader(bytes.NewReader(tape.Bytes()))
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				break
			}
			var body bytes.Buffer
			if _, err := body.ReadFrom(req.Body); err != nil {
				break
			}
			if req.URL.Path == path {
				out = append(out, &capturedRequest{req.URL.RequestURI(), req.Header, body.Bytes()})
			}
		}
	}
	return out
}

type capturedRequest struct {
	uri    string
	header http.Header
	body   []byte
}

// again sends the request once more, as somebody on the way would.
func (r *capturedRequest) again(ctx context.Context, client *http.Client, base string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+r.uri, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header = r.header.Clone()
	resp, err := client.Do(req)
	if err == nil && resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		err = errors.New(resp.Status)
	}
	return resp, err
}
