package slo

import (
	"cmp"
	"slices"
	"time"
)

// Replay computes the figures of a catalogue from a set of measurements, given
// in any order: what the collector does as they arrive, at once.
type Replay struct {
	Counts ReplayCounts

	catalog *Catalog
	history *History
	many    bool // whether the measurements' revisions matter
	at      Instant
	seen    identities
	words   map[wordKey]int32
	names   []wordKey // by the numbers of words
	waiting []waiting // measurements that the history has not taken yet
}

// wordKey is one agent's word on one probe from one location, in one seat, under
// one revision where several judge.
type wordKey struct{ probe, location, agent, seat, revision string }

// waiting is a measurement, packed: the set may be large.
type waiting struct {
	at      Instant
	slot    Instant
	latency time.Duration
	word    int32
	state   State

	requests *Requests // nil of most
}

// ReplayCounts tells what a replay did with the records that it was given.
type ReplayCounts struct {
	Measurements int `json:"measurements"` // taken
	Repeated     int `json:"repeated"`     // the same identity again, saying the same
	Conflicting  int `json:"conflicting"`  // the same identity again, saying something else
	Unknown      int `json:"unknown"`      // of probes that the catalogue lacks
	Later        int `json:"later"`        // not before the instant of the replay
	ClockOff     int `json:"clock_off"`    // of those taken: marked, as the agent's clock was off
}

// NewReplay begins a replay of what is known at an instant: measurements with
// At before it. All of them are judged by the catalogue's own parameters.
func NewReplay(c *Catalog, at Instant) *Replay { return NewReplayUnder(c, nil, at) }

// NewReplayUnder is NewReplay with the catalogues whose parameters judge the
// measurements; see NewHistoryUnder.
func NewReplayUnder(c *Catalog, r *Revisions, at Instant) *Replay {
	return &Replay{catalog: c, history: NewHistoryUnder(c, r), many: r != nil, at: at, seen: identities{}, words: map[wordKey]int32{}}
}

// Add takes one record. The first of an identity counts, a repeat does not.
func (r *Replay) Add(rec Record) {
	m := rec.Measurement
	if m == nil {
		return
	}
	switch r.seen.meet(rec.ID, m) {
	case metNow:
		r.take(rec.Agent, m)
	case metBefore:
		r.Counts.Repeated++
	case metOtherwise:
		r.Counts.Conflicting++
	}
}

// AddOnce takes a measurement whose identity is known to be new, as in an
// archive, without remembering it.
func (r *Replay) AddOnce(agent string, m *Measurement) { r.take(agent, m) }

func (r *Replay) take(agent string, m *Measurement) {
	switch {
	case r.history.Probe(m.Probe) == nil:
		r.Counts.Unknown++
	case m.At >= r.at:
		r.Counts.Later++
	default:
		r.Counts.Measurements++
		if ClockOff(m.Offset) {
			r.Counts.ClockOff++
		}
		key := wordKey{m.Probe, m.Location, agent, m.Seat, ""}
		if r.many {
			key.revision = m.Revision
		}
		r.waiting = append(r.waiting, waiting{m.At, m.Slot, m.Latency, r.word(key), m.Outcome, m.Requests})
	}
}

// word is the number of a word, given where it is new.
func (r *Replay) word(key wordKey) int32 {
	n, ok := r.words[key]
	if !ok {
		n = int32(len(r.names))
		r.words[key] = n
		r.names = append(r.names, key)
	}
	return n
}

// settle gives the history what waits, in order of time: there each costs next
// to nothing, and in any other up to the whole of what came before.
func (r *Replay) settle() {
	slices.SortFunc(r.waiting, func(a, b waiting) int { return cmp.Compare(a.at, b.at) })
	var m Measurement
	for _, w := range r.waiting {
		key := r.names[w.word]
		m.Probe, m.Location, m.At, m.Outcome, m.Latency = key.probe, key.location, w.at, w.state, w.latency
		m.Seat, m.Slot, m.Revision, m.Requests = key.seat, w.slot, key.revision, w.requests
		r.history.Add(key.agent, &m)
	}
	r.waiting = r.waiting[:0]
	r.history.Settle()
}

// Status returns the status of every objective, by agreement name and then as
// written, for the windows that hold the instant just before w.
func (r *Replay) Status(w Instant) []ObjectiveStatus {
	r.settle()
	var out []ObjectiveStatus
	for _, a := range r.catalog.Agreements {
		acc := r.Account(a, w)
		for i := range a.Objectives {
			st := acc.Status(&a.Objectives[i], r.at, w)
			st.Attribution = acc.Attribution(st.Objective, r.at, st.Window)
			st.Percentile = acc.Percentile(st.Objective.Target, r.at, st.Window)
			out = append(out, st)
		}
	}
	return out
}

// Account opens the books of an agreement of the catalogue over the windows of
// its objectives that hold the instant just before w, with what was added so
// far. They are not to be used after the next Add.
func (r *Replay) Account(a *Agreement, w Instant) *Account {
	v := Interval{MaxInstant, MinInstant}
	for _, o := range a.Objectives {
		v = Interval{min(v.From, o.Window.At(w, a.Zone).From), max(v.To, o.Window.At(w, a.Zone).To)}
	}
	return r.AccountOver(a, v)
}

// AccountOver is Account with agreed time laid out over at least v.
func (r *Replay) AccountOver(a *Agreement, v Interval) *Account {
	r.settle()
	return NewAccount(a, LaidOver(v, r.catalog.Maintenances), r.history)
}

// Explain explains an objective of an agreement of the catalogue over the
// window that holds the instant just before w; see Account.Explain.
func (r *Replay) Explain(a *Agreement, o *Objective, w Instant, limit int) *Explanation {
	return r.Account(a, w).Explain(r.catalog, r.history, o, r.at, w, limit)
}

// Service is the timeline of a service with what was added so far, nil where
// the catalogue lacks it.
func (r *Replay) Service(name string) *Timeline {
	r.settle()
	s := r.history.Service(name)
	if s == nil {
		return nil
	}
	return s.Timeline()
}
