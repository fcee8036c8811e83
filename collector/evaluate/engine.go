// Package evaluate turns measurements into the status of services and
// objectives, live: it keeps the timelines of a catalogue, brings them up to
// date with each batch, and answers what is known at an instant. It holds no
// clock and does no I/O.
package evaluate

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Word names one agent's stream about one probe from one location.
type Word struct{ Probe, Location, Agent string }

// Engine is the live state of one catalogue. Reading and writing may happen
// at the same time; there must be one writer.
type Engine struct {
	mu       sync.RWMutex
	catalog  *slo.Catalog
	inForce  atomic.Pointer[slo.Catalog] // catalog, for those who may hold mu already
	history  *slo.History
	services []*service // by name
	byName   map[string]*service
	reports  map[Word]*report
	dirty    map[Word]bool
	layouts  layouts
	limited  []*slo.Account // with a workload limit
	// conditions are those of every objective. They follow from the catalogue.
	conditions map[*slo.Objective]conditions
}

// service is one service with the books of the agreements about it.
type service struct {
	history  *slo.ServiceHistory
	accounts []*slo.Account // of the agreements about it, by name
	part     []*slo.Account // of agreements about others that speak of it too
	asked    slo.Instant    // since when its state is asked for, where it was never told before
	ahead    slo.Instant    // where its changed timeline lay ahead of the last look for outages; 0 is nowhere
}

// report is what an agent last said, and last said was wrong.
type report struct {
	last slo.Measurement
	down *slo.Measurement // the newest that was down, nil where none was

	failures []failure // since the start
}

// New returns the engine of a catalogue that knows nothing yet, and whose
// parameters judge every measurement. at is now: it decides which agreed time is
// laid out.
func New(c *slo.Catalog, at slo.Instant) *Engine { return NewUnder(c, nil, at) }

// NewUnder is New with the catalogues whose parameters judge the measurements;
// nil is the catalogue alone.
func NewUnder(c *slo.Catalog, r *slo.Revisions, at slo.Instant) *Engine {
	e := &Engine{
		catalog: c, history: slo.NewHistoryUnder(c, r), byName: map[string]*service{},
		reports: map[Word]*report{}, dirty: map[Word]bool{}, conditions: conditionsOf(c),
	}
	e.inForce.Store(c)
	e.layouts = newLayouts(c, at)
	for _, s := range c.Services {
		sv := &service{history: e.history.Service(s.Name), asked: at}
		e.services = append(e.services, sv)
		e.byName[s.Name] = sv
	}
	for _, a := range c.Agreements {
		acc := slo.NewAccount(a, e.layouts.of, e.history)
		if a.Workload != nil {
			e.limited = append(e.limited, acc)
		}
		names := a.Services()
		e.byName[a.Service].accounts = append(e.byName[a.Service].accounts, acc)
		for _, name := range names[1:] {
			e.byName[name].part = append(e.byName[name].part, acc)
		}
	}
	return e
}

// Catalog is the catalogue that the engine evaluates. What Books gives the
// engine's lock to may ask for it.
func (e *Engine) Catalog() *slo.Catalog { return e.inForce.Load() }

// Applied tells what a batch did.
type Applied struct {
	Changed map[string]slo.Interval // services whose timeline changed, and where
	Rebuild []Word                  // streams that a measurement was too late for
	Unknown int                     // measurements of probes that the catalogue lacks
	Ahead   int                     // quarantined: too far in the future
}

// Apply takes a batch of journal entries, none of them a repeat. Streams that
// it names in Rebuild lack a late measurement until Rebuild puts it in.
func (e *Engine) Apply(entries []slo.Entry) Applied {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out Applied
	for i := range entries {
		m := entries[i].Measurement
		switch {
		case m == nil:
			continue
		case entries[i].Quarantined():
			out.Ahead++
			continue
		}
		w := Word{m.Probe, m.Location, entries[i].Agent}
		switch e.history.Add(w.Agent, m) {
		case slo.NotOurs:
			out.Unknown++
			continue
		case slo.BeforeFloor:
			if !slices.Contains(out.Rebuild, w) {
				out.Rebuild = append(out.Rebuild, w)
			}
		}
		e.dirty[w] = true
		e.hear(w, m)
	}
	out.Changed = e.settle()
	return out
}

// hear keeps the newest measurement of a word, and the newest down, and counts
// what failed.
func (e *Engine) hear(w Word, m *slo.Measurement) {
	r := e.reports[w]
	if r == nil {
		r = &report{}
		e.reports[w] = r
	}
	if m.At >= r.last.At {
		r.last = *m
	}
	if p := e.history.Probe(w.Probe); p != nil && m.Outcome == slo.Down {
		r.failed(m, p.Speaks(m))
	}
	if m.Outcome == slo.Down && (r.down == nil || m.At >= r.down.At) {
		d := *m
		r.down = &d
	}
}

// settle brings the timelines and the books up to date.
func (e *Engine) settle() map[string]slo.Interval {
	for _, a := range e.limited {
		a.Recheck()
	}
	changed := e.history.Settle()
	if len(changed) == 0 {
		return nil
	}
	out := make(map[string]slo.Interval, len(changed))
	for sh, v := range changed {
		name := sh.Service.Name
		if !v.Timeline.Empty() {
			out[name] = v.Timeline
		}
		s := e.byName[name]
		for _, books := range [][]*slo.Account{s.accounts, s.part} {
			for _, a := range books {
				a.Update(name, v)
			}
		}
	}
	return out
}

// Tick does what time alone asks for: it lays out the agreed time ahead.
func (e *Engine) Tick(at slo.Instant) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.layouts.stale(at) {
		return
	}
	e.layouts = newLayouts(e.catalog, at)
	for _, s := range e.services {
		for _, a := range s.accounts {
			a.SetAgreed(e.layouts.of)
		}
	}
}

// Forget drops measurements older than keep from memory; what they said stays
// in the timelines, and later ones from before then ask for a rebuild.
func (e *Engine) Forget(at slo.Instant, keep time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history.Forget(at, keep)
}
