package slo

import (
	"iter"
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
	counting []*Increments
}

// ProbeHistory is what was seen of one probe.
type ProbeHistory struct {
	Probe     *Probe
	revisions *Revisions // nil: the catalogue's own parameters judge everything
	eras      []era      // its parameters over time, at least one
	locations []*LocationHistory
	timeline  Timeline
	seen      Timeline // before confirmation and quorum; unused where they change nothing
	services  []*ServiceHistory
	dirty     bool
	counts    *Occurrences // nil unless an objective counts them
	latencies *Latencies   // nil unless an objective counts by them
	// increments is nil unless an objective or a workload limit asks for them.
	increments *Increments
}

// LocationHistory is what one location saw of one probe.
type LocationHistory struct {
	Name     string
	Counts   bool // whether it takes part in the vote, in the catalogue that is evaluated
	counted  bool // whether it takes part, or ever did
	agents   []*AgentWord
	timeline Timeline
	seen     Timeline // before confirmation; unused where one down is enough
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
	timeline Timeline // of several probes; of one it is that one's
	seen     Timeline // of what its probes saw; unused where that is their timelines
	supplied []supplied
	dirty    Touched
}

// NewHistory returns the empty history of a catalogue whose parameters judge
// every measurement.
func NewHistory(c *Catalog) *History { return NewHistoryUnder(c, nil) }

// NewHistoryUnder returns the empty history of a catalogue, with the catalogues
// whose parameters judge the measurements; nil is the catalogue alone.
func NewHistoryUnder(c *Catalog, r *Revisions) *History {
	h := &History{probes: map[string]*ProbeHistory{}, services: map[string]*ServiceHistory{}}
	for _, p := range c.Probes {
		h.probes[p.Name] = &ProbeHistory{Probe: p, revisions: r, eras: r.eras(p)}
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
	supply := newSupply(c)
	for name, s := range h.services {
		s.supplied = h.suppliedBy(supply.of(name))
	}
	for _, a := range c.Agreements {
		for _, o := range a.Objectives {
			h.services[a.Service].probes[0].countFor(&o)
			if p := h.probes[o.Requests.Probe]; p != nil {
				h.countRequests(p)
			}
		}
		if l := a.Workload; l != nil && h.probes[l.Probe] != nil {
			h.countRequests(h.probes[l.Probe]).limitTo(*l)
		}
	}
	return h
}

// countFor begins to count what an objective of the probe's service needs to
// be counted one by one.
func (p *ProbeHistory) countFor(o *Objective) {
	switch {
	case o.Method == ByOccurrences && p.counts == nil:
		p.counts = &Occurrences{}
	case o.Method == ByLatency && p.latencies == nil:
		p.latencies = &Latencies{}
	}
	if o.Method == ByLatency {
		p.latencies.countWithin(o.Latency.Within)
	}
}

// countRequests begins to keep a probe's increments.
func (h *History) countRequests(p *ProbeHistory) *Increments {
	if p.increments == nil {
		p.increments = &Increments{}
		h.counting = append(h.counting, p.increments)
	}
	return p.increments
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
	if u := p.under(m); u.Locations.Counts(m.Location) {
		p.count(m, u.Every)
	}
	changed, ok := p.Judge(l.word(agent, p.Probe).Stream, m)
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

// Touched is where the timeline of something changed, and where that of what
// was seen of it did: each the interval that covers the change.
type Touched struct{ Timeline, Seen Interval }

// Empty reports whether nothing changed.
func (t Touched) Empty() bool { return t.Timeline.Empty() && t.Seen.Empty() }

func (t Touched) cover(u Touched) Touched {
	return Touched{cover(t.Timeline, u.Timeline), cover(t.Seen, u.Seen)}
}

// Settle composes the locations, probes and services that the measurements
// since the last Settle touched, and returns what that changed of services.
func (h *History) Settle() map[*ServiceHistory]Touched {
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
			s.dirty = s.dirty.cover(changed)
		}
	}
	h.dirty = h.dirty[:0]
	for _, c := range h.counting {
		c.refresh()
	}
	var out map[*ServiceHistory]Touched
	for _, s := range touched {
		changed := s.settle()
		if changed.Empty() {
			continue
		}
		if out == nil {
			out = map[*ServiceHistory]Touched{}
		}
		out[s] = changed
	}
	return out
}

