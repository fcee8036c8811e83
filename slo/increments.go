package slo

import (
	"cmp"
	"slices"
	"sort"
)

// Increments are the requests that a probe counted, increment by increment.
// They answer for any interval in O(log n) and the increments of the hours that
// it cuts, and take 28 bytes each: a year of minutes is 15 MB. Of several counts
// of one increment the one made first counts.
type Increments struct {
	hours []*incrementHour // by beginning, then by length
	fresh int              // so many of them know the sums before them: see refresh
	all   requestSums
	lag   Instant // the longest of any increment
	over  []*overload
}

// incrementHour are the increments of one length that end in an hour: after its
// beginning, up to its end.
type incrementHour struct {
	from   Instant
	length Instant     // of each
	before requestSums // of all hours before this one, where it is fresh
	own    requestSums
	list   []increment // by end
}

// increment is one of an hour.
type increment struct {
	after uint32 // milliseconds of its end since the hour began
	lag   uint32 // milliseconds between its end and its count
	good  int64  // thousandths of a request
	total int64
}

// requestSums are sums over increments.
type requestSums struct {
	good, total int64   // thousandths of a request
	time        Instant // that they are of
	n           int64
}

func (s requestSums) plus(x requestSums) requestSums {
	return requestSums{s.good + x.good, s.total + x.total, s.time + x.time, s.n + x.n}
}

func (s requestSums) minus(x requestSums) requestSums {
	return requestSums{s.good - x.good, s.total - x.total, s.time - x.time, s.n - x.n}
}

// sum is the increment by itself.
func (i increment) sum(length Instant) requestSums {
	return requestSums{i.good, i.total, length, 1}
}

const (
	// maxLag is the longest that a count may come after its increment: what
	// comes later was not asked for when it was due.
	maxLag = 3 * hour
	// maxRequestSum keeps sums of sums, and a hundred times of them, countable.
	maxRequestSum = 1 << 56
)

// Add takes what a measurement counted, in any order.
func (c *Increments) Add(m *Measurement) {
	r := m.Requests
	if r == nil || m.At-r.To > maxLag || r.To.Sub(m.At) > MaxAhead || c.all.total+r.Total > maxRequestSum {
		return // counted long after, or by a clock that is off
	}
	h := c.hour(r.To-1-mod(r.To-1, hour), r.To-r.From)
	is := increment{uint32(r.To - h.from), uint32(max(0, m.At-r.To)), r.Good, r.Total}
	k, there := slices.BinarySearchFunc(h.list, is.after, func(x increment, after uint32) int { return cmp.Compare(x.after, after) })
	was := increment{}
	change := is.sum(h.length)
	if there {
		if was = h.list[k]; is.compare(was) >= 0 {
			return
		}
		h.list[k] = is
		change = change.minus(was.sum(h.length))
	} else {
		h.list = slices.Insert(h.list, k, is)
	}
	h.own = h.own.plus(change)
	c.all = c.all.plus(change)
	c.lag = max(c.lag, Instant(is.lag))
	c.fresh = min(c.fresh, c.index(h.from, h.length)+1)
	for _, o := range c.over {
		o.take(c, r.Interval, o.limit.exceeded(r.Total, h.length), there && o.limit.exceeded(was.total, h.length))
	}
}

// compare is which of two counts of one increment counts: the lesser, which was
// made first; of those made at once the one that is worse.
func (i increment) compare(x increment) int {
	return cmp.Or(cmp.Compare(i.lag, x.lag), cmp.Compare(x.total-x.good, i.total-i.good), cmp.Compare(i.total, x.total))
}

// index is where the hour is that begins at from, or would be.
func (c *Increments) index(from, length Instant) int {
	if n := len(c.hours); n > 0 && c.hours[n-1].from == from && c.hours[n-1].length == length {
		return n - 1 // now lies in the last one more often than not
	}
	i, _ := slices.BinarySearchFunc(c.hours, from, func(h *incrementHour, _ Instant) int {
		return cmp.Or(cmp.Compare(h.from, from), cmp.Compare(h.length, length))
	})
	return i
}

