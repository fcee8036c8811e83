package slo

import (
	"cmp"
	"slices"
	"time"
)

// WorkloadLimit says up to how many requests an agreement promises anything:
// time in which there are more is no agreed time.
type WorkloadLimit struct {
	Probe string        // that counts the requests
	Above int64         // requests, in so much time
	Per   time.Duration // MinIncrement to MaxIncrement
}

// MaxWorkload bounds WorkloadLimit.Above.
const MaxWorkload = MaxRequests / PerRequest

// exceeded reports whether an increment of a length in milliseconds holds more
// than the limit, where total is in thousandths of a request. All of them are
// bounded so that the products fit.
func (l WorkloadLimit) exceeded(total int64, length Instant) bool {
	return total*l.Per.Milliseconds() > l.Above*PerRequest*int64(length)
}

// overload is when there were more requests than a workload limit: the union of
// the increments that exceed it, as they are known now. At an instant in the
// past the last of them may not have been.
type overload struct {
	limit   WorkloadLimit
	spans   []Interval // sorted and apart
	version int        // another one when spans changed
}

// limitTo begins to watch a limit.
func (c *Increments) limitTo(l WorkloadLimit) {
	if c.overload(l) == nil {
		c.over = append(c.over, &overload{limit: l})
	}
}

// overload is what is known of a limit that is watched, nil where it is not.
func (c *Increments) overload(l WorkloadLimit) *overload {
	for _, o := range c.over {
		if o.limit == l {
			return o
		}
	}
	return nil
}

// take notes an increment that exceeds the limit or does not, and whether it
// did before.
func (o *overload) take(c *Increments, v Interval, exceeds, did bool) {
	switch {
	case exceeds == did:
		return
	case exceeds:
		o.spans = joined(o.spans, v)
	default:
		o.spans = subtract(o.spans, []Interval{v})
		// An increment of another length may lie over it.
		c.each(Interval{v.From, v.To + hour}, func(end, length Instant, x increment) {
			if other := (Interval{end - length, end}); other.From < v.To && o.limit.exceeded(x.total, length) {
				o.spans = joined(o.spans, other)
			}
		})
	}
	o.version++
}

// joined adds v to sorted intervals that are apart.
func joined(list []Interval, v Interval) []Interval {
	from, _ := slices.BinarySearchFunc(list, v.From, func(x Interval, i Instant) int { return cmp.Compare(x.To, i) })
	to := from
	for to < len(list) && list[to].From <= v.To {
		v = cover(v, list[to])
		to++
	}
	return slices.Replace(list, from, to, v)
}
