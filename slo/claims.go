package slo

// claims are what maintenance and exclusions after the fact ask to take out of
// an agreement's hours, and what of it they get. Each list is sorted, and its
// intervals lie apart and inside the hours.
type claims struct {
	hours   []Interval // of the calendar, while the terms hold
	planned []Interval // maintenance with enough notice, and such as was declared late
	allowed []Interval // what of that the cap allows
	after   []Interval // the other exclusions after the fact, which have no cap
}

// reach is v, begun early enough for each cap to be spent from the beginning
// of its own period.
func (a *Agreement) reach(v Interval) Interval {
	if c := a.Credits; c != nil && c.Cap != nil {
		v.From = c.Cap.Per.Holding(v.From, a.Zone).From
	}
	if c := a.MaintenanceCap; c != nil {
		v.From = c.Per.Holding(v.From, a.Zone).From
	}
	return v
}

// claims works out who takes what out of v, which reaches back as far as the
// cap's period does.
func (a *Agreement) claims(ms []*Maintenance, v Interval) claims {
	out := claims{hours: a.Hours.Intervals(a.during(v))}
	out.planned = intersect(out.hours, a.maintenance(ms, v))
	out.allowed = out.planned
	if c := a.MaintenanceCap; c != nil {
		out.allowed = c.limit(out.planned, a.Zone)
	}
	out.after = intersect(out.hours, a.excluded(v, false))
	return out
}

// taken is all that is taken out of the hours.
func (c claims) taken() []Interval {
	if len(c.after) == 0 {
		return c.allowed
	}
	return union(append(append([]Interval{}, c.allowed...), c.after...))
}
