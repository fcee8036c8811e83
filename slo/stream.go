package slo

import (
	"slices"
	"sort"
	"time"
)

// Stream is one agent's word on one probe from one location: the measurements
// by time, and the confirmed timeline that follows from them (steps 1 and 2 of
// the contract). Each measurement is judged by a hold and a confirmation of its
// own. Measurements may be added in any order; one at the end costs O(1), a late
// one costs the run of downs that it touches.
type Stream struct {
	judgings []judging // by the numbers that points have; the first is the stream's own
	points   []point
	floor    Instant // measurements before it were forgotten
	open     run     // the run of downs at the end of points
	timeline Timeline
	seen     Timeline // as measured, before confirmation; used where parted
	most     int32    // the largest confirmation of judgings
	parted   bool     // whether what was seen may be another timeline
}

// run is a run of downs: how many, the index of the first in points, and
// whether it is believed.
type run struct {
	downs, first int
	believed     bool
}

// NewStream returns the empty word of an agent under a probe's hold and
// confirmation.
func NewStream(hold time.Duration, confirm int) *Stream {
	s := &Stream{floor: MinInstant}
	s.number(judging{hold, max(1, confirm)})
	return s
}

// Timeline is the agent's confirmed word. It is the stream's own, to be read.
func (s *Stream) Timeline() *Timeline { return &s.timeline }

// Seen is the agent's word as measured: what the timeline would be if one down
// were enough. It is the stream's own, to be read.
func (s *Stream) Seen() *Timeline {
	if !s.parted {
		return &s.timeline
	}
	return &s.seen
}

// Floor is the instant before which measurements were forgotten: Add refuses
// what lies before it.
func (s *Stream) Floor() Instant { return s.floor }

// Add is AddUnder with the stream's own hold and confirmation.
func (s *Stream) Add(at Instant, state State) (changed Interval, ok bool) {
	return s.add(at, state, 0)
}

// AddUnder takes one measurement, which speaks for as long as hold, and is
// believed where it is down and at least the confirm-th in a row. It returns the
// interval in which it changed the timeline or what was seen, empty where it
// changed nothing. ok is false, and nothing is taken, where the measurement lies
// before the stream's floor: the stream must then be rebuilt from the archive.
// Several measurements at one instant are one: down beats up beats unknown, and
// of equal ones the one that speaks longer has its say.
func (s *Stream) AddUnder(at Instant, state State, hold time.Duration, confirm int) (changed Interval, ok bool) {
	return s.add(at, state, s.number(judging{hold, max(1, confirm)}))
}

func (s *Stream) add(at Instant, state State, number int) (changed Interval, ok bool) {
	p := pointOf(at, state, number)
	n := len(s.points)
	switch {
	case at < s.floor:
		return Interval{}, false
	case n == 0 || s.points[n-1].at() < at:
		spoke := s.spoke(n)
		s.points = append(s.points, p)
		changed = cover(s.silence(n, spoke), s.appended())
		return cover(changed, s.see(n)), true
	}
	i := sort.Search(n, func(k int) bool { return s.points[k].at() >= at })
	there := s.points[i].at() == at
	if there && !s.beats(p, s.points[i]) {
		return Interval{at, at}, true
	}
	joined := s.joins(i, there)
	spoke := s.spoke(i)
	if there {
		spoke = s.end(i)
		s.points[i] = p
	} else {
		s.points = slices.Insert(s.points, i, p)
	}
	changed = s.silence(i, spoke)
	first, last := s.runAround(i)
	if joined && s.expired(i+1) { // its shorter word cuts a run in two
		last = s.runEnd(i + 1)
	}
	changed = cover(changed, s.recompute(first, last))
	s.open = s.openRun()
	return cover(changed, s.see(i)), true
}

// spoke is until when the point before i speaks; MinInstant where there is
// none.
func (s *Stream) spoke(i int) Instant {
	if i == 0 {
		return MinInstant
	}
	return s.end(i - 1)
}

// joins reports whether the point at i, or where there is none yet the one
// before it, speaks until the one that follows.
func (s *Stream) joins(i int, there bool) bool {
	if there {
		i++
	}
	return i > 0 && i < len(s.points) && !s.expired(i)
}

// silence takes back what an earlier word said behind the end of point i's: it
// spoke until an instant, and this one stops before.
func (s *Stream) silence(i int, spoke Instant) Interval {
	v := Interval{s.end(i), spoke}
	if i+1 < len(s.points) {
		v.To = min(v.To, s.points[i+1].at())
	}
	if v.Empty() {
		return Interval{}
	}
	changed := s.timeline.Set(v, Unknown)
	if s.parted {
		changed = cover(changed, s.seen.Set(v, Unknown))
	}
	return changed
}

