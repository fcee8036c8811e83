package fleet

import "github.com/assay-sla/assay/slo"

// fill finds agents of one location for the seats there.
func (s *seating) fill(seats []slo.Seat, location string) {
	var open, kept []slo.Seat
	for _, seat := range seats {
		p := s.post(seat)
		if h := p.last(); h.Location == location && s.suitable(h) && s.present(h) && !s.inUse[h.Agent] {
			s.put(seat, p, Withdrawn)
			kept = append(kept, seat)
		} else {
			open = append(open, seat)
		}
	}
	for _, seat := range open {
		s.give(seat, s.post(seat).last(), location)
	}
	for s.balance(kept, location) {
	}
}

// give gives a seat that was held by somebody, or nobody, to the first in rank
// that is free.
func (s *seating) give(seat slo.Seat, held Holder, location string) {
	next := s.first(location, func(m *Member) bool { return m.Free })
	switch {
	case next == nil && held.Location == location && s.suitable(held) && !s.inUse[held.Agent]:
		s.put(seat, Post{Holder: held}, Withdrawn) // silent, but nobody else can take it
	case next == nil:
	case held == Holder{}:
		s.put(seat, Post{Holder: holder(next)}, First)
	case !s.present(held):
		s.put(seat, Post{Holder: holder(next)}, Silent)
	case s.suitable(held):
		s.put(seat, s.handOver(held, next), Balanced)
	default:
		s.put(seat, s.handOver(held, next), Unsuitable)
	}
}

// balance moves one of the seats that stayed where they are to an agent that is
// before its holder in rank, the one whose holder is the last in rank. It
// reports whether there was one.
func (s *seating) balance(kept []slo.Seat, location string) bool {
	next := s.first(location, func(m *Member) bool { return m.Steady })
	var last *slo.Seat
	for i := range kept {
		p := s.out.Plan[kept[i]]
		if !p.moving() && (last == nil || s.before(s.out.Plan[*last].Holder.Agent, p.Holder.Agent)) {
			last = &kept[i]
		}
	}
	if next == nil || last == nil || !s.before(next.Agent, s.out.Plan[*last].Holder.Agent) {
		return false
	}
	s.put(*last, s.handOver(s.out.Plan[*last].Holder, next), Balanced)
	return true
}

// first is the first in rank at a location that is good and has no seat of the
// probe; nil where there is none.
func (s *seating) first(location string, good func(*Member) bool) *Member {
	var best *Member
	for _, m := range s.suited(location) {
		if good(m) && !s.inUse[m.Agent] && (best == nil || s.before(m.Agent, best.Agent)) {
			best = m
		}
	}
	return best
}

func (s *seating) handOver(from Holder, to *Member) Post {
	return Post{Holder: from, Next: holder(to), At: s.at.Add(moveAhead)}
}

func holder(m *Member) Holder { return Holder{m.Agent, m.Location} }
