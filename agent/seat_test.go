package agent

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// sits is a probe that runs in no time, in a seat.
func sits(name string, every time.Duration, seat push.Seat) job {
	j := takes(name, every, 0)
	j.seat = seat
	return j
}

// Two agents have the same slots of a seat, and others of another seat.
func TestSlotsOfASeat(t *testing.T) {
	// A change here moves every seat: do not make it lightly.
	for seat, phase := range map[string]slo.Instant{"1.1": 29_091, "2.1": 9_268, "eu.1": 29_396} {
		if got := slotsOfSeat(seat, "web", 30*time.Second).phase; got != phase {
			t.Errorf("the phase of seat %s is %d ms, was %d", seat, got, phase)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSlots(t)
		slot := s.after(slo.Instant(rapid.Int64Range(-1e12, 1e12).Draw(t, "at")))
		off := slo.Instant(rapid.Int64Range(-int64(s.every)/2, (int64(s.every)-1)/2).Draw(t, "off"))
		if got := s.nearest(slot + off); got != slot && 2*off != -s.every {
			t.Fatalf("nearest to %d%+d is %d", slot, off, got)
		}
	})
}

// TestHandOver moves a seat between two agents at any instant: each slot is
// measured, by one of them.
func TestHandOver(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		every := time.Duration(rapid.IntRange(1, 40).Draw(rt, "every")) * time.Second
		told := time.Duration(rapid.IntRange(0, 90_000).Draw(rt, "told")) * time.Millisecond
		ahead := time.Duration(rapid.IntRange(1, 15_000).Draw(rt, "ahead")) * time.Millisecond
		later := time.Duration(rapid.IntRange(0, 900).Draw(rt, "later")) * time.Millisecond // the other is told
		back := rapid.Bool().Draw(rt, "back")
		synctest.Test(t, func(t *testing.T) {
			seat := push.Seat{Name: "1.1"}
			a, b := begin(10, sits("web", every, seat)), begin(10)
			time.Sleep(told)
			at := a.now().Add(ahead)
			a.assign([]job{sits("web", every, push.Seat{Name: "1.1", Until: at})})
			time.Sleep(min(later, ahead-1))
			b.assign([]job{sits("web", every, push.Seat{Name: "1.1", From: at})})
			if back { // the move is taken back before its time
				b.assign(nil)
				a.assign([]job{sits("web", every, seat)})
			}
			time.Sleep(ahead + moveDone)
			if !back {
				a.assign(nil)
				b.assign([]job{sits("web", every, seat)})
			}
			time.Sleep(2 * time.Minute)
			a.end()
			b.end()
			got := slices.Concat(a.slots("web"), b.slots("web"))
			slices.Sort(got)
			var want []slo.Instant
			s := slotsOfSeat("1.1", "web", every)
			for slot := s.after(a.began); slot <= a.now(); slot += s.every {
				want = append(want, slot)
			}
			if !slices.Equal(got, want) {
				rt.Errorf("slots %v, want %v", got, want)
			}
			for _, slot := range b.slots("web") {
				if slot < at || back {
					rt.Errorf("the next holder measured %v before %v", slot, at)
				}
			}
		})
	})
}

// moveDone is how long after a move the former holder is told of it.
const moveDone = 5 * time.Second

// What a clock that is far off measures names the slot by the collector's
// clock, and the move is read off the corrected clock.
func TestSeatsOfAWrongClock(t *testing.T) {
	const off = -90 * time.Second // to be added: the agent's clock is ahead
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		var got []slo.Measurement
		var declared missed
		clock := newFakeClock()
		clock.set(-off, 0)
		s := newScheduler(schedulerOptions{agent: "eu-1", limit: 1, clock: clock.read, offset: func() time.Duration { return off },
			sink: spy{l, func(m slo.Measurement) { got = append(got, m) }, func(m missed) { declared = m }}})
		every := 20 * time.Second
		now := slo.At(time.Now())
		s.assign([]job{sits("web", every, push.Seat{Name: "1.1", From: now.Add(time.Minute), Until: now.Add(2 * time.Minute)})})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		s.loop(ctx)
		s.drain(time.Second)
		if len(got) != 3 {
			t.Fatalf("measured %+v", got)
		}
		of := slotsOfSeat("1.1", "web", every)
		for _, m := range got {
			if m.At < now.Add(time.Minute) || m.At >= now.Add(2*time.Minute) {
				t.Errorf("measured at %v", m.At)
			}
			if m.Seat != "1.1" || m.Slot != of.latest(m.Slot) || m.At.Sub(m.Slot).Abs() > every/2 {
				t.Errorf("at %v in seat %q, slot %v", m.At, m.Seat, m.Slot)
			}
		}
		slot := of.latest(slo.At(clock.read().wall))
		s.miss(s.entries["web"], slot, slot, slo.AgentPaused)
		for m := range declared.measurements() {
			if m.Seat != "1.1" || m.Slot != of.nearest(slot.Add(off)) {
				t.Errorf("declared %+v", m)
			}
		}
	})
}
