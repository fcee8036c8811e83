package slo

import (
	"cmp"
	"slices"
	"time"
)

// sought are the measurements of one probe that an explanation lists one by
// one, by their instant, and what was found at each.
type sought struct {
	down   bool                               // those that were down, rather than ups by their latency
	counts map[*ExplainedMeasurement]Requests // what those counted that counted requests
	at     map[Instant][]*ExplainedMeasurement
	found  map[Instant][]*Said
	within time.Duration // of a latency objective: others are slower
	slow   map[*ExplainedMeasurement]bool
	of     func(location string) bool // whether it counts
}

// seek begins to look for what the explanation counts one by one: it is of the
// service's first probe, or of the one that counts its requests.
func (w *Witness) seek() {
	x := w.x
	if x.Latency == nil && x.WereDown == nil && x.Bad == nil {
		return
	}
	s := &sought{down: x.WereDown != nil, at: map[Instant][]*ExplainedMeasurement{}, found: map[Instant][]*Said{}, slow: map[*ExplainedMeasurement]bool{},
		counts: map[*ExplainedMeasurement]Requests{}, of: x.counted.Locations.Counts}
	add := func(list []ExplainedMeasurement) {
		for i := range list {
			s.at[list[i].At] = append(s.at[list[i].At], &list[i])
		}
	}
	if x.WereDown != nil {
		add(x.WereDown.Listed)
	}
	if l := x.Latency; l != nil {
		s.within = x.Status.Objective.Latency.Within
		add(l.Slow.Listed)
		for i := range l.Slow.Listed {
			s.slow[&l.Slow.Listed[i]] = true
		}
		if l.Rank != nil {
			s.at[l.Rank.Latest.At] = append(s.at[l.Rank.Latest.At], &l.Rank.Latest)
		}
	}
	if x.Bad != nil {
		for i := range x.Bad.Listed {
			m := &x.Bad.Listed[i]
			s.at[m.At] = append(s.at[m.At], &m.ExplainedMeasurement)
			s.counts[&m.ExplainedMeasurement] = m.Requests
		}
	}
	w.sought[x.counted.Name] = s
}

func (s *sought) add(id ID, m *Measurement) {
	if s == nil || s.at[m.At] == nil || !s.of(m.Location) {
		return
	}
	s.found[m.At] = append(s.found[m.At], &Said{id, *m})
}

// finish gives each that is sought the measurement that it is. It reports
// whether one was not read.
func (s *sought) finish(since Instant) bool {
	unread := false
	for at, list := range s.at {
		if at < since {
			for _, m := range list {
				m.Unread = true
			}
			unread = true
			continue
		}
		found := s.found[at]
		slices.SortFunc(found, func(a, b *Said) int {
			return cmp.Or(cmp.Compare(b.Latency, a.Latency), cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Seq, b.Seq))
		})
		given := map[*Said]bool{}
		for _, m := range list {
			once := s.down || s.slow[m] // the one at the rank may be listed as slow as well
			for _, f := range found {
				if s.fits(m, f) && !(once && given[f]) {
					m.Said = f
					given[f] = given[f] || once
					break
				}
			}
		}
	}
	return unread
}

// fits reports whether a measurement is the one that is sought.
func (s *sought) fits(m *ExplainedMeasurement, f *Said) bool {
	if r, counted := s.counts[m]; counted {
		return f.Requests != nil && *f.Requests == r
	}
	if s.down {
		return f.Outcome == Down
	}
	return f.Outcome == Up && bucketOf(f.Latency) == bucketOf(m.Latency) && (!s.slow[m] || f.Latency > s.within)
}

// slowestFirst puts the slow measurements in the order of what was found.
func (x *Explanation) slowestFirst() {
	if x.Latency == nil {
		return
	}
	slices.SortStableFunc(x.Latency.Slow.Listed, func(a, b ExplainedMeasurement) int { return cmp.Compare(b.took(), a.took()) })
}

// took is the latency, as exactly as it is known.
func (m *ExplainedMeasurement) took() time.Duration {
	if m.Said != nil {
		return m.Said.Latency
	}
	return m.Latency
}