// see notes what point i says, as measured.
func (s *Stream) see(i int) Interval {
	if !s.parted {
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
		pending := s.open.downs > 0 && !s.open.believed
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
		case s.open.believed:
			says = Down
		case s.open.downs >= s.judging(i).confirm: // believed from its first
			s.open.believed = true
			return s.recompute(s.open.first, i)
		}
	}
	return s.timeline.Set(Interval{p.at(), s.end(i)}, says)
}

// expired reports whether the agent's word ran out before point i: whether
// more than the hold of the point before lies between the two.
func (s *Stream) expired(i int) bool {
	return i == 0 || s.points[i].at().Sub(s.points[i-1].at()) > s.judging(i-1).hold
}

// runAround returns the first and last index of the points whose meaning may
// depend on point i: the runs that it ends, joins or begins. A run to its left
// that has as many downs as any confirmation asks for needs no more than its
// last ones.
func (s *Stream) runAround(i int) (first, last int) {
	first = i
	for downs := 0; first > 0 && !s.expired(first) && s.points[first-1].state() != Up && downs < int(s.most); first-- {
		if s.points[first-1].state() == Down {
			downs++
		}
	}
	return first, s.runEnd(i)
}

// runEnd is the last index of the run that point i belongs to.
func (s *Stream) runEnd(i int) int {
	for i+1 < len(s.points) && !s.expired(i+1) && s.points[i+1].state() != Up {
		i++
	}
	return i
}

// openRun finds the run of downs that the last point belongs to. Where it has
// more downs than any confirmation asks for, where it began no longer matters.
func (s *Stream) openRun() run {
	first, downs := len(s.points), 0
	for i := len(s.points) - 1; i >= 0 && s.points[i].state() != Up && downs <= int(s.most); i-- {
		if s.points[i].state() == Down {
			downs++
			first = i
		}
		if s.expired(i) {
			break
		}
	}
	if downs == 0 {
		return run{}
	}
	_, believed := s.runFrom(first, len(s.points)-1)
	return run{downs, first, believed}
}

// recompute sets the timeline anew from point first to the end of what point
// last says. No run of downs may cross either end, unless it is confirmed by
// the points inside.
func (s *Stream) recompute(first, last int) Interval {
	var buf [16]Change
	cs := buf[:0]
	for i := first; i <= last; {
		j, believed := s.runFrom(i, last)
		settled := s.settle(believed, j)
		for ; i < j; i++ {
			p := s.points[i]
			says := p.state()
			if says == Down {
				says = settled
			}
			cs = append(cs, changeTo(p.at(), says))
			if i < last && s.expiredAfter(i) {
				cs = append(cs, changeTo(s.end(i), Unknown))
			}
		}
	}
	return s.timeline.replace(Interval{s.points[first].at(), s.end(last)}, cs)
}

// expiredAfter reports whether the word of point i ends before the next one.
func (s *Stream) expiredAfter(i int) bool {
	return i+1 < len(s.points) && s.end(i) < s.points[i+1].at()
}

// runFrom returns the index behind the run that begins at point i, at most
// last+1, and whether it is believed: whether one of its downs is at least the
// one in the row that its own confirmation asks for. An up is a run of its own.
func (s *Stream) runFrom(i, last int) (end int, believed bool) {
	if s.points[i].state() == Up {
		return i + 1, false
	}
	downs := 0
	for end = i; end <= last && s.points[end].state() != Up && (end == i || !s.expired(end)); end++ {
		if s.points[end].state() == Down {
			downs++
			believed = believed || downs >= s.judging(end).confirm
		}
	}
	return end, believed
}

// settle says what the downs of a run count as that ended before point next.
func (s *Stream) settle(believed bool, next int) State {
	switch {
	case believed:
		return Down
	case next < len(s.points) && !s.expired(next) && s.points[next].state() == Up:
		return Up // disproved
	}
	return Unknown // never settled
}

// end is where the word of point i ends: at the next point, or when its hold
// is over.
func (s *Stream) end(i int) Instant {
	e := s.points[i].at().Add(s.judging(i).hold)
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
	for first > 0 && !s.expired(first) && s.points[first-1].state() != Up && downs < int(s.most) {
		first--
		if s.points[first].state() == Down {
			downs++
		}
	}
	return first, max(s.floor, s.points[n].at())
}
