package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Sizes of what a lane sends at once.
const (
	liveBatch     = 500
	backfillBatch = 4000
	batchBytes    = 2 << 20
)

// lanes divide the queue between two lanes: the live one sends the newest
// records first, the backfill one works from the oldest, and only when there
// is more than the live one sends at once. After an outage the present is
// known at once and the past catches up.
type lanes struct {
	queue Queue

	mu       sync.Mutex
	accepted IntervalSet // by the collector in use; need not go again
	busy     []slice     // on its way
	most     int         // records at once; less after an answer of 413

	live, backfill lane
}

// slice is the records from first to last, both included.
type slice struct{ first, last uint64 }

type lane struct {
	*lanes
	newest bool
}

func newLanes(q Queue) *lanes {
	l := &lanes{queue: q, most: backfillBatch}
	l.live, l.backfill = lane{l, true}, lane{l, false}
	return l
}

// next waits until the lane has something to send, and claims it.
func (l lane) next(ctx context.Context, linger time.Duration) (slice, error) {
	for {
		end := l.queue.Next()
		if s, ok := l.pick(); ok {
			return s, nil
		}
		if err := l.queue.Wait(ctx, end); err != nil {
			return slice{}, err
		}
		t := time.NewTimer(linger)
		select {
		case <-ctx.Done():
			t.Stop()
			return slice{}, ctx.Err()
		case <-t.C:
		}
	}
}

// pick claims the next records of the lane.
func (l lane) pick() (slice, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.open()
	if len(open) == 0 {
		return slice{}, false
	}
	if l.newest {
		s := open[len(open)-1]
		return l.claim(slice{max(s.first, s.last-min(s.last, uint64(min(liveBatch, l.most)))+1), s.last}), true
	}
	var waiting uint64
	for _, s := range open {
		waiting += s.last - s.first + 1
	}
	if waiting <= liveBatch {
		return slice{}, false
	}
	return l.claim(l.oldest(open)), true
}

// pickAll claims the oldest records that there are.
func (l *lanes) pickAll() (slice, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.open()
	if len(open) == 0 {
		return slice{}, false
	}
	return l.claim(l.oldest(open)), true
}

func (l *lanes) oldest(open []slice) slice {
	return slice{open[0].first, min(open[0].last, open[0].first+uint64(l.most)-1)}
}

func (l *lanes) claim(s slice) slice {
	l.busy = append(l.busy, s)
	return s
}

// open lists what is queued and neither released, nor accepted, nor on its
// way.
func (l *lanes) open() []slice {
	taken := l.queue.Released()
	taken.AddSet(&l.accepted)
	for _, s := range l.busy {
		taken.AddRange(s.first, s.last)
	}
	var out []slice
	for from, to := range l.queue.Runs() {
		for a, b := range taken.Missing(from, to) {
			out = append(out, slice{a, b})
		}
	}
	return out
}

// done gives a claimed slice back; what was accepted of it is not open any
// more.
func (l *lanes) done(s slice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.busy, s); i >= 0 {
		l.busy = slices.Delete(l.busy, i, i+1)
	}
}

func (l *lanes) accept(set IntervalSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted.AddSet(&set)
}

// forget takes back what was accepted: another collector is in use.
func (l *lanes) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted = IntervalSet{}
}

// smaller halves what is sent at once.
func (l *lanes) smaller() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = max(1, l.most/2)
}

// read returns the first records of a slice, as many as fit one request. What
// is gone meanwhile is left out.
func (l *lanes) read(s slice) ([]BatchRecord, error) {
	var out []BatchRecord
	for seq := s.first; seq <= s.last; {
		payloads, err := l.queue.Read(seq, int(s.last-seq+1), batchBytes)
		var missing interface{ Missing() (from, to uint64) }
		if errors.As(err, &missing) {
			_, to := missing.Missing()
			seq = to + 1
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the queue: %w", err)
		}
		for i, p := range payloads {
			out = append(out, BatchRecord{Seq: seq + uint64(i), Record: p})
		}
		if len(payloads) == 0 || len(out) > 0 && seq+uint64(len(payloads)) <= s.last {
			break // a request's worth; the rest goes with the next
		}
		seq += uint64(len(payloads))
	}
	return out, nil
}

// deflate is shared: EncodeAll may be called at the same time.
var deflate = newDeflate()

func newDeflate() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<18))
	if err != nil {
		panic(err) // constant options
	}
	return e
}

func compress(b []byte) []byte { return deflate.EncodeAll(b, nil) }
