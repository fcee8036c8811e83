package slo

import (
	"iter"
	"slices"
	"sort"
)

// Change is the instant from which a state holds, packed: milliseconds since the
// epoch in the upper bits, the state in the lower two. Changes sort as their
// instants do. A year of outages is many of them, eight bytes each.
type Change int64

func changeTo(at Instant, s State) Change { return Change(at)<<2 | Change(s) }

// At is the instant from which the state holds.
func (c Change) At() Instant { return Instant(c >> 2) }

// State is the state that holds from there.
func (c Change) State() State { return State(c & 3) }

// String is the instant and the state.
func (c Change) String() string { return c.At().String() + " " + c.State().String() }

// Timeline is what was known of one thing over all time: a sorted run-length
// list of changes, each holding until the next. Before its first change a
// timeline is unknown. No two neighbours have the same state, so a month of
// health is two changes. The zero value is unknown for ever.
type Timeline struct {
	changes []Change
}

// State returns the state at i.
func (t *Timeline) State(i Instant) State {
	n := t.after(i)
	if n == 0 {
		return Unknown
	}
	return t.changes[n-1].State()
}

// Changes returns the changes in order. The slice is the timeline's own: it
// must not be changed, and it is valid until the timeline is.
func (t *Timeline) Changes() []Change { return t.changes }

// after returns the number of changes at or before i.
func (t *Timeline) after(i Instant) int {
	n := len(t.changes)
	if n == 0 || t.changes[n-1].At() <= i { // most questions are about now
		return n
	}
	return sort.Search(n, func(k int) bool { return t.changes[k].At() > i })
}

// Spans yields the maximal spans of constant state that cover v, in order.
func (t *Timeline) Spans(v Interval) iter.Seq2[Interval, State] {
	return func(yield func(Interval, State) bool) {
		if v.Empty() {
			return
		}
		n := t.after(v.From)
		from, state := v.From, Unknown
		if n > 0 {
			state = t.changes[n-1].State()
		}
		for _, c := range t.changes[n:] {
			if c.At() >= v.To {
				break
			}
			if !yield(Interval{from, c.At()}, state) {
				return
			}
			from, state = c.At(), c.State()
		}
		yield(Interval{from, v.To}, state)
	}
}

// Set makes the timeline s over all of v and returns the part of v in which
// that changed something, the shortest interval that covers it.
func (t *Timeline) Set(v Interval, s State) Interval {
	return t.replace(v, []Change{changeTo(v.From, s)})
}

// replace puts the states of what, which begins at v.From and is sorted, in
// place of what v held, and returns the shortest interval in which the
// timeline differs from before.
func (t *Timeline) replace(v Interval, what []Change) Interval {
	if v.Empty() {
		return v
	}
	lo := sort.Search(len(t.changes), func(k int) bool { return t.changes[k].At() >= v.From })
	hi := t.after(v.To)
	before, end := Unknown, Unknown
	if lo > 0 {
		before = t.changes[lo-1].State()
	}
	if hi > 0 {
		end = t.changes[hi-1].State()
	}
	var buf [8]Change
	put := append(buf[:0], coalesce(before, what)...)
	last := before
	if len(put) > 0 {
		last = put[len(put)-1].State()
	}
	if last != end {
		put = append(put, changeTo(v.To, end))
	}
	old := t.changes[lo:hi]
	changed := difference(v, old, put)
	if !changed.Empty() {
		t.changes = slices.Replace(t.changes, lo, hi, put...)
	}
	return changed
}

// coalesce drops, in place, the changes that change nothing after before.
func coalesce(before State, cs []Change) []Change {
	out := cs[:0]
	for _, c := range cs {
		if c.State() != before {
			out = append(out, c)
			before = c.State()
		}
	}
	return out
}

// difference is an interval of v that holds every instant at which old and
// put disagree. Both follow the state before and end in one same state.
func difference(v Interval, old, put []Change) Interval {
	from := 0
	for from < len(old) && from < len(put) && old[from] == put[from] {
		from++
	}
	i, j := len(old), len(put)
	for i > from && j > from && old[i-1] == put[j-1] {
		i, j = i-1, j-1
	}
	if i == from && j == from {
		return Interval{v.From, v.From}
	}
	r := Interval{v.To, v.From}
	if i > from {
		r = Interval{old[from].At(), old[i-1].At()}
	}
	if j > from {
		r = Interval{min(r.From, put[from].At()), max(r.To, put[j-1].At())}
	}
	if i < len(old) { // they agree again from the common change on, at the latest
		r.To = old[i].At()
	}
	return r
}

// compose sets out, over v, to f of the states of the inputs, and returns what
// that changed. f is called once for each stretch in which no input changes.
func compose(out *Timeline, v Interval, in []*Timeline, f func([]State) State) Interval {
	if v.Empty() {
		return v
	}
	var (
		nextBuf   [8]int
		stateBuf  [8]State
		changeBuf [8]Change
	)
	next, states, cs := nextBuf[:0], stateBuf[:0], changeBuf[:0]
	for _, t := range in {
		n := t.after(v.From)
		s := Unknown
		if n > 0 {
			s = t.changes[n-1].State()
		}
		next, states = append(next, n), append(states, s)
	}
	for at := v.From; at < v.To; {
		cs = append(cs, changeTo(at, f(states)))
		soonest := v.To
		for k, t := range in {
			if next[k] < len(t.changes) {
				soonest = min(soonest, t.changes[next[k]].At())
			}
		}
		for k, t := range in {
			if next[k] < len(t.changes) && t.changes[next[k]].At() == soonest {
				states[k] = t.changes[next[k]].State()
				next[k]++
			}
		}
		at = soonest
	}
	return out.replace(v, cs)
}
