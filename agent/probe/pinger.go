package probe

import (
	"errors"
	"maps"
	"slices"
	"sync"
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
		_ = s.link.Close()
		<-s.done
	}
	return nil
}
