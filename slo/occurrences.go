package slo

import (
	"slices"
	"sort"
)

// Occurrences counts a probe's measurements by outcome, over any interval, in
// O(log n). It keeps the instant of each, eight bytes a measurement, and 16
// more of one that was made in a seat.
type Occurrences struct {
	lists [3]instants // by State
	seats seatSlots
}

// Add counts one measurement, in any order. Those of one seat for one slot are
// one: down beats up beats unknown, and of equals the earliest counts.
func (o *Occurrences) Add(m *Measurement) {
	if m.Seat == "" {
		o.lists[m.Outcome].add(m.At)
		return
	}
	was, there, is := o.seats.take(m)
	if there && was == is {
		return
	}
	if there {
		o.lists[was.state].remove(was.at)
	}
	o.lists[is.state].add(is.at)
}

// Count is how many measurements of each outcome lie in v.
func (o *Occurrences) Count(v Interval) OccurrenceCount {
	return OccurrenceCount{
		Up:      o.lists[Up].countIn(v),
		Down:    o.lists[Down].countIn(v),
		Unknown: o.lists[Unknown].countIn(v),
	}
}

// Forget drops what lies before the instant; figures over windows that begin
// earlier are then no longer to be had from here.
func (o *Occurrences) Forget(before Instant) {
	for s := range o.lists {
		o.lists[s].forget(before)
	}
	o.seats.forget(before)
}

// maxLate bounds the late ones that wait: an insertion among them moves at most
// so many, and they are merged into the others once for so many.
const maxLate = 1024

// instants are sorted. Those that come late wait in a short list of their own,
// so that a backfill, which may bring the newest first, does not move the
// whole list for each.
type instants struct {
	main, late []Instant
}

func (l *instants) add(at Instant) {
	if n := len(l.main); n == 0 || l.main[n-1] <= at {
		l.main = append(l.main, at)
		return
	}
	l.late = slices.Insert(l.late, sort.Search(len(l.late), func(k int) bool { return l.late[k] > at }), at)
	if len(l.late) >= maxLate {
		l.merge()
	}
}

// merge puts the late ones among the others, from the end, so that nothing
// older than they are is touched.
func (l *instants) merge() {
	i, k := len(l.main)-1, len(l.late)-1
	l.main = append(l.main, l.late...)
	for to := len(l.main) - 1; k >= 0; to-- {
		if i >= 0 && l.main[i] > l.late[k] {
			l.main[to] = l.main[i]
			i--
		} else {
			l.main[to] = l.late[k]
			k--
		}
	}
	l.late = l.late[:0]
}

// remove takes one that was added away.
func (l *instants) remove(at Instant) {
	for _, list := range []*[]Instant{&l.late, &l.main} {
		if k, found := slices.BinarySearch(*list, at); found {
			*list = slices.Delete(*list, k, k+1)
			return
		}
	}
}

func (l *instants) countIn(v Interval) int64 {
	if v.Empty() {
		return 0
	}
	return int64(before(l.main, v.To) - before(l.main, v.From) + before(l.late, v.To) - before(l.late, v.From))
}

func (l *instants) forget(at Instant) {
	l.main = append(l.main[:0:0], l.main[before(l.main, at):]...)
	l.late = append(l.late[:0:0], l.late[before(l.late, at):]...)
}

// before is how many of a sorted list lie before an instant.
func before(list []Instant, at Instant) int {
	return sort.Search(len(list), func(k int) bool { return list[k] >= at })
}
