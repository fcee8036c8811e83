package slo

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Edges are an agent's measurements at the edges of a stretch, each nil where
// there is none, and how many there were inside it.
type Edges struct {
	Before *Said // the last one before the stretch
	First  *Said // the first one in it
	Worst  *Said // the first that was down in it, else the first that was unknown
	Last   *Said // the last one in it
	After  *Said // the first one after it
	OccurrenceCount
	Gaps []Gap // records that the agent declared lost between Before and After, in order of number
}

// Said is a measurement with its identity.
type Said struct {
	ID
	Measurement
}

// Witness finds the measurements that an explanation speaks of: those at the
// edges of its stretches, and those that are counted one by one. Add every
// record that the figure rests on, of at least Wants, in any order; then call
// Finish.
type Witness struct {
	x      *Explanation
	seen   identities
	lists  map[string][]*witnessed // by probe
	sought map[string]*sought      // by probe
	gaps   map[epochKey][]Gap
}

// witnessed are the stretches of one kind of a service, and what each word
// about one of its probes was there.
type witnessed struct {
	stretches []*ExplainedStretch
	words     map[wordKey][]Edges // by stretch, without seat
}

// aroundStretch is how far on either side of a stretch the measurements before
// and after it are looked for, beside twice the longest hold of its probes:
// what made a stretch begin and end lies within one.
const aroundStretch = 15 * time.Minute

// maxGaps bounds the gaps of one epoch that are remembered.
const maxGaps = 10_000

// NewWitness begins to look for what an explanation speaks of.
func NewWitness(x *Explanation) *Witness {
	w := &Witness{x: x, seen: identities{}, lists: map[string][]*witnessed{}, sought: map[string]*sought{}, gaps: map[epochKey][]Gap{}}
	for i := range x.Services {
		s := &x.Services[i]
		for _, list := range []*ExplainedStretches{&s.Down, &s.Unknown, &s.Forgiven} {
			stretches := make([]*ExplainedStretch, len(list.Listed))
			for k := range list.Listed {
				stretches[k] = &list.Listed[k]
			}
			w.want(stretches)
		}
	}
	if x.Slices != nil {
		stretches := make([]*ExplainedStretch, len(x.Slices.Listed))
		for k := range x.Slices.Listed {
			stretches[k] = &x.Slices.Listed[k].ExplainedStretch
		}
		w.want(stretches)
	}
	w.seek()
	return w
}

// want begins to look for the measurements of stretches, which are in order
// and apart.
func (w *Witness) want(stretches []*ExplainedStretch) {
	if len(stretches) == 0 {
		return
	}
	l := &witnessed{stretches: stretches, words: map[wordKey][]Edges{}}
	for _, p := range stretches[0].Probes {
		w.lists[p.Probe.Name] = append(w.lists[p.Probe.Name], l)
	}
}

// Probes lists the probes whose measurements are wanted, by name.
func (w *Witness) Probes() []string {
	names := maps.Clone(w.sought)
	for name := range w.lists {
		names[name] = nil
	}
	return slices.Sorted(maps.Keys(names))
}

// wantsTogether is how long a time that nothing is wanted of is worth reading
// through, rather than looking up what is behind it.
const wantsTogether = 15 * time.Minute

