package slo

import (
	"cmp"
	"slices"
	"time"
)

// ExplainedIncrements are the increments in agreed time that hold bad requests,
// in order: those with the most, where there are more than were asked for.
type ExplainedIncrements struct {
	Listed     []ExplainedIncrement
	Omitted    int
	OmittedBad int64 // thousandths of a request that were bad in the others
}

// ExplainedIncrement is an increment with the measurement that counted it.
type ExplainedIncrement struct {
	ExplainedMeasurement
	Requests Requests
}

// Bad is how many thousandths of a request were bad.
func (r *Requests) Bad() int64 { return r.Total - r.Good }

// ExplainedExempt is the time of a service that is over the workload limit, in
// order: the longest stretches, where there are more than were asked for.
type ExplainedExempt struct {
	Listed  []ExemptStretch
	Omitted Omitted
}

// ExemptStretch is time over the workload limit, with the requests of the
// increments that end in it, in thousandths.
type ExemptStretch struct {
	Interval
	Total int64
}

// badIncrements lists the increments of v that hold bad requests.
func (w view) badIncrements(rule RequestRule, v Interval, limit int) *ExplainedIncrements {
	p := w.a.counters[rule.Probe]
	v.To = min(v.To, p.requestUntil(w.t))
	out := &ExplainedIncrements{}
	for _, agreed := range w.a.agreed.Intervals(v) {
		p.increments.each(agreed, func(end, length Instant, x increment) {
			counted := end + Instant(x.lag)
			if x.good == x.total || counted >= w.t {
				return
			}
			out.Listed = append(out.Listed, ExplainedIncrement{ExplainedMeasurement{At: counted}, Requests{Interval{end - length, end}, x.good, x.total}})
			if len(out.Listed) >= 2*limit+64 {
				out.keep(limit)
			}
		})
	}
	out.keep(limit)
	slices.SortFunc(out.Listed, func(a, b ExplainedIncrement) int {
		return cmp.Or(cmp.Compare(a.Requests.To, b.Requests.To), cmp.Compare(a.Requests.From, b.Requests.From))
	})
	return out
}

// keep leaves out all but the n worst, of equals the earliest.
func (x *ExplainedIncrements) keep(n int) {
	slices.SortFunc(x.Listed, func(a, b ExplainedIncrement) int {
		return cmp.Or(cmp.Compare(b.Requests.Bad(), a.Requests.Bad()), cmp.Compare(a.Requests.To, b.Requests.To))
	})
	for i := n; i < len(x.Listed); i++ {
		x.Omitted++
		x.OmittedBad += x.Listed[i].Requests.Bad()
	}
	x.Listed = x.Listed[:min(n, len(x.Listed))]
}

// exempt lists what of a course the workload limit took out, as is known at t.
func (a *Account) exempt(course []CountedSpan, t Instant, limit int) ExplainedExempt {
	var out ExplainedExempt
	for _, s := range course {
		if s.As != CountedExempt {
			continue
		}
		x := ExemptStretch{Interval: s.Interval}
		if p := a.counters[a.Agreement.Workload.Probe]; p != nil && p.increments != nil {
			x.Total = p.increments.in(s.Interval, t).total
		}
		out.Listed = append(out.Listed, x)
	}
	out.Listed, out.Omitted = longest(out.Listed, limit, ExemptStretch.length, ExemptStretch.length)
	return out
}

func (s ExemptStretch) length() time.Duration { return s.Length() }
