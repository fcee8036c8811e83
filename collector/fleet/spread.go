package fleet

import "github.com/assay-sla/assay/slo"

// group are the seats of one of the locations that a probe runs from.
type group struct {
	seats    []slo.Seat
	location string // "" while there is none
	settled  bool   // it stays where it is, and none of its seats is moving
}

// spread finds locations for a probe that runs from any N of its own, and
// agents there. It is fill one level up: a location is present, free or steady
// where one of its agents is. It returns all seats that there are.
func (s *seating) spread() (all []slo.Seat) {
	groups := make([]group, s.probe.Locations.Any)
	used := map[string]bool{} // also what a seat is about to leave
	for i := range groups {
		g := &groups[i]
		g.seats = seatsOf(s.probe, "", i+1)
		all = append(all, g.seats...)
		s.keep(g, used)
	}
	for i := range groups {
		g := &groups[i]
		if g.location == "" {
			g.location = s.firstLocation(used, func(m *Member) bool { return m.Free })
		}
		if g.location == "" { // its holders keep it, silent as they are
			g.location = s.held(g, used)
		}
		used[g.location] = true
	}
	for s.balanceLocations(groups, used) {
	}
	for _, g := range groups {
		if g.location != "" {
			s.fill(g.seats, g.location)
		}
	}
	return all
}

// keep leaves a group where one of its holders is present, or an agent is free
// to take its seats.
func (s *seating) keep(g *group, used map[string]bool) {
	location := s.held(g, used)
	if location == "" {
		return
	}
	moving, kept := false, s.count(location, func(m *Member) bool { return m.Free }) > 0
	for _, seat := range g.seats {
		p := s.post(seat)
		if p.moving() {
			moving = true
			used[p.Holder.Location] = true
		}
		kept = kept || p.last().Location == location && s.present(p.last()) && s.suitable(p.last())
	}
	if kept {
		g.location, g.settled = location, !moving
		used[location] = true
	}
}

// held is the location where a group's seats are, "" where it may not be there.
func (s *seating) held(g *group, used map[string]bool) string {
	for _, seat := range g.seats {
		if h := s.post(seat).last(); h != (Holder{}) && !used[h.Location] && s.probe.Locations.Counts(h.Location) {
			return h.Location
		}
	}
	return ""
}

// balanceLocations moves one group to a location that is before its own in
// rank, the one whose location is the last in rank. It reports whether there
// was one.
func (s *seating) balanceLocations(groups []group, used map[string]bool) bool {
	steady := func(m *Member) bool { return m.Steady }
	next := s.firstLocation(used, steady)
	last := -1
	for i, g := range groups {
		if g.settled && (last < 0 || s.before(groups[last].location, g.location)) {
			last = i
		}
	}
	if next == "" || last < 0 || !s.before(next, groups[last].location) || s.count(next, steady) < s.probe.Locations.Agents.Any {
		return false
	}
	groups[last].location, groups[last].settled = next, false
	used[next] = true // and the one that it leaves still is
	return true
}

// firstLocation is the first in rank of the probe's locations that is not used
// and has agents that are good, enough for all seats where there is such a one;
// "" where there is none.
func (s *seating) firstLocation(used map[string]bool, good func(*Member) bool) string {
	best, most := "", 0
	for _, location := range s.probe.Locations.From {
		n := s.count(location, good)
		if used[location] || n == 0 || n < most {
			continue
		}
		if n > most || s.before(location, best) {
			best, most = location, n
		}
	}
	return best
}

// count is how many of a location's seats its good agents could take.
func (s *seating) count(location string, good func(*Member) bool) int {
	n := 0
	for _, m := range s.suited(location) {
		if good(m) {
			n++
		}
	}
	return min(n, s.probe.Locations.Agents.Any)
}
