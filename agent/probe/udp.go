package probe

import (
	"fmt"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	defaultUDPTries = 3
	maxUDPTries     = 10
	maxUDPSend      = 1400
	udpStrangers    = 64 // answers that do not match, before the probe gives up
)

// datagrams are buffers for the largest answer that UDP can carry.
var datagrams = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// udpTest sends a datagram and waits for an answer that matches.
type udpTest struct {
	host   host
	port   uint16
	send   []byte
	expect *expectation // nil is any answer
	tries  int
}

func newUDP(spec slo.Spec, _ *Env) (Test, error) {
	s, ok := spec.(*slo.UDP)
	if !ok {
		return nil, fmt.Errorf("udp: spec is a %T", spec)
	}
	t := &udpTest{tries: s.Tries}
	var err error
	if t.host, t.port, err = newHostPort(s.Address, s.IP, ""); err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	if t.send, err = literal(s.Send, s.Hex); err != nil {
		return nil, fmt.Errorf("udp: send: %w", err)
	}
	if len(t.send) == 0 || len(t.send) > maxUDPSend {
		return nil, fmt.Errorf("udp: send of %d bytes is not 1 to %d", len(t.send), maxUDPSend)
	}
	if s.Expect != "" {
		if t.expect, err = newExpectation(s.Expect, s.Hex); err != nil {
			return nil, fmt.Errorf("udp: %w", err)
		}
	}
	if t.tries == 0 {
		t.tries = defaultUDPTries
	}
	if t.tries < 1 || t.tries > maxUDPTries {
		return nil, fmt.Errorf("udp: tries %d is not 1 to %d", t.tries, maxUDPTries)
	}
	return t.run, nil
}

func (t *udpTest) run(r *run) error {
	c, err := r.dial("udp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	start := time.Now()
	var other []byte // the last answer that does not match
	strangers := 0
	wait := time.Until(r.deadline) / time.Duration(t.tries)
	room := datagrams.Get().(*[64 << 10]byte)
	defer datagrams.Put(room)
	buf := room[:]
	for try := 1; ; try++ {
		if _, err := c.Write(t.send); err != nil {
			return t.silent(r, err, other, try-1) // a write reports what the one before met
		}
		if r.trace != nil {
			r.trace.add("sent", "%s", r.excerpt(t.send))
		}
		until := start.Add(time.Duration(try) * wait)
		if try == t.tries {
			until = r.deadline
		}
		_ = c.SetReadDeadline(until) // fails on closed connections only, and then so does the read
		for {
			n, err := c.Read(buf)
			if err != nil {
				if isTimeout(err) && try < t.tries && !r.stopped() {
					break
				}
				return t.silent(r, err, other, try)
			}
			if r.trace != nil {
				r.trace.add("received", "%s", r.excerpt(buf[:n]))
			}
			if t.expect == nil || t.expect.find(buf[:n]) != nil {
				r.m.Phases.FirstByte = time.Since(start)
				return nil
			}
			if strangers++; strangers == udpStrangers {
				return t.mismatch(r, buf[:n])
			}
			other = append(other[:0], buf[:n]...)
		}
	}
}

// silent is the failure where no answer that matches came to the datagrams sent.
func (t *udpTest) silent(r *run, err error, other []byte, sent int) error {
	switch {
	case other != nil && !r.stopped():
		return t.mismatch(r, other)
	case isTimeout(err) && !r.stopped():
		return downf(slo.NoReply, "%s did not answer %d datagrams", r.peer, sent)
	}
	return r.fail(awaiting, err)
}

func (t *udpTest) mismatch(r *run, got []byte) error {
	return downf(slo.BannerMismatch, "expected %s to answer with %s, got %s", r.peer, t.expect, r.excerpt(got))
}
