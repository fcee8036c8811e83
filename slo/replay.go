package slo

// Replay computes the figures of a catalogue from a set of measurements, given
// in any order: what the collector does as they arrive, at once.
type Replay struct {
	Counts ReplayCounts

	catalog *Catalog
	history *History
	at      Instant
	seen    map[epochKey]map[uint64]said
}

// ReplayCounts tells what a replay did with the records that it was given.
type ReplayCounts struct {
	Measurements int `json:"measurements"` // taken
	Repeated     int `json:"repeated"`     // the same identity again, saying the same
	Conflicting  int `json:"conflicting"`  // the same identity again, saying something else
	Unknown      int `json:"unknown"`      // of probes that the catalogue lacks
	Later        int `json:"later"`        // not before the instant of the replay
}

type epochKey struct{ agent, epoch string }

// said is what makes two measurements of one identity the same.
type said struct {
	probe, location string
	at              Instant
	outcome         State
}

// NewReplay begins a replay of what is known at an instant: measurements with
// At before it.
func NewReplay(c *Catalog, at Instant) *Replay {
	return &Replay{catalog: c, history: NewHistory(c), at: at, seen: map[epochKey]map[uint64]said{}}
}

// Add takes one record. The first of an identity counts, a repeat does not.
func (r *Replay) Add(rec Record) {
	m := rec.Measurement
	if m == nil {
		return
	}
	key := epochKey{rec.Agent, rec.Epoch}
	seqs := r.seen[key]
	if seqs == nil {
		seqs = map[uint64]said{}
		r.seen[key] = seqs
	}
	now := said{m.Probe, m.Location, m.At, m.Outcome}
	if first, ok := seqs[rec.Seq]; ok {
		if first == now {
			r.Counts.Repeated++
		} else {
			r.Counts.Conflicting++
		}
		return
	}
	seqs[rec.Seq] = now
	switch {
	case r.history.Probe(m.Probe) == nil:
		r.Counts.Unknown++
	case m.At >= r.at:
		r.Counts.Later++
	default:
		r.Counts.Measurements++
		r.history.Add(rec.Agent, m)
	}
}

// Status returns the status of every objective, by agreement name and then as
// written, for the windows that hold the instant just before w.
func (r *Replay) Status(w Instant) []ObjectiveStatus {
	r.history.Settle()
	var out []ObjectiveStatus
	for _, a := range r.catalog.Agreements {
		v := Interval{MaxInstant, MinInstant}
		for _, o := range a.Objectives {
			v = Interval{min(v.From, o.Window.At(w, a.Zone).From), max(v.To, o.Window.At(w, a.Zone).To)}
		}
		acc := NewAccount(a, NewAgreed(a, r.catalog.Maintenances, v), r.history)
		for i := range a.Objectives {
			out = append(out, acc.Status(&a.Objectives[i], r.at, w))
		}
	}
	return out
}