// Wants are the times whose measurements are wanted, apart, the newest first;
// there is none where nothing is.
func (w *Witness) Wants() []Interval {
	var all []Interval
	for _, lists := range w.lists {
		for _, l := range lists {
			for _, s := range l.stretches {
				v := s.around()
				all = append(all, Interval{v.From, min(v.To, w.x.Status.At)})
			}
		}
	}
	for _, s := range w.sought {
		for at := range s.at {
			all = append(all, Interval{at, at + 1})
		}
	}
	slices.SortFunc(all, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	var out []Interval
	for _, v := range all {
		if n := len(out); n > 0 && v.From <= out[n-1].To.Add(wantsTogether) {
			out[n-1].To = max(out[n-1].To, v.To)
		} else {
			out = append(out, v)
		}
	}
	slices.Reverse(out)
	return out
}

// Add takes one record. Of an identity the first counts, as in a Replay.
func (w *Witness) Add(rec Record) {
	switch m := rec.Measurement; {
	case rec.Gap != nil:
		key := epochKey{rec.Agent, rec.Epoch}
		if len(w.gaps[key]) < maxGaps {
			w.gaps[key] = append(w.gaps[key], *rec.Gap)
		}
	case m == nil || m.At >= w.x.Status.At || w.lists[m.Probe] == nil && w.sought[m.Probe] == nil:
	case w.seen.meet(rec.ID, m) == metNow:
		for _, l := range w.lists[m.Probe] {
			l.add(rec.ID, m)
		}
		w.sought[m.Probe].add(rec.ID, m)
	}
}

// add notes a measurement at the stretch that holds it, or at its neighbours.
func (l *witnessed) add(id ID, m *Measurement) {
	key := wordKey{probe: m.Probe, location: m.Location, agent: id.Agent}
	edges := l.words[key]
	if edges == nil {
		edges = make([]Edges, len(l.stretches))
		l.words[key] = edges
	}
	said := &Said{id, *m}
	n, _ := slices.BinarySearchFunc(l.stretches, m.At, func(s *ExplainedStretch, at Instant) int { return cmp.Compare(s.To, at+1) })
	if n < len(edges) && l.stretches[n].Contains(m.At) {
		edges[n].in(said)
		return
	}
	if n < len(edges) {
		edges[n].Before = l.stretches[n].near(later(edges[n].Before, said))
	}
	if n > 0 {
		edges[n-1].After = l.stretches[n-1].near(earlier(edges[n-1].After, said))
	}
}

// around is where the stretch's measurements are looked for.
func (s *ExplainedStretch) around() Interval {
	margin := aroundStretch
	for _, p := range s.Probes {
		margin = max(margin, aroundStretch+2*p.Probe.Hold)
	}
	return Interval{s.From.Add(-margin), s.To.Add(margin)}
}

// near is a measurement where it is near enough to the stretch, else nil.
func (s *ExplainedStretch) near(m *Said) *Said {
	if m == nil || !s.around().Contains(m.At) {
		return nil
	}
	return m
}

// in counts a measurement inside the stretch.
func (e *Edges) in(s *Said) {
	e.First, e.Last = earlier(e.First, s), later(e.Last, s)
	switch s.Outcome {
	case Up:
		e.Up++
		return
	case Down:
		e.Down++
	default:
		e.Unknown++
	}
	if e.Worst == nil || s.Outcome > e.Worst.Outcome || s.Outcome == e.Worst.Outcome && s.before(e.Worst) {
		e.Worst = s
	}
}

func earlier(a, b *Said) *Said {
	if a == nil || b != nil && b.before(a) {
		return b
	}
	return a
}

func later(a, b *Said) *Said {
	if a == nil || b != nil && a.before(b) {
		return b
	}
	return a
}

// before orders measurements by time, and by number where that is one.
func (s *Said) before(o *Said) bool {
	return s.At < o.At || s.At == o.At && (s.Epoch < o.Epoch || s.Epoch == o.Epoch && s.Seq < o.Seq)
}

// Finish fills in what was found. Of measurements, all that Wants speaks of
// were added which were made at since or later: what needs older ones is
// marked as not read. MinInstant is all of them.
func (w *Witness) Finish(since Instant) {
	for _, gaps := range w.gaps {
		slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	}
	unread := false
	for _, lists := range w.lists {
		for _, l := range lists {
			unread = l.finish(w, since) || unread
		}
	}
	for _, s := range w.sought {
		unread = s.finish(since) || unread
	}
	w.x.slowestFirst()
	if unread {
		w.x.Unread = &since
	}
}

// finish carries what was said over stretches in which nothing was, and hangs
// the edges up where they belong. It reports whether one was not read.
func (l *witnessed) finish(w *Witness, since Instant) bool {
	for key, edges := range l.words {
		for i := 1; i < len(edges); i++ {
			edges[i].Before = l.stretches[i].near(later(edges[i].Before, later(edges[i-1].Before, edges[i-1].Last)))
		}
		for i := len(edges) - 2; i >= 0; i-- {
			edges[i].After = l.stretches[i].near(earlier(edges[i].After, earlier(edges[i+1].First, edges[i+1].After)))
		}
		for i := range edges {
			if word := l.stretches[i].word(key); word != nil && !edges[i].none() {
				edges[i].Gaps = w.lost(&edges[i])
				word.Edges = &edges[i]
			}
		}
	}
	clear(l.words) // a list may stand under several probes
	unread := false
	for _, s := range l.stretches {
		s.Unread = s.around().From < since && s.unread()
		unread = unread || s.Unread
	}
	return unread
}

// none reports whether nothing was measured in the stretch or near it.
func (e *Edges) none() bool { return e.Before == nil && e.First == nil && e.After == nil }

// unread takes back what a part of the measurements told.
func (s *ExplainedStretch) unread() bool {
	for p := range s.Probes {
		for l := range s.Probes[p].Locations {
			words := s.Probes[p].Locations[l].Words
			for i := range words {
				words[i].Edges = nil
			}
		}
	}
	return true
}

// word finds an agent's word on a probe from a location.
func (s *ExplainedStretch) word(key wordKey) *ExplainedWord {
	for p := range s.Probes {
		if s.Probes[p].Probe.Name != key.probe {
			continue
		}
		for _, l := range s.Probes[p].Locations {
			if l.Location != key.location {
				continue
			}
			for i := range l.Words {
				if l.Words[i].Agent == key.agent {
					return &l.Words[i]
				}
			}
		}
	}
	return nil
}

// lost finds the gaps that the agent declared between the measurements around
// a stretch. Without one after it in the same epoch all later gaps count.
func (w *Witness) lost(e *Edges) []Gap {
	if e.Before == nil {
		return nil
	}
	var out []Gap
	for _, g := range w.gaps[epochKey{e.Before.Agent, e.Before.Epoch}] {
		if g.From > e.Before.Seq && (e.After == nil || e.After.Epoch != e.Before.Epoch || g.To < e.After.Seq) {
			out = append(out, g)
		}
	}
	return out
}
