package slo

import (
	"slices"
	"sort"
	"time"
)

// Stream is one agent's word on one probe from one location: the measurements
// by time, and the confirmed timeline that follows from them (steps 1 and 2 of
// the contract). Measurements may be added in any order; one at the end costs
// O(1), a late one costs the run of downs that it touches.
type Stream struct {
	hold     time.Duration
	confirm  int
	points   []point
	floor    Instant // measurements before it were forgotten
	open     run     // the run of downs at the end of points
	timeline Timeline
	seen     Timeline // as measured, before confirmation; unused where one down is enough
}

// point is one measured instant, packed: milliseconds since the epoch in the
// upper bits, the state in the lower two. Points sort as their instants do.
type point int64

func pointOf(at Instant, s State) point { return point(at)<<2 | point(s) }
func (p point) at() Instant             { return Instant(p >> 2) }
func (p point) state() State            { return State(p & 3) }

// run is a run of downs: how many, and the index of the first in points.
type run struct{ downs, first int }

// NewStream returns the empty word of an agent under a probe's hold and
// confirmation.
func NewStream(hold time.Duration, confirm int) *Stream {
	return &Stream{hold: hold, confirm: max(1, confirm), floor: MinInstant}
}

// Timeline is the agent's confirmed word. It is the stream's own, to be read.
func (s *Stream) Timeline() *Timeline { return &s.timeline }

// Seen is the agent's word as measured: what the timeline would be if one down
// were enough. It is the stream's own, to be read.
func (s *Stream) Seen() *Timeline {
	if s.confirm == 1 {
		return &s.timeline
	}
	return &s.seen
}

// Floor is the instant before which measurements were forgotten: Add refuses
// what lies before it.
func (s *Stream) Floor() Instant { return s.floor }

// Add takes one measurement and returns the interval in which it changed the
// timeline or what was seen, empty where it changed nothing. ok is false, and nothing is taken,
// where the measurement lies before the stream's floor: the stream must then
// be rebuilt from the archive. Several measurements at one instant are one:
// down beats up beats unknown.
func (s *Stream) Add(at Instant, state State) (changed Interval, ok bool) {
	p := pointOf(at, state)
	n := len(s.points)
	switch {
	case at < s.floor:
		return Interval{}, false
	case n == 0 || s.points[n-1].at() < at:
		s.points = append(s.points, p)
		changed = s.appended()
		return cover(changed, s.see(n)), true
	}
	i := sort.Search(n, func(k int) bool { return s.points[k].at() >= at })
	switch {
	case s.points[i].at() != at:
		s.points = slices.Insert(s.points, i, p)
	case s.points[i].state() < state: // Unknown < Up < Down
		s.points[i] = p
	default:
		return Interval{at, at}, true
	}
	changed = s.recompute(s.runAround(i))
	s.open = s.openRun()
	return cover(changed, s.see(i)), true
}

// see notes what point i says, as measured.
func (s *Stream) see(i int) Interval {
	if s.confirm == 1 {
		return Interval{}
	}
	return s.seen.Set(Interval{s.points[i].at(), s.end(i)}, s.points[i].state())
}

// appended brings the timeline up to date after a measurement at the end.
func (s *Stream) appended() Interval {
	i := len(s.points) - 1
	p := s.points[i]
	if s.expired(i) {
		s.open = run{}
	}
	says := Unknown
	switch p.state() {
	case Up:
		pending := s.open.downs > 0 && s.open.downs < s.confirm
		first := s.open.first
		s.open = run{}
		if pending { // disproved
			return s.recompute(first, i)
		}
		says = Up
	case Down:
		if s.open.downs == 0 {
			s.open.first = i
		}
		s.open.downs++
		switch {
		case s.open.downs == s.confirm: // believed from its first
			return s.recompute(s.open.first, i)
		case s.open.downs > s.confirm:
			says = Down
		}
	}
	return s.timeline.Set(Interval{p.at(), p.at().Add(s.hold)}, says)
}

