package slo

import (
	"slices"
	"time"
)

// point is one measured instant, packed: milliseconds since the epoch in the
// upper bits, below them the number of what it is judged by, and the state in
// the lower two. Points sort as their instants do.
type point int64

const (
	judgingBits = 12
	// maxJudgings bounds how many holds and confirmations the measurements in one
	// stream's memory can have: what goes beyond is judged by the last.
	maxJudgings = 1 << judgingBits
)

func pointOf(at Instant, s State, number int) point {
	return point(at)<<(2+judgingBits) | point(number)<<2 | point(s)
}

func (p point) at() Instant  { return Instant(p >> (2 + judgingBits)) }
func (p point) state() State { return State(p & 3) }
func (p point) number() int  { return int(p>>2) & (maxJudgings - 1) }

// judging is what a measurement is judged by: how long it speaks at most, and
// which down in a row it must be at least to be believed.
type judging struct {
	hold    time.Duration
	confirm int
}

// number is the number of a judging, given where it is new. What was seen parts
// from the timeline with the first that takes several downs.
func (s *Stream) number(j judging) int {
	if i := slices.Index(s.judgings, j); i >= 0 {
		return i
	}
	if len(s.judgings) == maxJudgings {
		return maxJudgings - 1
	}
	if j.confirm > 1 && !s.parted {
		s.parted = true
		s.seen.changes = slices.Clone(s.timeline.changes)
	}
	s.judgings = append(s.judgings, j)
	s.most = max(s.most, int32(j.confirm))
	return len(s.judgings) - 1
}

// judging is what point i is judged by.
func (s *Stream) judging(i int) judging { return s.judgings[s.points[i].number()] }

// beats reports whether p takes the place of q, of the same instant.
func (s *Stream) beats(p, q point) bool {
	if p.state() != q.state() {
		return p.state() > q.state() // down beats up beats unknown
	}
	a, b := s.judgings[p.number()], s.judgings[q.number()]
	return a.hold > b.hold || a.hold == b.hold && a.confirm > b.confirm
}
