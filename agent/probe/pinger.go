package probe

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxReceiveErrors in a row mean that a socket is broken.
	maxReceiveErrors = 64
	// maxPacketRate is how many echo requests a second leave an agent in all. A
	// socket's buffer has room for the replies of a tenth of a second.
	maxPacketRate = 2000
	// packetBurst is how many may leave at once after a pause.
	packetBurst = 20
)

var errPingerClosed = errors.New("the pinger is closed")

// pinger holds one ICMP socket for each address family, opened when first
// wanted and shared by all icmp probes, and the pace of them all.
type pinger struct {
	mu      sync.Mutex
	closed  bool
	sockets map[bool]*pingSocket // by whether it is IPv6's
	open    func(six bool) (*pingSocket, error)
	pace    *rate.Limiter
}

func newPinger() *pinger {
	return &pinger{sockets: map[bool]*pingSocket{}, open: openPingSocket, pace: rate.NewLimiter(maxPacketRate, packetBurst)}
}

// turn takes the next place in the queue of packets and says how long it is
// until then. Where that is after latest, it takes none, and ok is false.
func (p *pinger) turn(latest time.Time) (wait time.Duration, ok bool) {
	p.mu.Lock() // so that a place given back is still the last
	defer p.mu.Unlock()
	now := time.Now()
	place := p.pace.ReserveN(now, 1)
	if wait = place.DelayFrom(now); now.Add(wait).After(latest) {
		place.CancelAt(now)
		return 0, false
	}
	return wait, true
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
