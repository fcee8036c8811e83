// Package fleet knows the agents: which there are, how they are, and what each
// is to probe.
package fleet

import (
	"encoding/json"
	"fmt"
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
	Watermark                       slo.Instant // every slot before it is measured and queued; 0 where it did not say
}

// Fleet is every agent that was heard of. Its methods may be called at the
// same time.
type Fleet struct {
	silentAfter time.Duration

	mu     sync.Mutex
	since  slo.Instant // when agents could first be heard
	agents map[string]*slo.AgentStatus
	dirty  map[string]bool
}

// New returns an empty fleet in which an agent is silent when it was not heard
// of for longer than silentAfter.
func New(silentAfter time.Duration) *Fleet {
	return &Fleet{silentAfter: silentAfter, agents: map[string]*slo.AgentStatus{}, dirty: map[string]bool{}}
}

// Heard notes a heartbeat.
func (f *Fleet) Heard(b Beat, at slo.Instant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.agent(b.Agent)
	if err != nil {
		return err
	}
	if a.Epoch != b.Epoch {
		a.Lost = 0
	}
	a.Location, a.Epoch, a.Version, a.Started = b.Location, b.Epoch, b.Version, b.Started
	a.Queued, a.Oldest, a.Offset = b.Queued, b.Oldest, b.Offset
	a.Watermark = b.delivered()
	a.Seen = max(a.Seen, at)
	f.dirty[b.Agent] = true
	return nil
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
	a, err := f.agent(agent)
	if err != nil {
		return err
	}
	if location != "" {
		a.Location = location
	}
	a.Newest = max(a.Newest, newest)
	a.Lost += lost
	a.Seen = max(a.Seen, at)
	f.dirty[agent] = true
	return nil
}

func (f *Fleet) agent(name string) (*slo.AgentStatus, error) {
	if a := f.agents[name]; a != nil {
		return a, nil
	}
	if len(f.agents) >= MaxAgents {
		return nil, fmt.Errorf("agent %s: %d agents are known already; no more are taken", name, MaxAgents)
	}
	a := &slo.AgentStatus{Agent: name}
	f.agents[name] = a
	return a, nil
}

// Agents lists the agents as they are at an instant, by name.
func (f *Fleet) Agents(at slo.Instant) []slo.AgentStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]slo.AgentStatus, 0, len(f.agents))
	for _, a := range f.agents {
		st := *a
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
		b, err := json.Marshal(f.agents[name])
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

// Restore takes agents that were stored. After a start nobody is silent until
// it had the time to be heard: at is now.
func (f *Fleet) Restore(stored map[string][]byte, at slo.Instant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since = at
	for name, b := range stored {
		a := &slo.AgentStatus{}
		if err := json.Unmarshal(b, a); err != nil {
			return fmt.Errorf("reading agent %s: %w", name, err)
		}
		a.Agent = name
		f.agents[name] = a
	}
	return nil
}

// Assignment lists the probes that an agent at a location is to run, by name:
// those that name the location, and those that name none.
func Assignment(c *slo.Catalog, location string) []*slo.Probe {
	var out []*slo.Probe
	for _, p := range c.Probes {
		if p.Locations.Counts(location) {
			out = append(out, p)
		}
	}
	return out
}