func (p *ProbeHistory) settle() Touched {
	var changed Touched
	confirms := p.confirms()
	for _, l := range p.locations {
		if l.dirty.Empty() {
			continue
		}
		c := l.settle(confirms)
		if l.counted {
			changed = changed.cover(c)
		}
	}
	if changed.Empty() {
		return changed
	}
	plain := p.plain()
	var out Touched
	for i := range p.eras {
		lasts := p.lasts(i)
		t := p.compose(&p.eras[i], Touched{lasts.Intersect(changed.Timeline), lasts.Intersect(changed.Seen)}, plain, confirms)
		out = out.cover(t)
	}
	return out
}

// compose has the locations vote over v, which lies in one era of the
// probe's parameters.
func (p *ProbeHistory) compose(under *era, v Touched, plain, confirms bool) Touched {
	if v.Empty() {
		return Touched{}
	}
	var in, seen []*Timeline
	for _, l := range p.locations {
		if under.Locations.Counts(l.Name) {
			in, seen = append(in, l.Timeline()), append(seen, l.sees(confirms))
		}
	}
	v.Timeline = compose(&p.timeline, v.Timeline, in, under.Locations.vote)
	if plain {
		return Touched{v.Timeline, v.Timeline}
	}
	v.Seen = compose(&p.seen, v.Seen, seen, sight.vote)
	return v
}

// sight is the quorum of what was seen: one location is enough.
var sight = Voters{Quorum: Any, Min: 1}

// plain reports whether the probe's timeline is what was seen: whether neither
// confirmation nor quorum can change it.
func (p *ProbeHistory) plain() bool {
	for i := range p.eras {
		if u := &p.eras[i]; u.Confirm > 1 || u.Locations.Quorum != Any || u.Locations.Min > 1 {
			return false
		}
	}
	return true
}

// settle composes the location's timelines where its agents' words changed.
func (l *LocationHistory) settle(confirms bool) Touched {
	v := l.dirty
	l.dirty = Interval{}
	words := make([]*Timeline, len(l.agents))
	for i, a := range l.agents {
		words[i] = a.Timeline()
	}
	changed := compose(&l.timeline, v, words, merge)
	if !confirms {
		return Touched{changed, changed}
	}
	for i, a := range l.agents {
		words[i] = a.Seen()
	}
	return Touched{changed, compose(&l.seen, v, words, merge)}
}

// sees is the location's timeline before confirmation.
func (l *LocationHistory) sees(confirms bool) *Timeline {
	if confirms {
		return &l.seen
	}
	return &l.timeline
}

func (s *ServiceHistory) settle() Touched {
	v := s.dirty
	s.dirty = Touched{}
	if s.single() {
		return v
	}
	changed := s.compose(&s.timeline, v.Timeline, (*ProbeHistory).Timeline)
	if s.plain() {
		return Touched{changed, changed}
	}
	return Touched{changed, s.compose(&s.seen, v.Seen, (*ProbeHistory).Seen)}
}

