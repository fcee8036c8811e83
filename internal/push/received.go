package push

import (
	"cmp"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/assay-sla/assay/slo"
)

// window is how many of the newest records of an epoch are remembered by
// checksum, so that an identity that comes again with other bytes is noticed.
const window = 4096

// received knows which records the journal has, by agent and epoch.
type received struct {
	mu     sync.Mutex
	epochs map[epochKey]*epoch
	counts map[string]int // of epochs, by agent
}

// maxEpochs bounds the epochs of one agent: it gets a new one when it is
// reinstalled, not every minute.
const maxEpochs = 1000

type epochKey struct{ agent, epoch string }

// epoch is one agent's epoch. Its lock is held while a batch of it is
// journalled, so that two requests never append the same record.
type epoch struct {
	mu   sync.Mutex
	seqs IntervalSet
	sums map[uint64]uint32
}

func newReceived() *received {
	return &received{epochs: map[epochKey]*epoch{}, counts: map[string]int{}}
}

// of returns an epoch, made where it is new: fresh tells. It is nil where the
// agent has too many.
func (r *received) of(agent, name string) (e *epoch, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := epochKey{agent, name}
	if e = r.epochs[key]; e != nil {
		return e, false
	}
	if r.counts[agent] >= maxEpochs {
		return nil, false
	}
	e = &epoch{sums: map[uint64]uint32{}}
	r.epochs[key] = e
	r.counts[agent]++
	return e, true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// conflicts reports whether a record that is there already is remembered with
// other bytes.
func (e *epoch) conflicts(r BatchRecord) bool {
	sum, ok := e.sums[r.Seq]
	return ok && sum != crc32.Checksum(r.Record, castagnoli)
}

// mark notes a record as journalled.
func (e *epoch) mark(seq uint64, record []byte) {
	e.seqs.Add(seq)
	e.sums[seq] = crc32.Checksum(record, castagnoli)
	if len(e.sums) > 2*window {
		e.forget()
	}
}

// forget drops the checksums of all but the newest records.
func (e *epoch) forget() {
	seqs := make([]uint64, 0, len(e.sums))
	for seq := range e.sums {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for _, seq := range seqs[:len(seqs)-window] {
		delete(e.sums, seq)
	}
}

// lose notes the records that a gap declares lost. It returns how many of them
// were not there.
func (e *epoch) lose(g *slo.Gap) uint64 {
	var n uint64
	for from, to := range e.seqs.Missing(g.From, g.To) {
		n += to - from + 1
	}
	e.seqs.AddRange(g.From, g.To)
	return n
}

// ReceivedSet is which records of an agent's epoch the journal has, or knows
// to be lost.
type ReceivedSet struct {
	Agent, Epoch string
	Seqs         IntervalSet
}

// snapshot returns every set, by agent and epoch.
func (r *received) snapshot() []ReceivedSet {
	r.mu.Lock()
	keys := make([]epochKey, 0, len(r.epochs))
	for k := range r.epochs {
		keys = append(keys, k)
	}
	r.mu.Unlock()
	slices.SortFunc(keys, func(a, b epochKey) int {
		return cmp.Or(cmp.Compare(a.agent, b.agent), cmp.Compare(a.epoch, b.epoch))
	})
	out := make([]ReceivedSet, 0, len(keys))
	for _, k := range keys {
		e, _ := r.of(k.agent, k.epoch)
		e.mu.Lock()
		out = append(out, ReceivedSet{Agent: k.agent, Epoch: k.epoch, Seqs: e.seqs.Clone()})
		e.mu.Unlock()
	}
	return out
}
