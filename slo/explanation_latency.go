package slo

import (
	"cmp"
	"slices"
	"time"
)

// ExplainedMeasurements are single measurements that a figure counts.
type ExplainedMeasurements struct {
	Listed  []ExplainedMeasurement
	Omitted int
}

// ExplainedMeasurement is a measurement that a figure counts one by one.
type ExplainedMeasurement struct {
	At      Instant
	Latency time.Duration // up to a 32nd too high; 0 where it was not counted for that
	Said    *Said         // nil until a Witness has found it
	Unread  bool          // it was not looked for; see Explanation.Unread
}

// ExplainedLatency is what a latency objective counts.
type ExplainedLatency struct {
	Slow  ExplainedMeasurements // slower than promised, the slowest first
	Bands []LatencyBand         // of all ups in agreed time, those that hold any
	Rank  *LatencyRank          // where Status.Percentile comes from; nil where nothing was measured
}

// LatencyBand counts the ups that took more than Over and at most To. Four
// bands make a power of two of microseconds.
type LatencyBand struct {
	Over, To time.Duration
	Count    int64
}

// LatencyRank is the nearest rank of a percentile. Latencies are kept to a
// 32nd, so several may share the bucket that the rank lies in.
type LatencyRank struct {
	Rank, Of    int64                // counted from the fastest, of so many ups
	LatencyBand                      // the bucket
	Latest      ExplainedMeasurement // of the bucket
}

// bandBits is how many bits of a bucket's number tell apart what lies in one
// band.
const bandBits = 3

// explainLatency explains what is counted by latency in v. How many slow ones
// it leaves out is the caller's to say.
func (a *Account) explainLatency(o *Objective, v Interval, limit int) *ExplainedLatency {
	x := &ExplainedLatency{}
	l, agreed := a.probe.latencies, a.agreed.Intervals(v)
	var g histogram
	for _, in := range agreed {
		l.addTo(&g, in)
	}
	x.Bands = g.bands()
	if b, rank := g.nearest(o.Target); rank > 0 {
		x.Rank = &LatencyRank{Rank: rank, Of: g.all, LatencyBand: LatencyBand{under(b), bound(b), g.counts[b]}}
		l.each(agreed, func(p latencyPoint) {
			if p.bucket() == b {
				x.Rank.Latest = ExplainedMeasurement{At: max(p.at(), x.Rank.Latest.At), Latency: bound(b)}
			}
		})
	}
	for _, p := range l.slowest(o.Latency.Within, agreed, limit) {
		x.Slow.Listed = append(x.Slow.Listed, ExplainedMeasurement{At: p.at(), Latency: bound(p.bucket())})
	}
	return x
}

// under is the longest latency of the bucket before.
func under(bucket uint16) time.Duration {
	if bucket == 0 {
		return 0
	}
	return bound(bucket - 1)
}

// bands sums the histogram up by bands.
func (g *histogram) bands() []LatencyBand {
	out := []LatencyBand{}
	const wide = 1 << bandBits
	for b := 0; b < len(g.counts); b += wide {
		n := int64(0)
		for _, c := range g.counts[b : b+wide] {
			n += c
		}
		if n > 0 {
			out = append(out, LatencyBand{under(uint16(b)), bound(uint16(b + wide - 1)), n})
		}
	}
	return out
}

// each calls f with every up in the intervals given, in no order.
func (l *Latencies) each(in []Interval, f func(latencyPoint)) {
	for _, v := range in {
		for _, h := range l.hours[l.firstHour(v):] {
			if h.from >= v.To {
				break
			}
			for _, p := range h.points {
				if v.Contains(p.at()) {
					f(p)
				}
			}
		}
	}
}

// slowest lists the limit slowest of the ups that count as slower than a
// bound, the slowest first and of equals the earliest.
func (l *Latencies) slowest(within time.Duration, in []Interval, limit int) []latencyPoint {
	slow, least := &l.within[within].lists[Down], bucketOf(within)
	var found []latencyPoint
	keep := func(n int) {
		slices.SortFunc(found, func(a, b latencyPoint) int {
			return cmp.Or(cmp.Compare(b.bucket(), a.bucket()), cmp.Compare(a.at(), b.at()))
		})
		found = found[:min(n, len(found))]
	}
	most := 4*limit + 64 // with room for those of one instant that do not count
	l.each(in, func(p latencyPoint) {
		if p.bucket() < least || slow.countIn(Interval{p.at(), p.at() + 1}) == 0 {
			return
		}
		if found = append(found, p); len(found) == 2*most {
			keep(most)
		}
	})
	keep(most)
	counts := map[Instant]int64{}
	found = slices.DeleteFunc(found, func(p latencyPoint) bool {
		counts[p.at()]++
		return counts[p.at()] > slow.countIn(Interval{p.at(), p.at() + 1})
	})
	return found[:min(limit, len(found))]
}

// wereDown lists the latest measurements of agreed time in v that were down,
// by time.
func (a *Account) wereDown(v Interval, limit int) *ExplainedMeasurements {
	x := &ExplainedMeasurements{}
	agreed := a.agreed.Intervals(v)
	for i := len(agreed) - 1; i >= 0 && len(x.Listed) < limit; i-- {
		list := a.probe.counts.lists[Down].in(agreed[i])
		for k := len(list) - 1; k >= 0 && len(x.Listed) < limit; k-- {
			x.Listed = append(x.Listed, ExplainedMeasurement{At: list[k]})
		}
	}
	slices.Reverse(x.Listed)
	return x
}

// in lists the instants in v, sorted.
func (l *instants) in(v Interval) []Instant {
	if v.Empty() {
		return nil
	}
	out := slices.Clone(l.main[before(l.main, v.From):before(l.main, v.To)])
	out = append(out, l.late[before(l.late, v.From):before(l.late, v.To)]...)
	slices.Sort(out)
	return out
}
