package slo

import (
	"slices"
	"sort"
)

// Occurrences counts a probe's measurements by outcome, over any interval, in
// O(log n). It keeps the instant of each, eight bytes a measurement.
type Occurrences struct {
	at [3][]Instant // by State, sorted
}

// Add counts one measurement.
func (o *Occurrences) Add(at Instant, s State) {
	list := o.at[s]
	if n := len(list); n == 0 || list[n-1] <= at {
		o.at[s] = append(list, at)
		return
	}
	i := sort.Search(len(list), func(k int) bool { return list[k] > at })
	o.at[s] = slices.Insert(list, i, at)
}

// Count is how many measurements of each outcome lie in v.
func (o *Occurrences) Count(v Interval) OccurrenceCount {
	return OccurrenceCount{
		Up:      countIn(o.at[Up], v),
		Down:    countIn(o.at[Down], v),
		Unknown: countIn(o.at[Unknown], v),
	}
}

// Forget drops what lies before the instant; figures over windows that begin
// earlier are then no longer to be had from here.
func (o *Occurrences) Forget(before Instant) {
	for s, list := range o.at {
		o.at[s] = append(list[:0:0], list[countIn(list, Interval{MinInstant, before}):]...)
	}
}

func countIn(list []Instant, v Interval) int64 {
	if v.Empty() {
		return 0
	}
	lo := sort.Search(len(list), func(k int) bool { return list[k] >= v.From })
	hi := sort.Search(len(list), func(k int) bool { return list[k] >= v.To })
	return int64(hi - lo)
}
