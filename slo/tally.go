package slo

import "time"

// tally is an objective's count over an interval, with its availability under
// each policy.
type tally struct {
	availability [3]Fraction // by Policy
	slices       *SliceCount
	occurrences  *OccurrenceCount
	latency      *LatencyCount
	outages      *OutageCount
	requests     *RequestCount
}

// tally counts the objective over v by its method.
func (l *look) tally(v Interval) tally {
	switch o := l.objective; o.Method {
	case BySlices:
		return l.first.bySlices(o.Slice, v)
	case ByOccurrences:
		return l.first.byOccurrences(v)
	case ByLatency:
		return l.first.byLatency(o.Latency, v)
	case ByOutages:
		return l.first.byOutages(o.Outages, v)
	case Composite:
		return l.byParts(v)
	case ByRequests:
		return l.first.byRequests(o.Requests, v)
	}
	return l.first.byTime(v)
}

func (w view) byTime(v Interval) tally {
	s := w.in(v)
	return tally{availability: shares(ms(s[asUp]+s[asForgiven]), ms(s[asDown]), ms(s[asUnknown]))}
}

// byParts weighs the times of a composite's parts.
func (l *look) byParts(v Interval) tally {
	var t tally
	for i, part := range l.objective.Parts {
		w := &l.first
		if i > 0 {
			w = &l.rest[i-1]
		}
		for p, f := range w.byTime(v).availability {
			t.availability[p].Part += part.Weight * f.Part
			t.availability[p].Whole += part.Weight * f.Whole
		}
	}
	return t
}

// shares is up's share under each policy.
func shares(up, down, unknown int64) [3]Fraction {
	all := up + down + unknown
	return [3]Fraction{
		UnknownExcluded: {up, up + down},
		UnknownUp:       {up + unknown, all},
		UnknownDown:     {up, all},
	}
}

// byOccurrences counts the probe's measurements in the agreed time of v.
func (w view) byOccurrences(v Interval) tally {
	var c OccurrenceCount
	for _, agreed := range w.a.agreed.Intervals(v) {
		n := w.a.probe.counts.Count(agreed)
		c.Up, c.Down, c.Unknown = c.Up+n.Up, c.Down+n.Down, c.Unknown+n.Unknown
	}
	return tally{availability: shares(c.Up, c.Down, c.Unknown), occurrences: &c}
}

// byLatency counts the probe's measurements in the agreed time of v by how
// long they took.
func (w view) byLatency(rule LatencyRule, v Interval) tally {
	var c LatencyCount
	counts := w.a.probe.latencyCount(rule.Within)
	for _, agreed := range w.a.agreed.Intervals(v) {
		n := counts.Count(agreed)
		c.Within, c.Slower, c.Unknown = c.Within+n.Up, c.Slower+n.Down, c.Unknown+n.Unknown
	}
	return tally{availability: shares(c.Within, c.Slower, c.Unknown), latency: &c}
}

// byOutages counts the outages in the agreed time of v that are longer than
// the rule allows.
func (w view) byOutages(rule OutageRule, v Interval) tally {
	t := w.byTime(v)
	c := outageCounter{rule: rule}
	for _, agreed := range w.a.agreed.Intervals(v) {
		w.each(agreed, func(m mark) { c.add(m.Intersect(agreed), m.as) })
		c.finish()
	}
	t.outages = c.count(w.a.Agreement.Unknown)
	return t
}

// bySlices cuts v into slices from its start. It visits only the stretches in
// which nothing changes, and counts the slices inside one by a division.
func (w view) bySlices(rule SliceRule, v Interval) tally {
	c := slicer{rule: rule, slice: Interval{v.From, v.From.Add(rule.Length)}}
	for _, agreed := range w.a.agreed.Intervals(v) {
		at := agreed.From
		w.each(agreed, func(m mark) {
			x := m.Intersect(agreed)
			c.add(Interval{at, x.From}, asUp)
			c.add(x, m.as)
			at = x.To
		})
		c.add(Interval{at, agreed.To}, asUp)
	}
	c.finish(1)
	t := tally{slices: &c.counts[w.a.Agreement.Unknown]}
	for p, n := range c.counts {
		t.availability[p] = Fraction{n.Good, n.Good + n.Bad}
	}
	return t
}

// slicer sorts stretches of agreed time, given in order, into slices.
type slicer struct {
	rule   SliceRule
	slice  Interval // the one being filled
	have   sums
	counts [3]SliceCount // by Policy
}

// add takes a stretch of one class.
func (s *slicer) add(v Interval, as class) {
	for !v.Empty() {
		if v.From >= s.slice.To {
			s.finish(1)
			s.moveTo(v.From)
		}
		part := v.Intersect(s.slice)
		s.have[as] += part.Length()
		v.From = part.To
		// What is left may hold many whole slices of this one class.
		if n := int64(v.Length() / s.rule.Length); v.From == s.slice.To && n > 0 {
			s.finish(1)
			s.have = sums{}
			s.have[as] = s.rule.Length
			s.finish(n)
			v.From = v.From.Add(time.Duration(n) * s.rule.Length)
			s.moveTo(v.From)
		}
	}
}

// moveTo begins the slice that holds i.
func (s *slicer) moveTo(i Instant) {
	n := i.Sub(s.slice.From) / s.rule.Length
	s.slice.From = s.slice.From.Add(n * s.rule.Length)
	s.slice.To = s.slice.From.Add(s.rule.Length)
}

// finish judges n slices that hold what the present one does, and empties it.
func (s *slicer) finish(n int64) {
	up, down, unknown := s.have[asUp]+s.have[asForgiven], s.have[asDown], s.have[asUnknown]
	s.have = sums{}
	if up+down+unknown == 0 {
		return // no agreed time: left out
	}
	s.judge(UnknownExcluded, n, up, down)
	s.judge(UnknownUp, n, up+unknown, down)
	s.judge(UnknownDown, n, up, down+unknown)
}

func (s *slicer) judge(p Policy, n int64, up, down time.Duration) {
	c := &s.counts[p]
	switch f := (Fraction{ms(down), ms(up + down)}); {
	case !f.Valid():
		c.Skipped += n
	case f.Compare(s.rule.Bad) > 0:
		c.Bad += n
	default:
		c.Good += n
	}
}
