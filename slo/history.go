package slo

import (
	"slices"
	"strings"
	"time"
)

// History holds the timelines of a catalogue's probes and services. Add takes
// measurements in any order; Settle then brings the timelines above them up to
// date, only where something changed. One goroutine at a time may use it.
type History struct {
	probes   map[string]*ProbeHistory
	services map[string]*ServiceHistory
	dirty    []*ProbeHistory
}

// ProbeHistory is what was seen of one probe.
type ProbeHistory struct {
	Probe     *Probe
	locations []*LocationHistory
	timeline  Timeline
	services  []*ServiceHistory
	dirty     bool
	counts    *Occurrences // nil unless an objective counts them
}

// LocationHistory is what one location saw of one probe.
type LocationHistory struct {
	Name     string
	Counts   bool // whether it takes part in the vote
	agents   []*AgentWord
	timeline Timeline
	dirty    Interval
}

// AgentWord is one agent's stream at a location.
type AgentWord struct {
	Agent string
	*Stream
}

// ServiceHistory is the timeline of one service.
type ServiceHistory struct {
	Service  *Service
	probes   []*ProbeHistory
	timeline Timeline
	dirty    Interval
}

// NewHistory returns the empty history of a catalogue.
func NewHistory(c *Catalog) *History {
	h := &History{probes: map[string]*ProbeHistory{}, services: map[string]*ServiceHistory{}}
	for _, p := range c.Probes {
		h.probes[p.Name] = &ProbeHistory{Probe: p}
	}
	for _, s := range c.Services {
		sh := &ServiceHistory{Service: s}
		for _, name := range s.Up.Probes() {
			p := h.probes[name]
			sh.probes = append(sh.probes, p)
			p.services = append(p.services, sh)
		}
		h.services[s.Name] = sh
	}
	for _, a := range c.Agreements {
		for _, o := range a.Objectives {
			if p := h.services[a.Service].probes[0]; o.Method == ByOccurrences && p.counts == nil {
				p.counts = &Occurrences{}
			}
		}
	}
	return h
}

// Probe returns the history of a probe, nil where the catalogue lacks it.
func (h *History) Probe(name string) *ProbeHistory { return h.probes[name] }

// Service returns the history of a service, nil where the catalogue lacks it.
func (h *History) Service(name string) *ServiceHistory { return h.services[name] }

// Taken is what Add did with a measurement.
type Taken uint8

// What Add can do.
const (
	TakenNow    Taken = iota // it counts
	NotOurs                  // the catalogue lacks its probe
	BeforeFloor              // counted, but older than what the stream still holds: rebuild it
)

// Add takes one measurement. It must not be a repeat: identity is the
// caller's business.
func (h *History) Add(agent string, m *Measurement) Taken {
	p := h.probes[m.Probe]
	if p == nil {
		return NotOurs
	}
	l := p.location(m.Location)
	if p.counts != nil && l.Counts {
		p.counts.Add(m)
	}
	changed, ok := l.word(agent, p.Probe).Add(m.At, m.Outcome)
	if !ok {
		return BeforeFloor
	}
	h.touch(p, l, changed)
	return TakenNow
}

// Replace puts another stream in the place of an agent's, such as one rebuilt
// from the archive or read back from a checkpoint.
func (h *History) Replace(probe, location, agent string, s *Stream) {
	p := h.probes[probe]
	if p == nil {
		return
	}
	l := p.location(location)
	w := l.word(agent, p.Probe)
	changed := Interval{MinInstant, MaxInstant}
	w.Stream = s
	h.touch(p, l, changed)
}

func (h *History) touch(p *ProbeHistory, l *LocationHistory, changed Interval) {
	if changed.Empty() {
		return
	}
	l.dirty = cover(l.dirty, changed)
	if !p.dirty {
		p.dirty = true
		h.dirty = append(h.dirty, p)
	}
}

// Settle composes the locations, probes and services that the measurements
// since the last Settle touched, and returns the services whose timeline
// changed, each with the interval that covers its change.
func (h *History) Settle() map[*ServiceHistory]Interval {
	var touched []*ServiceHistory
	for _, p := range h.dirty {
		p.dirty = false
		changed := p.settle()
		if changed.Empty() {
			continue
		}
		for _, s := range p.services {
			if s.dirty.Empty() {
				touched = append(touched, s)
			}
			s.dirty = cover(s.dirty, changed)
		}
	}
	h.dirty = h.dirty[:0]
	var out map[*ServiceHistory]Interval
	for _, s := range touched {
		changed := s.settle()
		if changed.Empty() {
			continue
		}
		if out == nil {
			out = map[*ServiceHistory]Interval{}
		}
		out[s] = changed
	}
	return out
}

