package slo

import (
	"cmp"
	"slices"
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

// Witness finds the measurements at the edges of an explanation's stretches:
// add every record that the figure rests on, of at least Wants, in any order;
// then call Finish.
type Witness struct {
	x     *Explanation
	seen  identities
	lists map[string][]*witnessed // by probe
	gaps  map[epochKey][]Gap
}

// witnessed are the stretches of one kind of a service, and what each word
// about one of its probes was there.
type witnessed struct {
	stretches []ExplainedStretch
	words     map[wordKey][]Edges // by stretch, without seat
}

// maxGaps bounds the gaps of one epoch that are remembered.
const maxGaps = 10_000

// NewWitness begins to look for what the stretches of an explanation saw.
func NewWitness(x *Explanation) *Witness {
	w := &Witness{x: x, seen: identities{}, lists: map[string][]*witnessed{}, gaps: map[epochKey][]Gap{}}
	for i := range x.Services {
		s := &x.Services[i]
		for _, list := range [][]ExplainedStretch{s.Down.Listed, s.Unknown.Listed, s.Forgiven.Listed} {
			if len(list) == 0 {
				continue
			}
			l := &witnessed{stretches: list, words: map[wordKey][]Edges{}}
			for _, p := range list[0].Probes {
				w.lists[p.Probe.Name] = append(w.lists[p.Probe.Name], l)
			}
		}
	}
	return w
}

// Wants is the time that every stretch lies in; it is empty where there is
// none.
func (w *Witness) Wants() Interval {
	var v Interval
	for _, lists := range w.lists {
		for _, l := range lists {
			v = cover(v, Interval{l.stretches[0].From, l.stretches[len(l.stretches)-1].To})
		}
	}
	return v
}

// Add takes one record. Of an identity the first counts, as in a Replay.
func (w *Witness) Add(rec Record) {
	switch m := rec.Measurement; {
	case rec.Gap != nil:
		key := epochKey{rec.Agent, rec.Epoch}
		if len(w.gaps[key]) < maxGaps {
			w.gaps[key] = append(w.gaps[key], *rec.Gap)
		}
	case m == nil || m.At >= w.x.Status.At || w.lists[m.Probe] == nil:
	case w.seen.meet(rec.ID, m) == metNow:
		for _, l := range w.lists[m.Probe] {
			l.add(rec.ID, m)
		}
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
	n, _ := slices.BinarySearchFunc(l.stretches, m.At, func(s ExplainedStretch, at Instant) int { return cmp.Compare(s.To, at+1) })
	if n < len(edges) && l.stretches[n].Contains(m.At) {
		edges[n].in(said)
		return
	}
	if n < len(edges) {
		edges[n].Before = later(edges[n].Before, said)
	}
	if n > 0 {
		edges[n-1].After = earlier(edges[n-1].After, said)
	}
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

// Finish fills in the edges of every word of the explanation.
func (w *Witness) Finish() {
	for _, gaps := range w.gaps {
		slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	}
	for _, lists := range w.lists {
		for _, l := range lists {
			l.finish(w)
		}
	}
}

// finish carries what was said over stretches in which nothing was, and hangs
// the edges up where they belong.
func (l *witnessed) finish(w *Witness) {
	for key, edges := range l.words {
		for i := 1; i < len(edges); i++ {
			edges[i].Before = later(edges[i].Before, later(edges[i-1].Before, edges[i-1].Last))
		}
		for i := len(edges) - 2; i >= 0; i-- {
			edges[i].After = earlier(edges[i].After, earlier(edges[i+1].First, edges[i+1].After))
		}
		for i := range edges {
			if word := l.stretches[i].word(key); word != nil {
				edges[i].Gaps = w.lost(&edges[i])
				word.Edges = &edges[i]
			}
		}
	}
	clear(l.words) // a list may stand under several probes
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
