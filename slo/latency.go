package slo

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
	"time"
)

// LatencyCount counts measurements by how long they took. Those that were down
// took no time that says anything: availability speaks of them.
type LatencyCount struct {
	Within  int64 `json:"within"`  // up, and no slower than promised
	Slower  int64 `json:"slower"`  // up, and slower
	Unknown int64 `json:"unknown"` // not measured
}

// Latencies are the latencies of a probe's ups over time: exact counts for
// each bound that an objective asks of, and a histogram of each hour for
// percentiles.
type Latencies struct {
	within map[time.Duration]*Occurrences // by bound: within it as Up, slower as Down
	hours  []latencyHour                  // in order
}

// latencyHour is what was measured in one hour.
type latencyHour struct {
	from   Instant
	points []latencyPoint // in no order
	counts []bucketCount  // by bucket
}

const hour = Instant(60 * 60 * 1000)

// latencyPoint is one measurement: its instant in the upper bits, its bucket
// in the lower ones.
type latencyPoint int64

func (p latencyPoint) at() Instant    { return Instant(p >> bucketBits) }
func (p latencyPoint) bucket() uint16 { return uint16(p & (1<<bucketBits - 1)) }

type bucketCount struct {
	bucket uint16
	n      uint32
}

// Buckets are 32 to each power of two of microseconds, so that a bucket's
// bound is at most a 32nd above what lies in it.
const (
	bucketBits = 11
	subBits    = 5
)

// bucketOf is the bucket of a latency, which is at most a day.
func bucketOf(d time.Duration) uint16 {
	us := uint64(max(0, d.Microseconds()))
	if us < 2<<subBits {
		return uint16(us)
	}
	shift := bits.Len64(us) - 1 - subBits
	return uint16(min(uint64(shift)<<subBits+us>>shift, 1<<bucketBits-1))
}

// bound is the longest latency of a bucket.
func bound(bucket uint16) time.Duration {
	shift := max(0, int(bucket>>subBits)-1)
	top := uint64(bucket) - uint64(shift)<<subBits
	return time.Duration((top+1)<<shift-1) * time.Microsecond
}

// countWithin begins to count by a bound.
func (l *Latencies) countWithin(d time.Duration) {
	if l.within == nil {
		l.within = map[time.Duration]*Occurrences{}
	}
	if l.within[d] == nil {
		l.within[d] = &Occurrences{}
	}
}

func (l *Latencies) clear() {
	l.hours = nil
	for _, o := range l.within {
		*o = Occurrences{}
	}
}

// Add counts one measurement, in any order. Of those of one seat for one slot
// the slowest counts; the histograms have them all.
func (l *Latencies) Add(m *Measurement) {
	if m.Outcome == Down {
		return
	}
	for within, o := range l.within {
		judged := *m
		if m.Outcome == Up && m.Latency > within {
			judged.Outcome = Down
		}
		o.Add(&judged)
	}
	if m.Outcome == Up {
		l.hour(m.At-mod(m.At, hour)).add(m.At, bucketOf(m.Latency))
	}
}

// mod is the remainder of a division that rounds down.
func mod(a, b Instant) Instant { return (a%b + b) % b }

// hour is the hour that begins at an instant, made where it is not there.
func (l *Latencies) hour(from Instant) *latencyHour {
	if n := len(l.hours); n > 0 && l.hours[n-1].from == from {
		return &l.hours[n-1]
	}
	i, found := slices.BinarySearchFunc(l.hours, from, func(h latencyHour, i Instant) int { return cmp.Compare(h.from, i) })
	if !found {
		l.hours = slices.Insert(l.hours, i, latencyHour{from: from})
	}
	return &l.hours[i]
}

func (h *latencyHour) add(at Instant, bucket uint16) {
	h.points = append(h.points, latencyPoint(at)<<bucketBits|latencyPoint(bucket))
	i, found := slices.BinarySearchFunc(h.counts, bucket, func(c bucketCount, b uint16) int { return cmp.Compare(c.bucket, b) })
	if !found {
		h.counts = slices.Insert(h.counts, i, bucketCount{bucket: bucket})
	}
	h.counts[i].n++
}

// histogram counts by bucket.
type histogram struct {
	counts [1 << bucketBits]int64
	all    int64
}

// firstHour is the index of the first hour that reaches into v.
func (l *Latencies) firstHour(v Interval) int {
	i, _ := slices.BinarySearchFunc(l.hours, v.From, func(h latencyHour, i Instant) int { return cmp.Compare(h.from+hour, i+1) })
	return i
}

// addTo adds what lies in v to a histogram. It costs the hours in v, and the
// measurements of those that v cuts.
func (l *Latencies) addTo(g *histogram, v Interval) {
	for _, h := range l.hours[l.firstHour(v):] {
		switch {
		case h.from >= v.To:
			return
		case v.From <= h.from && h.from+hour <= v.To:
			for _, c := range h.counts {
				g.counts[c.bucket] += int64(c.n)
				g.all += int64(c.n)
			}
		default:
			for _, p := range h.points {
				if v.Contains(p.at()) {
					g.counts[p.bucket()]++
					g.all++
				}
			}
		}
	}
}

// percentile is the least bound that the share r of what was counted lies
// within (the nearest rank), 0 where nothing was.
func (g *histogram) percentile(r Ratio) time.Duration {
	bucket, rank := g.nearest(r)
	if rank == 0 {
		return 0
	}
	return bound(bucket)
}

// nearest is the bucket that the nearest rank of a share lies in, and that
// rank, from 1; 0 where nothing was counted.
func (g *histogram) nearest(r Ratio) (bucket uint16, rank int64) {
	seen := int64(0)
	for b, n := range g.counts {
		if seen += n; n > 0 && (Fraction{seen, g.all}).Compare(min(r, One)) >= 0 {
			before := seen - n
			return uint16(b), before + 1 + int64(sort.Search(int(n-1), func(k int) bool {
				return (Fraction{before + 1 + int64(k), g.all}).Compare(min(r, One)) >= 0
			}))
		}
	}
	return 0, 0
}

// Percentile is the latency that a share r of the probe's ups in the agreed
// time of v stayed within, with what is known at t: by the nearest rank, up to
// a 32nd too high. It is 0 where nothing was measured, or no objective
// counts the probe's latencies.
func (a *Account) Percentile(r Ratio, t Instant, v Interval) time.Duration {
	if a.probe.latencies == nil {
		return 0
	}
	var g histogram
	v.To = min(v.To, t)
	for _, agreed := range a.agreed.Intervals(v) {
		a.probe.latencies.addTo(&g, agreed)
	}
	return g.percentile(r)
}
