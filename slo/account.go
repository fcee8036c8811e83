package slo

import (
	"iter"
	"slices"
	"sort"
	"time"
)

// Account keeps the books of one agreement: what of its service's timeline is
// down, unknown or forgiven, weighed with agreed time and summed as it goes,
// so that any window costs two binary searches and what is open at its end.
type Account struct {
	Agreement *Agreement
	agreed    *Agreed
	base      *Agreed                  // without the workload limit, where there is one
	overload  overload                 // that agreed leaves out, as of the last look
	service   *Timeline                // read only
	probe     *ProbeHistory            // the service's first: what is counted one by one is counted of it
	counters  map[string]*ProbeHistory // of requests, by name: those that the agreement names
	marks     []mark                   // settled, in order
	settled   Instant                  // no mark from here on: an up of the service's timeline
	supplied  []supplied               // the suppliers' services that the service depends on
	parts     []*Account               // of the services that composite objectives speak of besides
	seen      *Account                 // the books of what was seen, with nothing forgiven; nil where they are these
	before    *Account                 // the books without exclusions after the fact; nil where there are none
}

// mark is a stretch of the service's timeline that is not plainly up.
type mark struct {
	Interval
	before marked // of the marks before it
	as     class
}

// marked are agreed times by the classes of marks, from asDown on.
type marked [3]time.Duration

// class is what a mark counts as.
type class uint8

const (
	asUp class = iota
	asDown
	asUnknown
	asForgiven
)

// sums are agreed times by class.
type sums [4]time.Duration

// Layout lays out the agreed time of an agreement.
type Layout func(*Agreement) *Agreed

// LaidOver is the layout over at least v; see NewAgreed.
func LaidOver(v Interval, ms []*Maintenance) Layout {
	return func(a *Agreement) *Agreed { return NewAgreed(a, ms, v) }
}

// NewAccount opens the books of a over its agreed time and its services'
// timelines, as they are now; call Update when one changes.
func NewAccount(a *Agreement, layout Layout, h *History) *Account {
	acc := newBooks(a, layout, h)
	for _, name := range a.Services()[1:] {
		terms := *a // the same of another service
		terms.Service = name
		acc.parts = append(acc.parts, newBooks(&terms, layout, h))
	}
	if len(a.Exclusions) > 0 {
		terms := *a
		terms.Exclusions = nil
		acc.before = NewAccount(&terms, layout, h)
	}
	return acc
}

func newBooks(a *Agreement, layout Layout, h *History) *Account {
	s := h.Service(a.Service)
	acc := &Account{Agreement: a, service: s.Timeline(), probe: s.probes[0], supplied: s.supplied, counters: h.counters(a)}
	acc.lay(layout)
	if s.Seen() != s.Timeline() || a.MinimumOutage > 0 {
		terms := *a
		terms.MinimumOutage = 0
		acc.seen = &Account{Agreement: &terms, agreed: acc.agreed, service: s.Seen(), probe: s.probes[0]}
	}
	acc.anew()
	return acc
}

// asSeen is the books of what was seen.
func (a *Account) asSeen() *Account {
	if a.seen != nil {
		return a.seen
	}
	return a
}

var everything = Interval{MinInstant, MaxInstant}

// Services lists the services that the agreement speaks of: its own first, and
// those of its composite objectives in order of appearance.
func (a *Agreement) Services() []string {
	names := []string{a.Service}
	for _, o := range a.Objectives {
		for _, p := range o.Parts {
			if !slices.Contains(names, p.Service) {
				names = append(names, p.Service)
			}
		}
	}
	return names
}

// Agreed is the layout of agreed time in use.
func (a *Account) Agreed() *Agreed { return a.agreed }

// SetAgreed puts a layout of other cover in use.
func (a *Account) SetAgreed(layout Layout) {
	if a.before != nil {
		a.before.SetAgreed(layout)
	}
	for _, b := range append([]*Account{a}, a.parts...) {
		b.lay(layout)
		b.anew()
	}
}

// Update brings the books up to date after the timelines of a service that the
// agreement speaks of changed.
func (a *Account) Update(service string, changed Touched) {
	if a.before != nil {
		a.before.Update(service, changed)
	}
	b := a.of(service)
	switch {
	case b == nil:
		return
	case !changed.Timeline.Empty():
		b.book(changed.Timeline)
	}
	if b.seen != nil && !changed.Seen.Empty() {
		b.seen.book(changed.Seen)
	}
}

// anew books everything.
func (a *Account) anew() {
	a.book(everything)
	if a.seen != nil {
		a.seen.book(everything)
	}
}

// of is the books of a service that the agreement speaks of.
func (a *Account) of(service string) *Account {
	if a.Agreement.Service == service {
		return a
	}
	for _, p := range a.parts {
		if p.Agreement.Service == service {
			return p
		}
	}
	return nil
}

