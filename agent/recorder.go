package agent

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// Bounds of a recorder.
const (
	recordLinger = 50 * time.Millisecond // gathered, so that one fsync serves many
	recordChunk  = 1000                  // records of one append
	recordBuffer = 50_000                // records that wait while the disk does not take them
	recordRetry  = time.Second
)

// durable takes encoded records; they are on disk when it returns.
type durable interface {
	Append(records ...[]byte) error
}

// recorder brings what was measured to the queue, away from the goroutines
// that measure: a slow disk must not make a probe late. While the disk takes
// nothing, records wait in memory up to a bound; beyond it only the first
// lost slot of each probe is kept, which declares the probe unknown from there.
type recorder struct {
	queue    durable
	location string
	log      *slog.Logger
	counts   *counts

	mu      sync.Mutex
	items   []item
	oldest  slo.Instant         // slot of what was taken and is not on disk yet; 0 is none
	lost    map[string]lostSlot // the first that found no room, by probe
	wake    chan struct{}
	failing bool
}

// item is one thing to record: a record, or missed slots.
type item struct {
	slot   slo.Instant   // by the agent's own clock; 0 for readings
	offset time.Duration // that corrects it
	record slo.Record
	missed *missed
}

// lostSlot is a slot of which nothing is left but when it was.
type lostSlot struct {
	slot   slo.Instant
	offset time.Duration
	seat   string      // "" is none
	of     slo.Instant // the seat's slot
}

func newRecorder(q durable, location string, c *counts, log *slog.Logger) *recorder {
	return &recorder{queue: q, location: location, counts: c, log: log, wake: make(chan struct{}, 1), lost: map[string]lostSlot{}}
}

// done takes the measurement of a slot.
func (r *recorder) done(kind string, slot slo.Instant, m slo.Measurement) {
	r.counts.measured(kind, m)
	r.add(item{slot: slot, offset: m.Offset, record: slo.Record{Measurement: &m}}, m.Probe)
}

// missed takes slots at which nothing was measured.
func (r *recorder) missed(m missed) {
	r.counts.missed(m)
	r.add(item{slot: m.first, offset: m.offset, missed: &m}, m.probe)
}

// delayed notes how late a slot was started.
func (r *recorder) delayed(d time.Duration) { r.counts.delayed(d) }

// readings takes what an input read. They are for graphs: without room they
// are dropped.
func (r *recorder) readings(x slo.Readings) { r.add(item{record: slo.Record{Readings: &x}}, "") }

func (r *recorder) add(i item, probe string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.items) >= recordBuffer {
		if _, ok := r.lost[probe]; !ok && probe != "" {
			r.lost[probe] = i.lost()
		}
		r.counts.dropped()
		return
	}
	r.items = append(r.items, i)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// watermark lowers mark to the oldest slot that is not on disk yet.
func (r *recorder) watermark(mark slo.Instant) slo.Instant {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.oldest != 0 {
		mark = min(mark, r.oldest)
	}
	for _, i := range r.items {
		if i.slot != 0 {
			mark = min(mark, i.slot)
		}
	}
	for _, l := range r.lost {
		mark = min(mark, l.slot)
	}
	return mark
}

// waiting is how many records, or runs of missed slots, are not on disk yet and
// not being written.
func (r *recorder) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.items)
}

// broken reports whether the disk refused the last append.
func (r *recorder) broken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failing
}

// loop records until ctx ends, and then what is left.
func (r *recorder) loop(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.wake:
			pause(ctx, recordLinger)
		}
		r.flush(ctx)
	}
	r.flush(ctx)
}

// flush records everything that is there.
func (r *recorder) flush(ctx context.Context) {
	items, lost := r.take()
	var chunk [][]byte
	for _, i := range items {
		for rec := range i.records() {
			chunk = append(chunk, r.encode(rec))
			if len(chunk) == recordChunk {
				r.append(ctx, chunk)
				chunk = chunk[:0]
			}
		}
	}
	for probe, l := range lost {
		chunk = append(chunk, r.encode(slo.Record{Measurement: &slo.Measurement{
			Probe: probe, At: l.slot.Add(l.offset), Offset: l.offset, Outcome: slo.Unknown, Reason: slo.AgentResources,
			Evidence: "the agent's disk took no measurements from here on", Seat: l.seat, Slot: l.of,
		}}))
	}
	r.append(ctx, chunk)
	r.mu.Lock()
	r.oldest = 0
	r.mu.Unlock()
}

// take removes everything that waits.
func (r *recorder) take() ([]item, map[string]lostSlot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	items, lost := r.items, r.lost
	r.items = nil
	if len(lost) > 0 {
		r.lost = map[string]lostSlot{}
	}
	for _, i := range items {
		if i.slot != 0 && (r.oldest == 0 || i.slot < r.oldest) {
			r.oldest = i.slot
		}
	}
	return items, lost
}

// lost is what is kept of an item that finds no room.
func (i item) lost() lostSlot {
	l := lostSlot{slot: i.slot, offset: i.offset}
	for rec := range i.records() {
		l.seat, l.of = rec.Measurement.Seat, rec.Measurement.Slot
		break
	}
	return l
}

// records yields what an item stands for.
func (i item) records() func(yield func(slo.Record) bool) {
	return func(yield func(slo.Record) bool) {
		if i.missed == nil {
			yield(i.record)
			return
		}
		for m := range i.missed.measurements() {
			if !yield(slo.Record{Measurement: &m}) {
				return
			}
		}
	}
}

// encode returns the record's bytes, with the location put in. What the
// protocol refuses is a bug of ours: a measurement then becomes unknown, and
// readings become nothing.
func (r *recorder) encode(rec slo.Record) []byte {
	if rec.Measurement != nil {
		rec.Measurement.Location = r.location
	}
	if rec.Readings != nil {
		rec.Readings.Location = r.location
	}
	b, err := push.EncodeRecord(rec)
	if err == nil {
		return b
	}
	r.log.Error("a record cannot be encoded", "error", err)
	if m := rec.Measurement; m != nil {
		b, _ = push.EncodeRecord(slo.Record{Measurement: &slo.Measurement{ // nil where not even this can be
			Probe: m.Probe, Location: m.Location, At: m.At, Outcome: slo.Unknown, Reason: slo.AgentInternal, Offset: m.Offset,
			Seat: m.Seat, Slot: m.Slot,
		}})
	}
	return b
}

// append brings records to the disk, and tries again until it takes them.
// When ctx has ended one more failure is the last.
func (r *recorder) append(ctx context.Context, records [][]byte) {
	records = slices.DeleteFunc(records, func(b []byte) bool { return b == nil })
	for len(records) > 0 {
		err := r.queue.Append(records...)
		r.state(err)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			r.log.Error("measurements are lost: the agent stops and its disk takes none", "records", len(records), "error", err)
			return
		}
		pause(ctx, recordRetry)
	}
}

// state notes whether the disk takes records, and logs when that changes.
func (r *recorder) state(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && !r.failing {
		r.log.Error("the disk takes no measurements; they wait in memory", "error", err)
	}
	if err == nil && r.failing {
		r.log.Info("the disk takes measurements again")
	}
	r.failing = err != nil
}

// pause waits, or returns when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