// expired reports whether the agent's word ran out before point i: whether
// more than hold lies between it and the point before.
func (s *Stream) expired(i int) bool {
	return i == 0 || s.points[i].at().Sub(s.points[i-1].at()) > s.hold
}

// runAround returns the first and last index of the points whose meaning may
// depend on point i: the runs that it ends, joins or begins. A run to its left
// that is confirmed already needs no more than its last downs.
func (s *Stream) runAround(i int) (first, last int) {
	first, last = i, i
	for downs := 0; first > 0 && !s.expired(first) && s.points[first-1].state() != Up && downs < s.confirm; first-- {
		if s.points[first-1].state() == Down {
			downs++
		}
	}
	for last+1 < len(s.points) && !s.expired(last+1) && s.points[last+1].state() != Up {
		last++
	}
	return first, last
}

// openRun finds the run of downs that the last point belongs to.
func (s *Stream) openRun() run {
	var r run
	for i := len(s.points) - 1; i >= 0 && s.points[i].state() != Up; i-- {
		if s.points[i].state() == Down {
			r.downs++
			r.first = i
			if r.downs > s.confirm { // confirmed: where it began no longer matters
				break
			}
		}
		if s.expired(i) {
			break
		}
	}
	return r
}

// recompute sets the timeline anew from point first to the end of what point
// last says. No run of downs may cross either end, unless it is confirmed by
// the points inside.
func (s *Stream) recompute(first, last int) Interval {
	var buf [16]Change
	cs := buf[:0]
	for i := first; i <= last; {
		j, downs := s.runFrom(i, last)
		settled := s.settle(downs, j)
		for ; i < j; i++ {
			p := s.points[i]
			says := p.state()
			if says == Down {
				says = settled
			}
			cs = append(cs, changeTo(p.at(), says))
			if end := p.at().Add(s.hold); i+1 < len(s.points) && s.points[i+1].at() > end && i < last {
				cs = append(cs, changeTo(end, Unknown))
			}
		}
	}
	return s.timeline.replace(Interval{s.points[first].at(), s.end(last)}, cs)
}

// runFrom returns the index behind the run that begins at point i, at most
// last+1, and its number of downs. An up is a run of its own.
func (s *Stream) runFrom(i, last int) (end, downs int) {
	if s.points[i].state() == Up {
		return i + 1, 0
	}
	for end = i; end <= last && s.points[end].state() != Up && (end == i || !s.expired(end)); end++ {
		if s.points[end].state() == Down {
			downs++
		}
	}
	return end, downs
}

// settle says what the downs of a run count as that ended before point next.
func (s *Stream) settle(downs, next int) State {
	switch {
	case downs >= s.confirm:
		return Down
	case next < len(s.points) && !s.expired(next) && s.points[next].state() == Up:
		return Up // disproved
	}
	return Unknown // never settled
}

// end is where the word of point i ends: at the next point, or when its hold
// is over.
func (s *Stream) end(i int) Instant {
	e := s.points[i].at().Add(s.hold)
	if i+1 < len(s.points) {
		e = min(e, s.points[i+1].at())
	}
	return e
}

// Forget drops the measurements before the instant, which then lies at or
// before the floor; the timeline keeps what they said.
func (s *Stream) Forget(before Instant) {
	n := sort.Search(len(s.points), func(k int) bool { return s.points[k].at() >= before })
	first, floor := s.context(n)
	if first == 0 {
		return
	}
	s.floor = floor
	s.points = slices.Clone(s.points[first:])
	s.open = s.openRun()
}

// context returns the first point to keep so that whatever is added at or
// after point n, or the last where n lies behind it, is judged as if all were
// kept, and the floor that follows: enough to see the beginning of a run, or
// that it is confirmed.
func (s *Stream) context(n int) (first int, floor Instant) {
	n = min(n, len(s.points)-1)
	if n <= 0 {
		return 0, s.floor
	}
	first, downs := n, 0
	for first > 0 && !s.expired(first) && s.points[first-1].state() != Up && downs < s.confirm {
		first--
		if s.points[first].state() == Down {
			downs++
		}
	}
	return first, max(s.floor, s.points[n].at())
}
