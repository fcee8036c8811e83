// Package fleet knows the agents: which there are, how they are, and what each
// is to probe.
package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// MaxAgents bounds how many agents are remembered.
const MaxAgents = 100_000

// Beat is what an agent says of itself.
type Beat struct {
	Agent, Location, Epoch, Version string
	Started                         slo.Instant
	Queued                          int64
	Oldest                          slo.Instant // of what is queued; 0 where nothing is
	Offset                          time.Duration
	Room                            *slo.Room // nil where it does not say
	Labels                          map[string]string
	Watermark                       slo.Instant // every slot before it is measured and queued; 0 where it did not say
}

// Fleet is every agent that was heard of, and the seats that they hold. Its
// methods may be called at the same time.
type Fleet struct {
	silentAfter time.Duration

	mu     sync.Mutex
	since  slo.Instant // when agents could first be heard
	agents map[string]*known
	dirty  map[string]bool

	heard   slo.Instant // when anybody was heard last
	audible slo.Instant // since when agents can be heard, after nobody could
	seats   seats
}

// known is one agent.
type known struct {
	slo.AgentStatus
	contact contact
}

// New returns an empty fleet in which an agent is silent when it was not heard
// of for longer than silentAfter.
func New(silentAfter time.Duration) *Fleet {
	return &Fleet{silentAfter: silentAfter, agents: map[string]*known{}, dirty: map[string]bool{}}
}

// Heard notes a heartbeat.
func (f *Fleet) Heard(b Beat, at slo.Instant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.hear(b.Agent, at, false)
	if err != nil {
		return err
	}
	if a.Epoch != b.Epoch {
		a.Lost = 0
	}
	a.Location, a.Epoch, a.Version, a.Started = b.Location, b.Epoch, b.Version, b.Started
	a.Queued, a.Oldest, a.Offset = b.Queued, b.Oldest, b.Offset
	a.Room, a.Saturated = b.Room, saturated(a.Saturated, b.Room, at)
	a.Labels, a.contact.full = b.Labels, b.Room != nil && b.Room.Probes == 0
	a.Watermark = min(b.delivered(), at) // nobody has measured what is to come
	a.Seen = max(a.Seen, at)
	f.dirty[b.Agent] = true
	return nil
}

// saturated is since when an agent has room for no probe, 0 where it has or
// does not say; was is what was known before.
func saturated(was slo.Instant, room *slo.Room, at slo.Instant) slo.Instant {
	switch {
	case room == nil || room.Probes > 0:
		return 0
	case was == 0:
		return at
	}
	return was
}

// delivered is the agent's watermark, bounded by what it has still queued.
func (b Beat) delivered() slo.Instant {
	if b.Queued == 0 {
		return b.Watermark
	}
	return min(b.Watermark, b.Oldest) // 0 where it did not say how old that is
}

// Pushed notes what a push brought: the newest measurement's instant, and how
// many records it declared lost.
func (f *Fleet) Pushed(agent, location string, newest slo.Instant, lost uint64, at slo.Instant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.hear(agent, at, true)
	if err != nil {
		return err
	}
	if location != "" {
		a.Location = location
	}
	a.Newest = max(a.Newest, min(newest, at.Add(slo.MaxAhead)))
	a.Lost += lost
	a.Seen = max(a.Seen, at)
	f.dirty[agent] = true
	return nil
}

// Asks notes that an agent asks for its assignment, and waits.
func (f *Fleet) Asks(agent, location string, labels map[string]string, at slo.Instant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.hear(agent, at, false)
	if err != nil {
		return err
	}
	a.contact.asking++
	if a.Location != location || !maps.Equal(a.Labels, labels) {
		a.Location, a.Labels = location, labels
		f.dirty[agent] = true
	}
	return nil
}

// Answered notes that a request of Asks has its answer, or was cut off. Where
// the agent does not ask again, its process or the line has died.
func (f *Fleet) Answered(agent string, cut bool, at slo.Instant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.agents[agent]
	if a == nil {
		return
	}
	a.contact.asking--
	if a.contact.asking == 0 {
		a.contact.left, a.contact.cut = at, cut
	}
}

// hear notes that an agent was heard. Where nobody was for as long as an agent
// may be away, it was the collector that could not hear: then everybody has as
// long again to be heard.
func (f *Fleet) hear(name string, at slo.Instant, delivers bool) (*known, error) {
	a, err := f.agent(name)
	if err != nil {
		return nil, err
	}
	if at.Sub(f.heard) > contactFor {
		f.audible = at
	}
	f.heard = max(f.heard, at)
	a.contact.hear(at, delivers)
	return a, nil
}

func (f *Fleet) agent(name string) (*known, error) {
	if a := f.agents[name]; a != nil {
		return a, nil
	}
	if len(f.agents) >= MaxAgents {
		return nil, fmt.Errorf("agent %s: %d agents are known already; no more are taken", name, MaxAgents)
	}
	a := &known{AgentStatus: slo.AgentStatus{Agent: name}}
	f.agents[name] = a
	return a, nil
}

// Agents lists the agents as they are at an instant, by name.
func (f *Fleet) Agents(at slo.Instant) []slo.AgentStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]slo.AgentStatus, 0, len(f.agents))
	for _, a := range f.agents {
		st := a.AgentStatus
		st.Seats = len(f.seats.held[a.Agent])
		st.Silent = at.Sub(max(a.Seen, f.since)) > f.silentAfter
		out = append(out, st)
	}
	slices.SortFunc(out, func(a, b slo.AgentStatus) int { return strings.Compare(a.Agent, b.Agent) })
	return out
}

// Changed returns, as JSON by name, the agents that changed since the last
// call; Restore takes it back.
func (f *Fleet) Changed() (map[string][]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string][]byte{}
	for name := range f.dirty {
		b, err := json.Marshal(f.stored(name))
		if err != nil {
			return nil, fmt.Errorf("storing agent %s: %w", name, err)
		}
		out[name] = b
	}
	clear(f.dirty)
	return out, nil
}

// Again marks agents of Changed that could not be stored, for the next.
func (f *Fleet) Again(changed map[string][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name := range changed {
		f.dirty[name] = true
	}
}

// Restore takes agents that were stored, and the seats that they hold. After a
// start nobody is silent until it had the time to be heard: at is now.
func (f *Fleet) Restore(stored map[string][]byte, at slo.Instant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since, f.heard, f.audible = at, at, at
	held := map[string][]Tenure{}
	for name, b := range stored {
		var s storedAgent
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("reading agent %s: %w", name, err)
		}
		s.Agent = name
		f.agents[name] = &known{AgentStatus: s.AgentStatus} // not in contact: it may have died since
		held[name] = s.Holds
	}
	f.seats.restore(held)
	return nil
}
