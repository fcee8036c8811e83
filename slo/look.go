package slo

import (
	"cmp"
	"slices"
)

// look is what an objective counts, as its books stand at an instant: the
// timeline of its service, or those of a composite's parts.
type look struct {
	objective *Objective
	first     view
	rest      []view // of the other parts
}

// look opens the books of an objective with what is known at t; buf holds the
// open marks.
func (a *Account) look(o *Objective, t Instant, buf []mark) look {
	if o.Method == Composite {
		return a.lookAtParts(o, t, func(a *Account) *Account { return a })
	}
	return look{objective: o, first: a.at(t, buf)}
}

// lookAtParts opens the books that which chooses of each part of a composite.
func (a *Account) lookAtParts(o *Objective, t Instant, which func(*Account) *Account) look {
	l := look{objective: o}
	for i, p := range o.Parts {
		view := which(a.of(p.Service)).at(t, nil)
		if i == 0 {
			l.first = view
		} else {
			l.rest = append(l.rest, view)
		}
	}
	return l
}

// figures sums v over the parts, whatever their weight.
func (l *look) figures(v Interval) Figures {
	f := l.first.figures(v)
	for i := range l.rest {
		f = f.plus(l.rest[i].figures(v))
	}
	return f
}

func (f Figures) plus(g Figures) Figures {
	return Figures{f.Agreed + g.Agreed, f.Up + g.Up, f.Down + g.Down, f.Unknown + g.Unknown, f.Excluded + g.Excluded, f.Forgiven + g.Forgiven, f.Exempt + g.Exempt}
}

// outages are those of all parts, by their beginning.
func (l *look) outages(v Interval) []Interval {
	out := []Interval{}
	add := func(x Interval) { out = append(out, x) }
	l.first.outages(v, add)
	for i := range l.rest {
		l.rest[i].outages(v, add)
	}
	if len(l.rest) > 0 {
		slices.SortFunc(out, func(a, b Interval) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	}
	return out
}

// count is the number of outages.
func (l *look) count(v Interval) int {
	n := 0
	add := func(Interval) { n++ }
	l.first.outages(v, add)
	for i := range l.rest {
		l.rest[i].outages(v, add)
	}
	return n
}

// forgive judges what is open as if an up came now.
func (l *look) forgive() {
	l.first.forgive()
	for i := range l.rest {
		l.rest[i].forgive()
	}
}