// hour is the hour that begins at from, made where it is not there.
func (c *Increments) hour(from, length Instant) *incrementHour {
	i := c.index(from, length)
	if i == len(c.hours) || c.hours[i].from != from || c.hours[i].length != length {
		c.hours = slices.Insert(c.hours, i, &incrementHour{from: from, length: length})
		if c.fresh = min(c.fresh, i); c.fresh == len(c.hours)-1 {
			c.refresh()
		}
	}
	return c.hours[i]
}

// refresh makes answers cost O(log n) again after increments were added that are
// not the newest: until then they cost the hours behind the first of those. It
// costs the same, once for however many were added.
func (c *Increments) refresh() {
	for ; c.fresh < len(c.hours); c.fresh++ {
		if h := c.hours[c.fresh]; c.fresh == 0 {
			h.before = requestSums{}
		} else {
			last := c.hours[c.fresh-1]
			h.before = last.before.plus(last.own)
		}
	}
}

// beforeHour sums the first n hours.
func (c *Increments) beforeHour(n int) requestSums {
	var s requestSums
	k := min(n, c.fresh)
	if k > 0 {
		s = c.hours[k-1].before.plus(c.hours[k-1].own)
	}
	for ; k < n; k++ {
		s = s.plus(c.hours[k].own)
	}
	return s
}

// before sums the increments that end at or before i.
func (c *Increments) before(i Instant) requestSums {
	n := sort.Search(len(c.hours), func(k int) bool { return c.hours[k].from+hour > i })
	s := c.beforeHour(n)
	for ; n < len(c.hours) && c.hours[n].from < i; n++ {
		h := c.hours[n]
		for _, x := range h.list {
			if h.from+Instant(x.after) > i {
				break
			}
			s = s.plus(x.sum(h.length))
		}
	}
	return s
}

// in sums the increments that end after v.From and up to v.To, as they are
// known at t: counted before it.
func (c *Increments) in(v Interval, t Instant) requestSums {
	if v.Empty() {
		return requestSums{}
	}
	s := c.before(v.To).minus(c.before(v.From))
	c.each(Interval{max(v.From, t-c.lag-1), v.To}, func(end, length Instant, x increment) {
		if end+Instant(x.lag) >= t {
			s = s.minus(x.sum(length))
		}
	})
	return s
}

// each calls f with the increments that end after v.From and up to v.To.
func (c *Increments) each(v Interval, f func(end, length Instant, x increment)) {
	n := sort.Search(len(c.hours), func(k int) bool { return c.hours[k].from+hour > v.From })
	for ; n < len(c.hours) && c.hours[n].from < v.To; n++ {
		h := c.hours[n]
		k := sort.Search(len(h.list), func(k int) bool { return h.from+Instant(h.list[k].after) > v.From })
		for _, x := range h.list[k:] {
			end := h.from + Instant(x.after)
			if end > v.To {
				break
			}
			f(end, h.length, x)
		}
	}
}

// newest is the end of the last increment that is known at t, MinInstant where
// there is none.
func (c *Increments) newest(t Instant) Instant {
	at := MinInstant
	n := sort.Search(len(c.hours), func(k int) bool { return c.hours[k].from >= t })
	for n--; n >= 0 && c.hours[n].from+hour > at; n-- {
		h := c.hours[n]
		for k := len(h.list) - 1; k >= 0; k-- {
			if end := h.from + Instant(h.list[k].after); end <= t && end+Instant(h.list[k].lag) < t {
				at = max(at, end)
				break
			}
		}
	}
	return at
}

// clear forgets every increment, and keeps the limits.
func (c *Increments) clear() {
	over := c.over
	*c = Increments{over: over}
	for _, o := range over {
		o.spans = nil
		o.version++
	}
}
