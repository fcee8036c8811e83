package push

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what is remembered of one agent.
const (
	// maxEpochs bounds its epochs: an agent gets a new one when it is
	// reinstalled, not every minute.
	maxEpochs = 10_000
	// maxHoles bounds the runs of an epoch's set. A queue has hardly any.
	maxHoles = 1 << 16
	// maxAgentHoles bounds those of all its epochs together: they stay in
	// memory.
	maxAgentHoles = 1 << 18
	// windowSize is how many of the newest records of an epoch are remembered
	// by checksum, so that an identity that comes again with other bytes is
	// noticed; windowEpochs is for how many of the newest epochs.
	windowSize   = 4096
	windowEpochs = 4
	// maxLocations bounds the places that one agent speaks for over its life:
	// each is a stream of each probe.
	maxLocations = 16
	// maxKept bounds how many conflicts of an epoch are remembered as kept.
	maxKept = 4096
)

// received knows which records the journal has, by agent and epoch.
type received struct {
	mu     sync.Mutex
	agents map[string]*epochs
}

// epochs are those of one agent.
type epochs struct {
	byName map[string]*epoch
	newest []*epoch     // the last windowEpochs that were made
	latest string       // the epoch that brought records last; "" after a start
	places []string     // that it brought records of
	runs   atomic.Int64 // of the sets of all epochs
}

// epoch is one agent's epoch. Its lock is held while a batch of it is
// journalled, so that two requests never append the same record.
type epoch struct {
	agent  *epochs
	mu     sync.Mutex
	seqs   IntervalSet
	window atomic.Pointer[window] // nil once newer epochs have come
	kept   map[kept]bool          // conflicts that are kept aside
}

// kept is a conflict as it is remembered.
type kept struct {
	seq uint64
	sum uint32
}

func newReceived() *received { return &received{agents: map[string]*epochs{}} }

// of returns an epoch, made where it is new, or nil where the agent has too
// many.
func (r *received) of(agent, name string) *epoch {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agent(agent)
	e := a.byName[name]
	if e == nil && len(a.byName) < maxEpochs {
		e = a.add(name)
	}
	return e
}

// seqs is what there is of an epoch; nothing is made where it is not known.
func (r *received) seqs(agent, name string) IntervalSet {
	r.mu.Lock()
	var e *epoch
	if a := r.agents[agent]; a != nil {
		e = a.byName[name]
	}
	r.mu.Unlock()
	if e == nil {
		return IntervalSet{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seqs.Clone()
}

// agent returns what is known of an agent, made where it is new. The lock is
// held.
func (r *received) agent(name string) *epochs {
	a := r.agents[name]
	if a == nil {
		a = &epochs{byName: map[string]*epoch{}}
		r.agents[name] = a
	}
	return a
}

// speaksFor reports whether an agent brings records of a location, and notes
// that it does while it has brought them of fewer than maxLocations.
func (r *received) speaksFor(agent, location string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agent(agent)
	if slices.Contains(a.places, location) {
		return true
	}
	if len(a.places) >= maxLocations {
		return false
	}
	a.places = append(a.places, location)
	return true
}

func (a *epochs) add(name string) *epoch {
	e := &epoch{agent: a}
	e.window.Store(&window{})
	a.byName[name] = e
	a.newest = append(a.newest, e)
	if len(a.newest) > windowEpochs {
		a.newest[0].window.Store(nil)
		a.newest = slices.Delete(a.newest, 0, 1)
	}
	return e
}

// speak notes that an epoch brought records. It returns the one that did so
// before, where this one is not new: an agent that was installed anew does not
// go back to its old epoch.
func (r *received) speak(agent, name string, isNew bool) (rival string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[agent]
	before := a.latest
	a.latest = name
	if before == name || isNew {
		return ""
	}
	return before
}

// window remembers the checksums of the newest records: each slot holds the
// one with the highest number among those that share it.
type window [windowSize]struct{ lap, sum uint32 }

func lap(seq uint64) uint32 { return uint32(seq/windowSize) + 1 }

func (w *window) put(seq uint64, sum uint32) {
	if slot := &w[seq%windowSize]; lap(seq) >= slot.lap {
		slot.lap, slot.sum = lap(seq), sum
	}
}

// differs reports whether a record is remembered with another checksum.
func (w *window) differs(seq uint64, sum uint32) bool {
	slot := w[seq%windowSize]
	return slot.lap == lap(seq) && slot.sum != sum
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// conflicts reports whether a record that is there already is remembered with
// other bytes.
func (e *epoch) conflicts(r BatchRecord) bool {
	w := e.window.Load()
	return w != nil && w.differs(r.Seq, crc32.Checksum(r.Record, castagnoli))
}

// keptAside reports whether a conflict is kept already, so that an agent that
// sends it for ever fills no disk.
func (e *epoch) keptAside(r BatchRecord) bool {
	return e.kept[kept{r.Seq, crc32.Checksum(r.Record, castagnoli)}]
}

// keepAside notes a conflict as kept. At the bound all are forgotten.
func (e *epoch) keepAside(seq uint64, record []byte) {
	if e.kept == nil || len(e.kept) >= maxKept {
		e.kept = map[kept]bool{}
	}
	e.kept[kept{seq, crc32.Checksum(record, castagnoli)}] = true
}

// add puts numbers into the set.
func (e *epoch) add(first, last uint64) {
	before := len(e.seqs.runs)
	e.seqs.AddRange(first, last)
	e.agent.runs.Add(int64(len(e.seqs.runs) - before))
}

// full is the error of an epoch, or an agent, whose sets have so many holes that
// no more can be taken; nil while they have not.
func (e *epoch) full() error {
	if n := len(e.seqs.runs); n > maxHoles {
		return fmt.Errorf("it has %d holes; no more are taken", n)
	}
	if n := e.agent.runs.Load(); n > maxAgentHoles {
		return fmt.Errorf("its agent's epochs have %d holes; no more are taken", n)
	}
	return nil
}

// mark notes a record as journalled.
func (e *epoch) mark(seq uint64, record []byte) {
	e.add(seq, seq)
	if w := e.window.Load(); w != nil {
		w.put(seq, crc32.Checksum(record, castagnoli))
	}
}

// lose notes the records that a gap declares lost. It returns how many of them
// were not there.
func (e *epoch) lose(g *slo.Gap) uint64 {
	var n uint64
	for from, to := range e.seqs.Missing(g.From, g.To) {
		n += to - from + 1
	}
	e.add(g.From, g.To)
	return n
}

// ReceivedSet is which records of an agent's epoch the journal has, or knows
// to be lost.
type ReceivedSet struct {
	Agent, Epoch string
	Seqs         IntervalSet
}

// snapshot returns every set that is not empty, by agent and epoch.
func (r *received) snapshot() []ReceivedSet {
	type named struct {
		agent, name string
		*epoch
	}
	r.mu.Lock()
	var all []named
	for agent, a := range r.agents {
		for name, e := range a.byName {
			all = append(all, named{agent, name, e})
		}
	}
	r.mu.Unlock()
	slices.SortFunc(all, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.agent, b.agent), cmp.Compare(a.name, b.name))
	})
	out := make([]ReceivedSet, 0, len(all))
	for _, n := range all {
		n.mu.Lock()
		if len(n.seqs.runs) > 0 {
			out = append(out, ReceivedSet{Agent: n.agent, Epoch: n.name, Seqs: n.seqs.Clone()})
		}
		n.mu.Unlock()
	}
	return out
}