// compose makes the service's timeline over v of one of each probe's.
func (s *ServiceHistory) compose(out *Timeline, v Interval, of func(*ProbeHistory) *Timeline) Interval {
	in := make([]*Timeline, len(s.probes))
	for i, p := range s.probes {
		in[i] = of(p)
	}
	return compose(out, v, in, func(states []State) State {
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

// single reports whether the service is one probe, whose timelines are its own.
func (s *ServiceHistory) single() bool { return s.Service.Up.Op == OpProbe }

// plain reports whether the service's timeline is what was seen.
func (s *ServiceHistory) plain() bool {
	for _, p := range s.probes {
		if !p.plain() {
			return false
		}
	}
	return true
}

// Seen is what was seen of the probe: its timeline if one down of any location
// that counts were enough.
func (p *ProbeHistory) Seen() *Timeline {
	if p.plain() {
		return &p.timeline
	}
	return &p.seen
}

// Seen is what was seen of the service: its timeline before its probes'
// confirmation and quorum.
func (s *ServiceHistory) Seen() *Timeline {
	switch {
	case s.single():
		return s.probes[0].Seen()
	case s.plain():
		return &s.timeline
	}
	return &s.seen
}

// Timeline is the probe's confirmed, voted timeline, as of the last Settle.
func (p *ProbeHistory) Timeline() *Timeline { return &p.timeline }

// Locations lists the locations that reported, by name.
func (p *ProbeHistory) Locations() []*LocationHistory { return p.locations }

// Counted reports whether an objective counts the probe's measurements one by
// one.
func (p *ProbeHistory) Counted() bool {
	return p.counts != nil || p.latencies != nil || p.increments != nil
}

// latencyCount is the count of a latency objective.
func (p *ProbeHistory) latencyCount(within time.Duration) *Occurrences {
	return p.latencies.within[within]
}

// count counts one measurement of a location that counts, of a probe that was
// run every so often.
func (p *ProbeHistory) count(m *Measurement, every time.Duration) {
	if m.Seat != "" && !m.madeFor(every) {
		alone := *m
		alone.Seat, alone.Slot = "", 0
		m = &alone
	}
	if p.counts != nil {
		p.counts.Add(m)
	}
	if p.latencies != nil {
		p.latencies.Add(m)
	}
	if p.increments != nil && p.asks(m.Requests) {
		p.increments.Add(m)
	}
}

// asks reports whether these are requests of an increment that the probe ever
// asked for: one that ends at a whole multiple of its length since the epoch,
// and, where it is known what the probe was like, of a length that it had. Of
// others an agent could make as many as it likes.
func (p *ProbeHistory) asks(r *Requests) bool {
	switch {
	case r == nil:
		return false
	case mod(r.To, r.To-r.From) != 0:
		return false
	}
	return p.revisions == nil || slices.ContainsFunc(p.eras, func(e era) bool { return e.Every == r.Length() })
}

// Timeline is what the location saw, as of the last Settle.
func (l *LocationHistory) Timeline() *Timeline { return &l.timeline }

// Counted reports whether the location takes part in the vote, or did under a
// catalogue before.
func (l *LocationHistory) Counted() bool { return l.counted }

// Agents lists the agents that reported from the location, by name.
func (l *LocationHistory) Agents() []*AgentWord { return l.agents }

// Timeline is the service's timeline, as of the last Settle.
func (s *ServiceHistory) Timeline() *Timeline {
	if s.single() {
		return s.probes[0].Timeline()
	}
	return &s.timeline
}

// Probes lists the probes in the service's expression.
func (s *ServiceHistory) Probes() []*ProbeHistory { return s.probes }

func (p *ProbeHistory) location(name string) *LocationHistory {
	i, found := slices.BinarySearchFunc(p.locations, name, func(l *LocationHistory, n string) int { return strings.Compare(l.Name, n) })
	if !found {
		l := &LocationHistory{Name: name, Counts: p.Probe.Locations.Counts(name)}
		for i := range p.eras {
			l.counted = l.counted || p.eras[i].Locations.Counts(name)
		}
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

// Recount counts the measurements of probes anew, in one pass over every one
// that there is of them; those of other probes may be among these. Where no
// objective counts a probe's it does nothing to it.
func (h *History) Recount(probes []string, all iter.Seq[*Measurement]) {
	anew := make(map[string]*ProbeHistory, len(probes))
	for _, name := range probes {
		p := h.probes[name]
		anew[name] = p
		if p.counts != nil {
			*p.counts = Occurrences{}
		}
		if p.latencies != nil {
			p.latencies.clear()
		}
		if p.increments != nil {
			p.increments.clear()
		}
	}
	for m := range all {
		p := anew[m.Probe]
		if p == nil {
			continue
		}
		if u := p.under(m); u.Locations.Counts(m.Location) {
			p.count(m, u.Every)
		}
	}
	for _, c := range h.counting {
		c.refresh()
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
