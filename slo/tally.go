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
	c := w.longer(rule, v, nil)
	t.outages = c.count(w.a.Agreement.Unknown)
	return t
}

// longer counts the outages of v; note may be nil.
func (w view) longer(rule OutageRule, v Interval, note func(v Interval, all bool)) outageCounter {
	c := outageCounter{rule: rule, note: note}
	for _, agreed := range w.a.agreed.Intervals(v) {
		w.each(agreed, func(m mark) { c.add(m.Intersect(agreed), m.as) })
		c.finish()
	}
	return c
}

// bySlices cuts v into slices from its start. It visits only the stretches in
// which nothing changes, and counts the slices inside one by a division.
func (w view) bySlices(rule SliceRule, v Interval) tally {
	c := w.sliced(rule, v, nil)
	t := tally{slices: &c.counts[w.a.Agreement.Unknown]}
	for p, n := range c.counts {
		t.availability[p] = Fraction{n.Good, n.Good + n.Bad}
	}
	return t
}

// sliced judges the slices of v; note may be nil.
func (w view) sliced(rule SliceRule, v Interval, note sliceNote) slicer {
	c := slicer{rule: rule, note: note, slice: Interval{v.From, v.From.Add(rule.Length)}}
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
	return c
}

// sliceNote is told of n slices that follow each other, hold the same and have
// agreed time: the first of them, and what each holds.
type sliceNote func(first Interval, n int64, have StateTimes)

// slicer sorts stretches of agreed time, given in order, into slices.
type slicer struct {
	rule   SliceRule
	note   sliceNote
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
			s.moveTo(v.From)
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

// finish judges n slices that hold what the present one does, which is the
// first of them, and empties it.
func (s *slicer) finish(n int64) {
	have := StateTimes{Up: s.have[asUp] + s.have[asForgiven], Down: s.have[asDown], Unknown: s.have[asUnknown]}
	s.have = sums{}
	if have == (StateTimes{}) {
		return // no agreed time: left out
	}
	for p := range s.counts {
		switch c := &s.counts[p]; s.rule.judge(Policy(p), have) {
		case sliceSkipped:
			c.Skipped += n
		case sliceBad:
			c.Bad += n
		default:
			c.Good += n
		}
	}
	if s.note != nil {
		s.note(s.slice, n, have)
	}
}

// sliceVerdict is what a slice counts as.
type sliceVerdict uint8

const (
	sliceGood sliceVerdict = iota
	sliceBad
	sliceSkipped // nothing is known of it
)

// judge judges a slice by what it holds, under a policy.
func (r SliceRule) judge(p Policy, have StateTimes) sliceVerdict {
	up, down := have.Up, have.Down
	switch p {
	case UnknownUp:
		up += have.Unknown
	case UnknownDown:
		down += have.Unknown
	}
	switch f := (Fraction{ms(down), ms(up + down)}); {
	case !f.Valid():
		return sliceSkipped
	case f.Compare(r.Bad) > 0:
		return sliceBad
	}
	return sliceGood
}