func (p *ProbeHistory) settle() Interval {
	var changed Interval
	for _, l := range p.locations {
		if l.dirty.Empty() {
			continue
		}
		words := make([]*Timeline, len(l.agents))
		for i, a := range l.agents {
			words[i] = a.Timeline()
		}
		c := compose(&l.timeline, l.dirty, words, merge)
		l.dirty = Interval{}
		if l.Counts {
			changed = cover(changed, c)
		}
	}
	if changed.Empty() {
		return changed
	}
	var in []*Timeline
	for _, l := range p.locations {
		if l.Counts {
			in = append(in, &l.timeline)
		}
	}
	return compose(&p.timeline, changed, in, p.Probe.Locations.vote)
}

func (s *ServiceHistory) settle() Interval {
	in := make([]*Timeline, len(s.probes))
	for i, p := range s.probes {
		in[i] = &p.timeline
	}
	v := s.dirty
	s.dirty = Interval{}
	return compose(&s.timeline, v, in, func(states []State) State {
		return s.Service.Up.Eval(func(name string) State {
			for i, p := range s.probes {
				if p.Probe.Name == name {
					return states[i]
				}
			}
			return Unknown
		})
	})
}

// Timeline is the probe's confirmed, voted timeline, as of the last Settle.
func (p *ProbeHistory) Timeline() *Timeline { return &p.timeline }

// Locations lists the locations that reported, by name.
func (p *ProbeHistory) Locations() []*LocationHistory { return p.locations }

// Occurrences counts the probe's measurements, nil where nothing asks for it.
func (p *ProbeHistory) Occurrences() *Occurrences { return p.counts }

// Timeline is what the location saw, as of the last Settle.
func (l *LocationHistory) Timeline() *Timeline { return &l.timeline }

// Agents lists the agents that reported from the location, by name.
func (l *LocationHistory) Agents() []*AgentWord { return l.agents }

// Timeline is the service's timeline, as of the last Settle.
func (s *ServiceHistory) Timeline() *Timeline { return &s.timeline }

// Probes lists the probes in the service's expression.
func (s *ServiceHistory) Probes() []*ProbeHistory { return s.probes }

func (p *ProbeHistory) location(name string) *LocationHistory {
	i, found := slices.BinarySearchFunc(p.locations, name, func(l *LocationHistory, n string) int { return strings.Compare(l.Name, n) })
	if !found {
		l := &LocationHistory{Name: name, Counts: p.Probe.Locations.Counts(name)}
		p.locations = slices.Insert(p.locations, i, l)
	}
	return p.locations[i]
}

func (l *LocationHistory) word(agent string, p *Probe) *AgentWord {
	i, found := slices.BinarySearchFunc(l.agents, agent, func(w *AgentWord, n string) int { return strings.Compare(w.Agent, n) })
	if !found {
		w := &AgentWord{Agent: agent, Stream: NewStream(p.Hold, p.Confirm)}
		l.agents = slices.Insert(l.agents, i, w)
	}
	return l.agents[i]
}

// Recount takes what was read back of a probe's measurements in place of
// what its occurrences held, for whoever counts on them. Where nobody does it
// does nothing.
func (p *ProbeHistory) Recount(o *Occurrences) {
	if p.counts != nil {
		*p.counts = *o
	}
}

// Forget drops what is older than keep before at from every stream: late
// measurements from before then need the archive.
func (h *History) Forget(at Instant, keep time.Duration) {
	for _, p := range h.probes {
		for _, l := range p.locations {
			for _, w := range l.agents {
				w.Forget(at.Add(-keep))
			}
		}
	}
}

// cover is the shortest interval that holds both; an empty one holds nothing.
func cover(a, b Interval) Interval {
	switch {
	case a.Empty():
		return b
	case b.Empty():
		return a
	}
	return Interval{min(a.From, b.From), max(a.To, b.To)}
}

// Services lists the names of the services that speak of the probe.
func (p *ProbeHistory) Services() []string {
	out := make([]string, len(p.services))
	for i, s := range p.services {
		out[i] = s.Service.Name
	}
	return out
}
