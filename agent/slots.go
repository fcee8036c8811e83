package agent

import (
	"hash/fnv"
	"iter"
	"time"

	"github.com/assay-sla/assay/slo"
)

// slots are the instants at which something is to run: every whole interval
// since the Unix epoch plus a phase. They follow from names and the interval
// alone, so a restart keeps them.
type slots struct{ every, phase slo.Instant } // milliseconds; 0 <= phase < every

// slotsOf spreads the probes of an agent, and the agents of a probe, over the
// interval: the phase is a hash of both names.
func slotsOf(agent, probe string, every time.Duration) slots {
	h := fnv.New64a()
	_, _ = h.Write([]byte(agent)) // a hash does not fail
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(probe))
	ms := max(1, every.Milliseconds())
	return slots{slo.Instant(ms), slo.Instant(mix(h.Sum64()) % uint64(ms))}
}

// slotsOfSeat are the slots of a probe's seat, which are the same for every
// agent that holds it.
func slotsOfSeat(seat, probe string, every time.Duration) slots {
	return slotsOf("seat "+seat, probe, every)
}

// mix makes every bit of x depend on all of them (the finaliser of
// splitmix64), which FNV alone does not for names that differ at their end.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// latest is the last slot that is not after t.
func (s slots) latest(t slo.Instant) slo.Instant {
	past := (t - s.phase) % s.every
	if past < 0 { // before 1970
		past += s.every
	}
	return t - past
}

// after is the first slot after t.
func (s slots) after(t slo.Instant) slo.Instant { return s.latest(t) + s.every }

// nearest is the slot that is nearest to t, of two the later one.
func (s slots) nearest(t slo.Instant) slo.Instant { return s.latest(t + s.every/2) }

// Bounds of lateness.
const (
	maxLate     = time.Second // a slot later than this, or than half its interval, is missed
	maxDeclared = time.Hour   // missed slots that are declared one by one
)

// grace is how late a slot may start.
func (s slots) grace() time.Duration {
	return min(time.Duration(s.every)*time.Millisecond/2, maxLate)
}

// between yields the slots from first to last, both slots themselves. Of a
// longer time than maxDeclared it yields the first, which ends what the agent
// said before, and those of the last maxDeclared.
func (s slots) between(first, last slo.Instant) iter.Seq[slo.Instant] {
	return func(yield func(slo.Instant) bool) {
		from := first
		if tail := s.after(last.Add(-maxDeclared)); tail > first {
			if !yield(first) {
				return
			}
			from = tail
		}
		for at := from; at <= last; at += s.every {
			if !yield(at) {
				return
			}
		}
	}
}
