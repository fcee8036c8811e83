package slo

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A bucket's bound holds every latency that falls into it, and is at most a
// 32nd above it.
func TestLatencyBuckets(t *testing.T) {
	last := uint16(0)
	for us := int64(0); us < 24*3600*1e6; us += 1 + us/97 {
		d := time.Duration(us) * time.Microsecond
		b := bucketOf(d)
		if b < last || bound(b) < d || bound(b)-d > d/32 {
			t.Fatalf("%v falls into bucket %d, which ends at %v", d, b, bound(b))
		}
		last = b
	}
	if bucketOf(bound(700)) != 700 || bucketOf(bound(700)+time.Microsecond) != 701 {
		t.Error("a bound does not lie in its bucket")
	}
}

// TestLatencyModel holds counts and percentiles against a plain list.
func TestLatencyModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		within := []time.Duration{time.Millisecond, 50 * time.Millisecond}
		var l Latencies
		for _, d := range within {
			l.countWithin(d)
		}
		type said struct {
			at Instant
			s  State
			d  time.Duration
		}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) said {
			return said{Instant(rapid.Int64Range(-4*int64(hour), 4*int64(hour)).Draw(t, "at")),
				State(rapid.IntRange(0, 2).Draw(t, "state")), time.Duration(rapid.Int64Range(0, 100_000).Draw(t, "us")) * time.Microsecond}
		}), 0, 200).Draw(t, "said")
		for _, m := range all {
			l.Add(&Measurement{At: m.at, Outcome: m.s, Latency: m.d})
		}
		v := Interval{Instant(rapid.Int64Range(-5, 2).Draw(t, "from")) * hour, Instant(rapid.Int64Range(-4*int64(hour), 5*int64(hour)).Draw(t, "to"))}
		var ups []time.Duration
		want := map[time.Duration]*OccurrenceCount{within[0]: {}, within[1]: {}}
		for _, m := range all {
			if !v.Contains(m.at) {
				continue
			}
			for _, d := range within {
				switch {
				case m.s == Unknown:
					want[d].Unknown++
				case m.s == Up && m.d <= d:
					want[d].Up++
				case m.s == Up:
					want[d].Down++
				}
			}
			if m.s == Up {
				ups = append(ups, m.d)
			}
		}
		for _, d := range within {
			if got := l.within[d].Count(v); got != *want[d] {
				t.Fatalf("within %v: %+v, model says %+v", d, got, *want[d])
			}
		}
		var g histogram
		if !v.Empty() {
			l.addTo(&g, v)
		}
		percent := rapid.IntRange(1, 100).Draw(t, "percent")
		got := g.percentile(One / 100 * Ratio(percent))
		if len(ups) == 0 {
			if got != 0 {
				t.Fatalf("%v of nothing", got)
			}
			return
		}
		slices.Sort(ups)
		exact := ups[max(0, (len(ups)*percent+99)/100-1)]
		if got < exact || got-exact > exact/32 {
			t.Fatalf("percentile %d is %v, model says %v", percent, got, exact)
		}
	})
}

// A latency objective counts the ups by how long they took; downs are another
// objective's.
func TestLatencyObjective(t *testing.T) {
	o := Objective{Name: "fast", Target: One / 10 * 9, Window: Window{Period: Day}, Method: ByLatency, Latency: LatencyRule{Within: 300 * time.Millisecond}}
	a := &Agreement{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{o}}
	c := &Catalog{
		Probes:   []*Probe{{Name: "web", Hold: 10 * time.Second, Confirm: 1, Locations: Locations{Min: 1, From: []string{"eu"}}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}}, Agreements: []*Agreement{a},
	}
	r := NewReplay(c, second(1000))
	said := func(i int, location string, s State, d time.Duration) {
		r.Add(Record{ID: ID{"1", location, uint64(i + 1)}, Measurement: &Measurement{Probe: "web", Location: location, At: second(10 * i), Outcome: s, Latency: d}})
	}
	for i := range 100 {
		switch {
		case i < 85:
			said(i, "eu", Up, 300*time.Millisecond)
		case i < 90:
			said(i, "eu", Down, time.Second)
		default:
			said(i, "eu", Up, 301*time.Millisecond)
		}
		said(i, "elsewhere", Up, time.Second)
	}
	st := r.Status(second(1000))[0]
	if want := (LatencyCount{Within: 85, Slower: 10}); *st.Latency != want || st.Verdict != Missed {
		t.Errorf("%+v, %v", *st.Latency, st.Verdict)
	}
	if st.Availability != (Fraction{85, 95}) || st.Down != 50*time.Second {
		t.Errorf("availability %v, down %v", st.Availability, st.Down)
	}
	if d := st.Percentile; d < 301*time.Millisecond || d > 311*time.Millisecond {
		t.Errorf("90 %% stayed within %v", d)
	}
	if got := r.history.Probe("web").Counted(); !got {
		t.Error("its measurements are not counted")
	}
}
