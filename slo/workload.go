package slo

import (
	"slices"
	"sort"
)

// lay puts a layout of agreed time in use, less what is over the workload limit.
func (a *Account) lay(layout Layout) {
	a.agreed = layout(a.Agreement)
	if l := a.Agreement.Workload; l != nil {
		a.base, a.agreed = a.agreed, a.agreed.copied() // others may use the layout
		a.overload = overload{limit: *l}
		a.leaveOut(MinInstant)
	}
	if a.seen != nil {
		a.seen.agreed = a.agreed
	}
}

// Recheck brings the books up to date with what is over the workload limit,
// after a probe that counts requests was added to. It costs what lies behind
// the first change.
func (a *Account) Recheck() {
	if a.Agreement.Workload == nil {
		return
	}
	if a.before != nil {
		a.before.Recheck()
	}
	for _, b := range append([]*Account{a}, a.parts...) {
		if from, changed := b.overloadChanged(); changed {
			b.leaveOut(from)
			b.book(Interval{from, MaxInstant})
			if b.seen != nil {
				b.seen.book(Interval{from, MaxInstant})
			}
		}
	}
}

// overloadChanged is from when on the workload limit takes out other time than
// it did at the last look.
func (a *Account) overloadChanged() (from Instant, changed bool) {
	now := a.watched()
	if now == nil || now.version == a.overload.version {
		return 0, false
	}
	was := a.overload.spans
	for i := range max(len(was), len(now.spans)) {
		switch {
		case i >= len(was):
			return now.spans[i].From, true
		case i >= len(now.spans):
			return was[i].From, true
		case was[i] != now.spans[i]:
			return min(was[i].From, now.spans[i].From), true
		}
	}
	a.overload.version = now.version
	return 0, false
}

// watched is what is over the agreement's workload limit, nil where nothing
// counts it.
func (a *Account) watched() *overload {
	if p := a.counters[a.Agreement.Workload.Probe]; p != nil && p.increments != nil {
		return p.increments.overload(*a.Agreement.Workload)
	}
	return nil
}

// leaveOut takes what is over the workload limit out of agreed time, from an
// instant on.
func (a *Account) leaveOut(from Instant) {
	now := a.watched()
	if now == nil {
		return
	}
	a.overload.version, a.overload.spans = now.version, slices.Clone(now.spans)
	a.agreed.cutAgain(a.base, a.overload.spans, from)
}

// copied is the layout for an account of its own.
func (g *Agreed) copied() *Agreed { return &Agreed{cover: g.cover, spans: slices.Clone(g.spans)} }

// cutAgain makes the spans that reach beyond an instant anew, from those of base
// less what is exempt.
func (g *Agreed) cutAgain(base *Agreed, exempt []Interval, from Instant) {
	g.spans = g.spans[:g.index(from)]
	from = MinInstant
	if n := len(g.spans); n > 0 {
		from = g.spans[n-1].To
	}
	k := sort.Search(len(exempt), func(k int) bool { return exempt[k].To > from })
	for _, s := range base.spans[base.index(from):] {
		s.From = max(s.From, from)
		for k > 0 && exempt[k-1].To > s.From {
			k-- // it reaches into this one too
		}
		for ; s.as == hoursAgreed && k < len(exempt) && exempt[k].From < s.To; k++ {
			x := exempt[k].Intersect(s.Interval)
			g.append(Interval{s.From, x.From}, hoursAgreed)
			g.append(x, hoursExempt)
			s.From = max(s.From, x.To)
		}
		g.append(s.Interval, s.as)
	}
}
