package fleet

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Seating is the plan that follows from a catalogue, the agents as they are at
// an instant, and the plan before. It is a pure function: equal arguments give
// equal plans.
//
// A seat stays where it is while its holder is present and suitable. Whoever
// is to have it otherwise is chosen by rendezvous hashing: every probe ranks all
// agents by a hash of both names, and all locations likewise, and the first in
// rank that are free have its seats. So one agent more or less moves only the
// seats that it has or is to have. A holder that is not present keeps its seat
// while nobody else can take it: all may be silent because the collector was
// cut off.
func Seating(c *slo.Catalog, members []Member, before Plan, at slo.Instant) Seated {
	byLocation := map[string][]*Member{}
	byName := map[string]*Member{}
	for i := range members {
		m := &members[i]
		byLocation[m.Location] = append(byLocation[m.Location], m)
		byName[m.Agent] = m
	}
	s := seating{members: byLocation, byName: byName, earlier: before, at: at, out: Seated{Plan: Plan{}}}
	for _, p := range c.Probes {
		if p.Locations.Seated() {
			s.seat(p)
		}
	}
	return s.out
}

// seating is the state of one Seating. What is about one probe is of the probe
// that is being seated.
type seating struct {
	members map[string][]*Member // by location
	byName  map[string]*Member
	earlier Plan
	at      slo.Instant

	probe     *slo.Probe
	suitables map[string][]*Member // by location
	inUse     map[string]bool      // agents that have a seat of the probe, or are to have one

	out Seated
}

// seat seats one probe.
func (s *seating) seat(p *slo.Probe) {
	s.probe, s.suitables, s.inUse = p, map[string][]*Member{}, map[string]bool{}
	var all []slo.Seat
	if p.Locations.Any > 0 {
		all = s.spread()
	} else {
		for _, location := range s.locations() {
			seats := seatsOf(p, location, 0)
			s.fill(seats, location)
			all = append(all, seats...)
		}
	}
	s.out.Seats += len(all)
	for _, seat := range all {
		if post, ok := s.out.Plan[seat]; !ok || !s.present(post.Holder) && !s.present(post.last()) {
			s.out.Vacant = append(s.out.Vacant, seat)
		}
	}
}

// seatsOf are the seats of one location: of a fixed one, or of the number-th
// that the probe runs from.
func seatsOf(p *slo.Probe, location string, number int) []slo.Seat {
	seats := make([]slo.Seat, p.Locations.Agents.Any)
	for i := range seats {
		seats[i] = slo.Seat{Probe: p.Name, Location: location, Number: number, Agent: i + 1}
	}
	return seats
}

// locations are those that the probe may run from: the ones that it names, or
// all where agents are.
func (s *seating) locations() []string {
	if from := s.probe.Locations.From; len(from) > 0 {
		return from
	}
	var out []string
	for location := range s.members {
		if len(s.suited(location)) > 0 {
			out = append(out, location)
		}
	}
	slices.Sort(out)
	return out
}

// suited are the agents at a location that are suitable for the probe.
func (s *seating) suited(location string) []*Member {
	list, ok := s.suitables[location]
	if ok {
		return list
	}
	for _, m := range s.members[location] {
		if s.probe.Locations.Agents.Takes(m.Agent, m.Labels) {
			list = append(list, m)
		}
	}
	s.suitables[location] = list
	return list
}

// before reports whether an agent, or a location, is before another one in the
// rank that the probe gives them.
func (s *seating) before(a, b string) bool {
	x, y := rank(s.probe.Name, a), rank(s.probe.Name, b)
	return x > y || x == y && a < b
}

// rank is the hash of two names (FNV-1a, and the finaliser of splitmix64, so
// that every bit depends on all of both).
func rank(probe, other string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	x := uint64(offset)
	for i := range len(probe) {
		x = (x ^ uint64(probe[i])) * prime
	}
	x *= prime // a zero between the two
	for i := range len(other) {
		x = (x ^ uint64(other[i])) * prime
	}
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// member is a holder where it still is, nil elsewhere.
func (s *seating) member(h Holder) *Member {
	if m := s.byName[h.Agent]; m != nil && m.Location == h.Location {
		return m
	}
	return nil
}

// present reports whether a holder keeps what it has.
func (s *seating) present(h Holder) bool {
	m := s.member(h)
	return m != nil && m.Present
}

// suitable reports whether the probe chooses a holder.
func (s *seating) suitable(h Holder) bool {
	m := s.member(h)
	return m != nil && s.probe.Locations.Counts(h.Location) && s.probe.Locations.Agents.Takes(m.Agent, m.Labels)
}

// post is a seat's post of the plan before, with what has come to pass since:
// moves that are done, and those that fail for one of the two.
func (s *seating) post(seat slo.Seat) Post {
	p := s.earlier[seat]
	switch {
	case !p.moving():
	case s.at >= p.At.Add(moveDone):
		p = Post{Holder: p.Next}
	case !s.present(p.Next) || !s.suitable(p.Next):
		p = Post{Holder: p.Holder}
	case !s.present(p.Holder):
		p = Post{Holder: p.Next}
	}
	return p
}

// put enters a seat's post in the plan, and the move where it is one.
func (s *seating) put(seat slo.Seat, p Post, why Reason) {
	s.out.Plan[seat] = p
	s.use(p)
	from := s.post(seat).last()
	if why == Withdrawn {
		from = s.earlier[seat].last()
	}
	if to := p.last(); from != to {
		s.out.Moves = append(s.out.Moves, Move{Seat: seat, From: from, To: to, At: p.At, Reason: why})
	}
}

func (s *seating) use(p Post) {
	s.inUse[p.Holder.Agent], s.inUse[p.last().Agent] = true, true
}
