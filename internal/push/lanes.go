package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
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
	accepted IntervalSet // by the collector in use, or gone: need not be sent
	turn     int         // how many collectors were in use before this one
	busy     []slice     // on its way
	most     int         // records at once; less after an answer of 413
	standing standing    // of the epoch
	renewed  time.Time   // when one was begun last

	freed signal // given when a slice is given back
}

// slice is the records from first to last, both included.
type slice struct{ first, last uint64 }

func newLanes(q Queue) *lanes {
	return &lanes{queue: q, most: backfillBatch, standing: standingOf(q)}
}

// next waits until pick has something to send, and claims it. New records are
// given linger to become more.
func (l *lanes) next(ctx context.Context, pick func() (slice, bool), linger time.Duration) (slice, error) {
	for {
		freed, end := l.freed.next(), l.queue.Next()
		if s, ok := pick(); ok {
			return s, nil
		}
		if err := l.wait(ctx, end, freed); err != nil {
			return slice{}, err
		}
		if err := pause(ctx, linger); err != nil {
			return slice{}, err
		}
	}
}

// wait returns when record seq is there, or a slice was given back.
func (l *lanes) wait(ctx context.Context, seq uint64, freed <-chan struct{}) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-freed:
			stop()
		case <-waiting.Done():
		}
	}()
	err := l.queue.Wait(waiting, seq)
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return nil
	}
	return err
}

// pickNewest claims the newest records that wait.
func (l *lanes) pickNewest() (slice, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.open()
	if len(open) == 0 {
		return slice{}, false
	}
	s := open[len(open)-1]
	most := uint64(min(liveBatch, l.most))
	if s.last-s.first >= most {
		s.first = s.last - most + 1
	}
	return l.claim(s), true
}

// pickBacklog claims the oldest records where more wait than the live lane
// sends at once.
func (l *lanes) pickBacklog() (slice, bool) { return l.pickOldest(liveBatch) }

// pickOldest claims the oldest records where more than some wait.
func (l *lanes) pickOldest(some uint64) (slice, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.open()
	var waiting uint64
	for _, s := range open {
		waiting += s.last - s.first + 1
	}
	if waiting <= some {
		return slice{}, false
	}
	s := open[0]
	s.last = min(s.last, s.first+uint64(l.most)-1)
	return l.claim(s), true
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
	taken.AddSet(l.standing.withheld())
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
	l.freed.give()
}

// collector says which collector is in use, for accept.
func (l *lanes) collector() (turn int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turn
}

// accept notes what need not be sent again, unless another collector has come
// into use since the turn: that one has not accepted it.
func (l *lanes) accept(set *IntervalSet, turn int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn == l.turn {
		l.accepted.AddSet(set)
	}
}

// change takes back what was accepted: another collector is in use.
func (l *lanes) change() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted = IntervalSet{}
	l.turn++
	l.standing.asked = false
}

// smaller halves what is sent at once; larger lets it grow again, slowly.
func (l *lanes) smaller() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = max(1, l.most/2)
}

func (l *lanes) larger() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = min(backfillBatch, l.most+l.most/8+1)
}

// read returns the first records of a slice, as many as fit one request, and
// the numbers that are gone from the queue meanwhile.
func (l *lanes) read(s slice) (out []BatchRecord, gone IntervalSet, err error) {
	for seq := s.first; seq <= s.last; {
		payloads, err := l.queue.Read(seq, int(min(s.last-seq+1, backfillBatch)), batchBytes)
		var missing interface{ Missing() (from, to uint64) }
		switch {
		case errors.As(err, &missing):
			_, to := missing.Missing()
			to = max(seq, min(to, s.last))
			gone.AddRange(seq, to)
			seq = to + 1
			continue
		case err != nil:
			return nil, gone, fmt.Errorf("reading the queue: %w", err)
		case len(payloads) == 0:
			return nil, gone, fmt.Errorf("reading the queue: record %d is not there yet", seq)
		}
		for _, p := range payloads {
			out = append(out, BatchRecord{Seq: seq, Record: p})
			seq++
		}
		break // a request's worth; the rest goes with the next
	}
	return out, gone, nil
}

// pause waits; its error is ctx's.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
