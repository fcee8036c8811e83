package evaluate

import (
	"iter"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// keepPoints is how many of a stream's measurements a checkpoint holds. What
// comes later than that is put in from the archive.
const keepPoints = 64

// StoredWord is a stream as a checkpoint holds it.
type StoredWord struct {
	Word
	Hold    time.Duration // the probe's parameters when it was stored: they judge what a stream of an old version holds
	Confirm int
	Stream  []byte
	Last    slo.Measurement
}

// Checkpoint returns the streams that changed since the last one; Restore
// takes them back.
func (e *Engine) Checkpoint() []StoredWord {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []StoredWord
	for w := range e.dirty {
		if s, p := e.stream(w); s != nil {
			sw := StoredWord{Word: w, Hold: p.Hold, Confirm: p.Confirm, Stream: s.AppendBinary(nil, keepPoints)}
			if r := e.reports[w]; r != nil {
				sw.Last = r.last
			}
			out = append(out, sw)
		}
	}
	clear(e.dirty)
	return out
}

// Again marks streams of a checkpoint that could not be saved, for the next.
func (e *Engine) Again(words []StoredWord) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range words {
		e.dirty[words[i].Word] = true
	}
}

func (e *Engine) stream(w Word) (*slo.Stream, *slo.Probe) {
	p := e.history.Probe(w.Probe)
	if p == nil {
		return nil, nil
	}
	for _, l := range p.Locations() {
		if l.Name != w.Location {
			continue
		}
		for _, a := range l.Agents() {
			if a.Agent == w.Agent {
				return a.Stream, p.Probe
			}
		}
	}
	return nil, nil
}

// Restore takes a checkpoint's streams. It returns the words that must be
// rebuilt from the archive: those that cannot be read.
func (e *Engine) Restore(stored []StoredWord) (rebuild []Word) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, sw := range stored {
		p := e.history.Probe(sw.Probe)
		if p == nil {
			continue
		}
		s, err := slo.DecodeStream(sw.Stream, sw.Hold, sw.Confirm)
		if err != nil {
			rebuild = append(rebuild, sw.Word)
			continue
		}
		e.history.Replace(sw.Probe, sw.Location, sw.Agent, s)
		if sw.Last.At != 0 {
			e.hear(sw.Word, &sw.Last)
		}
	}
	e.settle()
	return rebuild
}

// Rebuild makes a stream anew from every measurement of it that there is, in
// any order, each once, and returns the services whose timeline that changed.
func (e *Engine) Rebuild(w Word, all iter.Seq[*slo.Measurement]) map[string]slo.Interval {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.history.Probe(w.Probe)
	if p == nil {
		return nil
	}
	s := slo.NewStream(p.Probe.Hold, p.Probe.Confirm)
	if r := e.reports[w]; r != nil {
		r.failures = nil // they are counted again
	}
	for m := range all {
		p.Judge(s, m)
		e.hear(w, m)
	}
	e.history.Replace(w.Probe, w.Location, w.Agent, s)
	e.dirty[w] = true
	return e.settle()
}

// Counted lists the probes whose measurements an objective counts one by one;
// after a start or a reload Recount must give them all of these.
func (e *Engine) Counted() []string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []string
	for _, p := range e.catalog.Probes {
		if e.history.Probe(p.Name).Counted() {
			out = append(out, p.Name)
		}
	}
	return out
}

// Recount counts the measurements of probes of the catalogue anew, from every one
// that there is of them, and perhaps of others.
func (e *Engine) Recount(probes []string, all iter.Seq[*slo.Measurement]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history.Recount(probes, all)
	e.settle()
}

// Next returns an engine for another catalogue that knows what this one does,
// and judges it by the catalogues r.
func (e *Engine) Next(c *slo.Catalog, r *slo.Revisions, at slo.Instant) *Engine {
	next := NewUnder(c, r, at)
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range next.services {
		if had := e.byName[s.history.Service.Name]; had != nil {
			s.asked = had.asked
		}
	}
	for w, r := range e.reports {
		s, _ := e.stream(w)
		p := next.history.Probe(w.Probe)
		if s == nil || p == nil {
			continue
		}
		said := *r                               // e may still be read
		said.failures = slices.Clone(r.failures) // readers may hold the engine before this one
		next.reports[w] = &said
		next.dirty[w] = true
		next.history.Replace(w.Probe, w.Location, w.Agent, s)
	}
	next.settle()
	return next
}
