package slo

import (
	"slices"
	"sort"
	"time"
)

// Parameters are what a catalogue says of a probe that decides what its
// measurements mean. A measurement is judged by those of the revision that it
// carries; locations vote by those of the catalogue in force.
type Parameters struct {
	Every, Timeout, Hold time.Duration
	Confirm              int
	Locations            Voters
}

// Voters say which locations of a probe count, and how they vote.
type Voters struct {
	From   []string // names, sorted; empty: every location that reports
	Quorum Quorum
	Min    int
}

// Parameters are those of the probe.
func (p *Probe) Parameters() Parameters {
	return Parameters{p.Every, p.Timeout, p.Hold, p.Confirm, Voters{p.Locations.From, p.Locations.Quorum, p.Locations.Min}}
}

// Equal reports whether two sets of parameters say the same.
func (p Parameters) Equal(q Parameters) bool {
	return p.Every == q.Every && p.Timeout == q.Timeout && p.Hold == q.Hold && p.Confirm == q.Confirm &&
		p.Locations.Quorum == q.Locations.Quorum && p.Locations.Min == q.Locations.Min && slices.Equal(p.Locations.From, q.Locations.From)
}

// InForce is a catalogue that was in force: from an instant on, until the next
// one was.
type InForce struct {
	Revision string  `json:"revision"`
	From     Instant `json:"from"`
}

// Revisions are the catalogues that were in force, in order, with the
// parameters of their probes. The zero value knows none. Copies share what they
// know: none of them is changed after Add was called on another.
type Revisions struct {
	list    []InForce
	places  map[string]int // in the list, by revision: the last where it was in force several times
	changes map[string][]edit
}

// edit is parameters of a probe, from a place in the list of revisions on.
type edit struct {
	place int
	Parameters
}

// Add takes the catalogue that was in force after all others, from an instant
// on, with the parameters that it changed, by probe. What it lacks keeps those
// that it had: measurements of a probe may come after it has gone.
func (r *Revisions) Add(next InForce, changed map[string]Parameters) {
	if r.places == nil {
		r.places, r.changes = map[string]int{}, map[string][]edit{}
	}
	if n := len(r.list); n > 0 {
		next.From = max(next.From, r.list[n-1].From)
	}
	r.places[next.Revision] = len(r.list)
	for probe, p := range changed {
		r.changes[probe] = append(r.changes[probe], edit{len(r.list), p})
	}
	r.list = append(r.list, next)
}

// Clone returns a copy that Add may be called on.
func (r *Revisions) Clone() *Revisions {
	out := &Revisions{list: slices.Clone(r.list), places: make(map[string]int, len(r.places)+1), changes: make(map[string][]edit, len(r.changes))}
	for k, v := range r.places {
		out.places[k] = v
	}
	for k, v := range r.changes {
		out.changes[k] = slices.Clip(v)
	}
	return out
}

// Changed lists, by probe, the parameters in a catalogue that are not those
// known last.
func (r *Revisions) Changed(c *Catalog) map[string]Parameters {
	out := map[string]Parameters{}
	for _, p := range c.Probes {
		had := r.changes[p.Name]
		if now := p.Parameters(); len(had) == 0 || !had[len(had)-1].Equal(now) {
			out[p.Name] = now
		}
	}
	return out
}

// During lists the catalogues that were in force in an interval, in order. The
// first may have been so before it; what lies before the first one on record is
// that one's too.
func (r *Revisions) During(v Interval) []InForce {
	out := []InForce{}
	for i, x := range r.list {
		over := i+1 < len(r.list) && r.list[i+1].From <= v.From
		if (x.From < v.To || i == 0) && !over {
			out = append(out, x)
		}
	}
	return out
}

// Ever lists the parameters that a probe had in an interval, in order; those of
// the catalogue that evaluates it where none are known.
func (r *Revisions) Ever(p *Probe, v Interval) []Parameters {
	var out []Parameters
	for _, x := range r.eras(p) {
		switch {
		case x.from <= v.From:
			out = append(out[:0], x.Parameters)
		case x.from < v.To:
			out = append(out, x.Parameters)
		}
	}
	return out
}

// era is parameters of a probe, from an instant on.
type era struct {
	from  Instant
	place int
	Parameters
}

// eras lists a probe's parameters in order of time, at least one. The first
// hold since ever. p is the probe in the catalogue that is evaluated: its
// parameters are the only ones where nothing else is known.
func (r *Revisions) eras(p *Probe) []era {
	var list []edit
	if r != nil {
		list = r.changes[p.Name]
	}
	if len(list) == 0 {
		return []era{{MinInstant, 0, p.Parameters()}}
	}
	out := make([]era, len(list))
	for i, c := range list {
		out[i] = era{r.list[c.place].From, c.place, c.Parameters}
	}
	out[0].from = MinInstant
	return out
}

// place is where in the list the catalogue stands that a measurement is judged
// by: that of the revision that it carries, or, where nobody knows that one,
// the one that was in force at its instant.
func (r *Revisions) place(m *Measurement) int {
	if n, ok := r.places[m.Revision]; ok {
		return n
	}
	return sort.Search(len(r.list), func(i int) bool { return r.list[i].From > m.At }) - 1
}

// under is which of a probe's eras judges a measurement.
func (r *Revisions) under(eras []era, m *Measurement) *era {
	if len(eras) == 1 {
		return &eras[0]
	}
	place := r.place(m)
	n := sort.Search(len(eras), func(i int) bool { return eras[i].place > place })
	return &eras[max(0, n-1)]
}

// Counts reports whether a location's measurements count.
func (v Voters) Counts(location string) bool {
	return len(v.From) == 0 || slices.Contains(v.From, location)
}
