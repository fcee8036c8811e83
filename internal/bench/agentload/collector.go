package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// collector assigns the probes once it is told to, and keeps count of what
// arrives.
type collector struct {
	probes   []*slo.Probe
	assigned chan struct{} // closed: the agent is to have them

	mu      sync.Mutex
	entries uint64
	byProbe map[string]*instants
	of      tally
}

// instants are the first and the last of a probe's records, and their number.
type instants struct {
	first, last slo.Instant
	n           int
}

// tally is what became of the slots. Those before a probe's first record and
// after its last are not in it; a probe without any has one.
type tally struct {
	due               int
	up, down, unknown int // measured
	missed            int // declared by the agent
}

func (t tally) measured() int { return t.up + t.down + t.unknown }

func newCollector(probes []*slo.Probe) *collector {
	return &collector{probes: probes, assigned: make(chan struct{}), byProbe: map[string]*instants{}}
}

// Append is the journal's.
func (c *collector) Append(entries ...[]byte) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range entries {
		e, err := push.DecodeEntry(b)
		if err != nil {
			return c.entries, err
		}
		if m := e.Record.Measurement; m != nil {
			c.add(m)
		}
		c.entries++
	}
	return c.entries, nil
}

func (c *collector) add(m *slo.Measurement) {
	at := c.byProbe[m.Probe]
	if at == nil {
		at = &instants{first: m.At, last: m.At}
		c.byProbe[m.Probe] = at
	}
	at.first, at.last, at.n = min(at.first, m.At), max(at.last, m.At), at.n+1
	switch {
	case m.Reason == slo.AgentOverloaded || m.Reason == slo.AgentPaused || m.Reason == slo.AgentShuttingDown:
		c.of.missed++
	case m.Outcome == slo.Up:
		c.of.up++
	case m.Outcome == slo.Down:
		c.of.down++
	default:
		c.of.unknown++
	}
}

// count is the tally so far: between a probe's first and last record lie whole
// intervals, but for how late they were.
func (c *collector) count(every time.Duration) tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.of
	t.due = len(c.probes) - len(c.byProbe)
	for _, at := range c.byProbe {
		t.due += 1 + int((at.last.Sub(at.first)+every/2)/every)
	}
	return t
}

// serve serves the agents' protocol on loopback.
func (c *collector) serve() (url string, stop func(), err error) {
	h, err := push.NewHandler(push.HandlerOptions{
		Journal:    c,
		Assignment: c.assignment,
		Heartbeat:  func(push.Heartbeat, slo.Instant) error { return nil },
		Aside: func(_ context.Context, records []push.Aside) error {
			return fmt.Errorf("records were set aside: %+v", records)
		},
		Now: func() slo.Instant { return slo.At(time.Now()) },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = s.Close() }, nil
}

// assignment is empty until the probes are to be assigned.
func (c *collector) assignment(ctx context.Context, who push.AssignmentRequest) (push.Assignment, error) {
	none, all := push.Assignment{Revision: "none", Catalogue: "1"}, push.Assignment{Revision: "all", Catalogue: "1", Probes: c.probes}
	if who.Revision == all.Revision {
		<-ctx.Done()
		return all, nil
	}
	if who.Revision != none.Revision {
		return none, nil
	}
	select {
	case <-c.assigned:
		return all, nil
	case <-ctx.Done():
		return none, nil
	}
}

// freeAddress is one on loopback at which nothing listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