// book brings the marks up to date after the service's timeline changed inside
// changed.
func (a *Account) book(changed Interval) {
	cs := a.service.Changes()
	// No stretch crosses an up: book again from the last one before the
	// change to the last one of all.
	from, to := beginning, beginning
	if i := lastUp(cs[:a.service.after(changed.From-1)]); i >= 0 {
		from = cs[i].At()
	}
	if i := lastUp(cs); i >= 0 {
		to = cs[i].At()
	}
	keep := sort.Search(len(a.marks), func(k int) bool { return a.marks[k].From >= from })
	a.marks = a.marks[:keep]
	for m := range a.read(from, to, MaxInstant) {
		a.append(m)
	}
	a.settled = to
}

// lastUp is the index of the last change to up, or -1.
func lastUp(cs []Change) int {
	for i := len(cs) - 1; i >= 0; i-- {
		if cs[i].State() == Up {
			return i
		}
	}
	return -1
}

// beginning is where the books begin: before any window that holds an instant.
// All is unknown there.
var beginning = MinInstant.Add(-10 * 366 * 24 * time.Hour)

// append adds a mark with its running sums.
func (a *Account) append(m mark) {
	if n := len(a.marks); n > 0 {
		m.before = a.marks[n-1].before
		m.before[a.marks[n-1].as-asDown] += a.weight(a.marks[n-1].Interval)
	}
	a.marks = append(a.marks, m)
}

func (a *Account) weight(v Interval) time.Duration {
	t, _ := a.agreed.In(v)
	return t
}

// read yields the marks of the service's timeline between from and to, judged
// with what is known at t. from must be the beginning or an instant of up.
func (a *Account) read(from, to, t Instant) iter.Seq[mark] {
	return func(yield func(mark) bool) {
		var stretch []mark // downs, and the unknown between and behind them
		flush := func(upFollows bool) bool {
			a.judge(stretch, upFollows)
			for _, m := range stretch {
				if !yield(m) {
					return false
				}
			}
			stretch = stretch[:0]
			return true
		}
		end := min(to, t)
		for v, s := range a.service.Spans(Interval{from, end}) {
			switch {
			case s == Up:
				if !flush(true) {
					return
				}
			case s == Down:
				stretch = append(stretch, mark{Interval: v, as: asDown})
			default:
				stretch = append(stretch, mark{Interval: v, as: asUnknown})
			}
		}
		// The stretch at the end is settled where the service's next state is
		// an up that is known at t.
		flush(end < t && a.service.State(end) == Up)
	}
}

// judge applies minimumOutage to a stretch: from its first down to the end of
// its last.
func (a *Account) judge(stretch []mark, upFollows bool) {
	least := a.Agreement.MinimumOutage
	first, last := -1, -1
	for i, m := range stretch {
		if m.as == asDown {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 || stretch[last].To.Sub(stretch[first].From) >= least {
		return
	}
	as := asUnknown
	if upFollows {
		as = asForgiven
	}
	for i := first; i <= last; i++ {
		if stretch[i].as == asDown {
			stretch[i].as = as
		}
	}
}

// view is the marks as they stand at an instant: settled ones and those open.
type view struct {
	a       *Account
	settled []mark
	open    []mark
	t       Instant
}

// at is the books with what is known at t; buf holds the open marks.
func (a *Account) at(t Instant, buf []mark) view {
	settled := a.marks
	from := a.settled
	if t <= a.settled { // an up lies ahead of t: it does not count yet
		n := sort.Search(len(a.service.changes), func(k int) bool { return a.service.changes[k].At() >= t })
		from = beginning
		if i := lastUp(a.service.changes[:n]); i >= 0 {
			from = a.service.changes[i].At()
		}
		settled = settled[:sort.Search(len(settled), func(k int) bool { return settled[k].From >= from })]
	}
	open := buf[:0]
	for m := range a.read(from, t, t) {
		open = append(open, m)
	}
	return view{a, settled, open, t}
}

// in sums the agreed time of each class inside v; up is what no mark covers.
func (w view) in(v Interval) sums {
	var s sums
	if v.Empty() {
		return s
	}
	s = w.settledBefore(v.To)
	lo := w.settledBefore(v.From)
	for c := range s {
		s[c] -= lo[c]
	}
	for _, m := range w.open {
		s[m.as] += w.a.weight(m.Intersect(v))
	}
	s[asUp] = w.a.weight(v) - s[asDown] - s[asUnknown] - s[asForgiven]
	return s
}

// settledBefore sums the settled marks before i.
func (w view) settledBefore(i Instant) sums {
	n := sort.Search(len(w.settled), func(k int) bool { return w.settled[k].From >= i })
	if n == 0 {
		return sums{}
	}
	m := w.settled[n-1]
	s := sums{asDown: m.before[0], asUnknown: m.before[1], asForgiven: m.before[2]}
	s[m.as] += w.a.weight(Interval{m.From, min(m.To, i)})
	return s
}

// each calls f with every mark that overlaps v, in order.
func (w view) each(v Interval, f func(mark)) {
	n := sort.Search(len(w.settled), func(k int) bool { return w.settled[k].To > v.From })
	for _, list := range [2][]mark{w.settled[n:], w.open} {
		for _, m := range list {
			if m.From >= v.To {
				return
			}
			if m.To > v.From {
				f(m)
			}
		}
	}
}
