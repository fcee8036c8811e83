package slo

import (
	"cmp"
	"slices"
)

// ExplainedRequests is what an objective by requests counts, increment by
// increment.
type ExplainedRequests struct {
	Bad     []ExplainedIncrement // with bad requests, in order: the worst ones, where there are more than were asked for
	Omitted OmittedIncrements
	// Missing are the stretches of agreed time that are due and that no known
	// increment tells of: the longest ones, where there are more.
	Missing        []Interval
	MissingOmitted Omitted
}

// ExplainedIncrement is an increment with the measurement that counted it.
type ExplainedIncrement struct {
	Interval
	Good, Bad int64 // thousandths of a request
	ExplainedMeasurement
}

// OmittedIncrements is what a bounded list of increments leaves out.
type OmittedIncrements struct {
	Count int
	Bad   int64 // thousandths of a request
}

// explainRequests explains what is counted by requests in v at t.
func (a *Account) explainRequests(rule RequestRule, v Interval, t Instant, limit int) *ExplainedRequests {
	x := &ExplainedRequests{}
	p := a.counters[rule.Probe]
	v.To = min(v.To, p.requestUntil(t))
	var told []Interval
	agreed := a.agreed.Intervals(v)
	for _, in := range agreed {
		p.increments.each(in, func(end, length Instant, i increment) {
			if end+Instant(i.lag) >= t {
				return
			}
			told = append(told, Interval{end - length, end})
			if bad := i.total - i.good; bad > 0 {
				x.Bad = append(x.Bad, ExplainedIncrement{Interval{end - length, end}, i.good, bad, ExplainedMeasurement{At: end + Instant(i.lag)}})
			}
		})
	}
	x.Missing, x.MissingOmitted = longest(subtract(agreed, union(told)), limit, Interval.Length, Interval.Length)
	x.leave(limit)
	return x
}

// leave keeps the limit worst of the bad increments.
func (x *ExplainedRequests) leave(limit int) {
	byTime := func(a, b ExplainedIncrement) int { return cmp.Compare(a.To, b.To) }
	slices.SortStableFunc(x.Bad, func(a, b ExplainedIncrement) int { return cmp.Or(cmp.Compare(b.Bad, a.Bad), byTime(a, b)) })
	if len(x.Bad) > limit {
		for _, i := range x.Bad[limit:] {
			x.Omitted.Count++
			x.Omitted.Bad += i.Bad
		}
		x.Bad = slices.Clone(x.Bad[:limit])
	}
	slices.SortStableFunc(x.Bad, byTime)
}
