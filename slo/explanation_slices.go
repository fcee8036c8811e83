package slo

import (
	"cmp"
	"slices"
	"time"
)

// ExplainedSlices are the slices that count as bad, in order: those with the
// most that speaks against them, where there are more than were asked for.
type ExplainedSlices struct {
	Listed  []ExplainedSlice
	Omitted Omitted // Length is how long the others were down
}

// ExplainedSlice is a slice with its agreed time by what that counts as; what
// was forgiven is up.
type ExplainedSlice struct {
	ExplainedStretch
	Counted StateTimes
}

// ExplainedOutages are the outages that are longer than the objective allows,
// in order: the longest ones, where there are more than were asked for.
type ExplainedOutages struct {
	Listed  []Interval
	Omitted Omitted
}

// explainCounts explains what the objective's method counts besides time.
func (a *Account) explainCounts(h *History, x *Explanation, limit int) {
	st := &x.Status
	var buf [8]mark
	switch o := st.Objective; o.Method {
	case BySlices:
		x.Slices = a.at(st.At, buf[:0]).badSlices(o.Slice, x.So, limit)
		service := h.Service(a.Agreement.Service)
		for i := range x.Slices.Listed {
			s := &x.Slices.Listed[i].ExplainedStretch
			s.Probes = service.during(s.Interval)
		}
	case ByOutages:
		x.Long = a.at(st.At, buf[:0]).longOutages(o.Outages, x.So, limit)
	case ByLatency:
		x.Latency = a.explainLatency(o, x.So, limit)
		x.Latency.Slow.Omitted = int(st.Latency.Slower) - len(x.Latency.Slow.Listed)
	case ByOccurrences:
		x.WereDown = a.wereDown(x.So, limit)
		x.WereDown.Omitted = int(st.Occurrences.Down) - len(x.WereDown.Listed)
	case ByRequests:
		x.Bad, x.counted = a.at(st.At, buf[:0]).badIncrements(o.Requests, x.So, limit), a.counters[o.Requests.Probe].Probe
	}
}

// badSlices lists the slices of v that are bad under the agreement's policy.
func (w view) badSlices(rule SliceRule, v Interval, limit int) *ExplainedSlices {
	policy := w.a.Agreement.Unknown
	against := func(s ExplainedSlice) time.Duration {
		if policy == UnknownDown {
			return s.Counted.Down + s.Counted.Unknown
		}
		return s.Counted.Down
	}
	var bad []ExplainedSlice
	var all Omitted
	w.sliced(rule, v, func(first Interval, n int64, have StateTimes) {
		if rule.judge(policy, have) != sliceBad {
			return
		}
		all.Count += int(n)
		all.Length += time.Duration(n) * have.Down
		for k := range min(n, int64(limit)) { // of alike ones the first are listed
			at := first.From.Add(time.Duration(k) * rule.Length)
			bad = append(bad, ExplainedSlice{ExplainedStretch{Interval: Interval{at, min(at.Add(rule.Length), v.To)}}, have})
		}
	})
	out := &ExplainedSlices{Omitted: all}
	out.Listed, _ = longest(bad, limit, against, against)
	for _, s := range out.Listed {
		out.Omitted.Count--
		out.Omitted.Length -= s.Counted.Down
	}
	return out
}

// longOutages lists the outages of v that are longer than the rule allows,
// under the agreement's policy.
func (w view) longOutages(rule OutageRule, v Interval, limit int) *ExplainedOutages {
	var long []Interval
	w.longer(rule, v, func(x Interval, all bool) {
		if all == (w.a.Agreement.Unknown == UnknownDown) {
			long = append(long, x)
		}
	})
	slices.SortFunc(long, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	out := &ExplainedOutages{}
	out.Listed, out.Omitted = longest(long, limit, Interval.Length, Interval.Length)
	return out
}

// Measured is how many measurements the agents made in the stretch, as they
// came.
func (s *ExplainedStretch) Measured() OccurrenceCount {
	var n OccurrenceCount
	for _, p := range s.Probes {
		for _, l := range p.Locations {
			for _, w := range l.Words {
				if e := w.Edges; e != nil {
					n.Up, n.Down, n.Unknown = n.Up+e.Up, n.Down+e.Down, n.Unknown+e.Unknown
				}
			}
		}
	}
	return n
}
