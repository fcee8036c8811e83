package slo

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawCounts adds objectives that count other things than time.
func drawCounts(t *rapid.T, w *world) {
	a := w.catalog.Agreements[0]
	a.Objectives = append(a.Objectives, Objective{Name: "few", Method: ByOutages, Window: a.Objectives[0].Window,
		Outages: OutageRule{Longer: time.Duration(rapid.IntRange(0, 20).Draw(t, "longer")) * time.Second}})
	if w.catalog.Services[len(w.catalog.Services)-1].Up.Op == OpProbe {
		a.Objectives = append(a.Objectives, Objective{Name: "quick", Method: ByLatency, Target: One / 100 * Ratio(rapid.IntRange(0, 100).Draw(t, "share")),
			Window: a.Objectives[0].Window, Latency: LatencyRule{Within: time.Duration(rapid.IntRange(1, 400).Draw(t, "within")) * time.Millisecond}})
	}
}

// latency is any, and the same each time.
func (s spoken) latency() time.Duration {
	return time.Duration((s.at*7919+int(s.seq)*31+len(s.location+s.agent))%40) * 10 * time.Millisecond
}

// checkCounts holds what is listed one by one against a look at each second
// and each measurement. The witness has finished.
func checkCounts(t *rapid.T, x *Explanation, w *world, limit int) {
	switch x.Status.Objective.Method {
	case BySlices:
		checkSlices(t, x, limit)
	case ByOutages:
		n := len(x.Long.Listed)
		if int64(n+x.Long.Omitted.Count) != x.Status.Long.Longer || n > limit {
			t.Fatalf("%d long outages are listed and %d left out of %d", n, x.Long.Omitted.Count, x.Status.Long.Longer)
		}
		for _, v := range x.Long.Listed {
			if v.Length() <= x.Status.Objective.Outages.Longer {
				t.Fatalf("%v is not long", v)
			}
		}
	case ByLatency:
		checkLatencies(t, x, w, limit)
	case ByOccurrences:
		down := agreedOnes(x, w, func(m *Measurement) bool { return m.Outcome == Down })
		slices.SortFunc(down, func(a, b *Measurement) int { return cmp.Compare(a.At, b.At) })
		last := down[max(0, len(down)-limit):]
		if len(x.WereDown.Listed) != len(last) || x.WereDown.Omitted != len(down)-len(last) {
			t.Fatalf("%d are listed and %d left out of %d that were down", len(x.WereDown.Listed), x.WereDown.Omitted, len(down))
		}
		for i, m := range x.WereDown.Listed {
			if m.Said == nil || m.At != last[i].At || m.Said.Outcome != Down || m.Said.At != m.At {
				t.Fatalf("%+v is listed for %+v", m, last[i])
			}
		}
	}
}

// agreedOnes are the measurements that count one by one.
func agreedOnes(x *Explanation, w *world, which func(*Measurement) bool) []*Measurement {
	var out []*Measurement
	for _, s := range w.said {
		m := s.record().Measurement
		counts := m.Probe == x.counted.Name && x.counted.Locations.Counts(m.Location) && x.So.Contains(m.At)
		agreed := slices.ContainsFunc(x.Services[0].Course, func(c CountedSpan) bool { return c.As != CountedExcluded && c.Contains(m.At) })
		if counts && agreed && which(m) {
			out = append(out, m)
		}
	}
	return out
}

func checkSlices(t *rapid.T, x *Explanation, limit int) {
	o := x.Status.Objective
	have := map[Instant]StateTimes{}
	for at := x.So.From; at < x.So.To; at = at.Add(time.Second) {
		first := x.So.From.Add(at.Sub(x.So.From) / o.Slice.Length * o.Slice.Length)
		h := have[first]
		for _, c := range x.Services[0].Course {
			switch {
			case !c.Contains(at) || c.As == CountedExcluded:
			case c.As == CountedDown:
				h.Down += time.Second
			case c.As == CountedUnknown:
				h.Unknown += time.Second
			default:
				h.Up += time.Second
			}
		}
		have[first] = h
	}
	bad, down := 0, time.Duration(0)
	for _, h := range have {
		if o.Slice.judge(x.Status.Agreement.Unknown, h) == sliceBad {
			bad, down = bad+1, down+h.Down
		}
	}
	for _, s := range x.Slices.Listed {
		if s.Counted != have[s.From] || o.Slice.judge(x.Status.Agreement.Unknown, s.Counted) != sliceBad {
			t.Fatalf("the slice %v holds %+v, second by second %+v", s.Interval, s.Counted, have[s.From])
		}
		down -= s.Counted.Down
	}
	n := len(x.Slices.Listed)
	if n > limit || n+x.Slices.Omitted.Count != bad || int64(bad) != x.Status.Slices.Bad || x.Slices.Omitted.Length != down {
		t.Fatalf("%d slices are listed and %+v left out of %d, which leaves %v", n, x.Slices.Omitted, bad, down)
	}
}

func checkLatencies(t *rapid.T, x *Explanation, w *world, limit int) {
	o, l := x.Status.Objective, x.Latency
	ups := agreedOnes(x, w, func(m *Measurement) bool { return m.Outcome == Up })
	slices.SortFunc(ups, func(a, b *Measurement) int { return cmp.Compare(a.Latency, b.Latency) })
	all := int64(0)
	for _, b := range l.Bands {
		n := int64(0)
		for _, m := range ups {
			if b.Over < m.Latency && m.Latency <= b.To || b.Over == 0 && m.Latency == 0 {
				n++
			}
		}
		if n != b.Count {
			t.Fatalf("the band %+v holds %d", b, n)
		}
		all += b.Count
	}
	if all != int64(len(ups)) || (l.Rank == nil) != (all == 0) {
		t.Fatalf("the bands hold %d of %d, and the rank is %+v", all, len(ups), l.Rank)
	}
	if r := l.Rank; r != nil {
		at, said := ups[r.Rank-1].Latency, r.Latest.Said
		if r.Of != all || at > r.To || at < r.Over || said == nil || said.Latency > r.To || said.Latency < r.Over {
			t.Fatalf("rank %d of %d is %v, and not %+v, as %+v", r.Rank, all, at, r, said)
		}
	}
	slow := slices.DeleteFunc(ups, func(m *Measurement) bool { return m.Latency <= o.Latency.Within })
	slices.Reverse(slow)
	if len(l.Slow.Listed) != min(limit, len(slow)) || l.Slow.Omitted != len(slow)-len(l.Slow.Listed) {
		t.Fatalf("%d are listed and %d left out of %d slow ones", len(l.Slow.Listed), l.Slow.Omitted, len(slow))
	}
	seen := map[ID]bool{}
	for i, m := range l.Slow.Listed {
		if m.Said == nil || seen[m.Said.ID] || bucketOf(m.Said.Latency) != bucketOf(slow[i].Latency) {
			t.Fatalf("number %d of the slow ones is %+v, and not %+v", i, m.Said, slow[i])
		}
		seen[m.Said.ID] = true
	}
}

// What was not read is marked and not half told.
func TestWitnessCutShort(t *testing.T) {
	c := &Catalog{
		Probes:   []*Probe{{Name: "web", Hold: 10 * time.Hour, Confirm: 1, Locations: Locations{Min: 1}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{
			{Name: "o", Window: Window{Rolling: 20 * 24 * time.Hour}},
			{Name: "c", Method: ByOccurrences, Window: Window{Rolling: 20 * 24 * time.Hour}}}}},
	}
	hour := func(n int) Instant { return second(3600 * n) }
	r := NewReplay(c, hour(480))
	var recs []Record
	for n := range 240 {
		m := &Measurement{Probe: "web", Location: "eu", At: hour(2 * n), Outcome: Up}
		if n == 20 || n == 200 {
			m.Outcome = Down
		}
		recs = append(recs, Record{ID: ID{"a", "e", uint64(n + 1)}, Measurement: m})
		r.Add(recs[n])
	}
	for i := range c.Agreements[0].Objectives {
		o := &c.Agreements[0].Objectives[i]
		x := r.Explain(c.Agreements[0], o, hour(480), 10)
		w := NewWitness(x)
		wants := w.Wants()
		if len(wants) != 2 || wants[0].From != hour(400-20).Add(-aroundStretch) || wants[1].To != hour(42+20).Add(aroundStretch) {
			t.Fatalf("it wants %v", wants)
		}
		for _, rec := range recs {
			if rec.Measurement.At >= hour(50) { // the older region was begun, and not ended
				w.Add(rec)
			}
		}
		w.Finish(wants[1].To)
		down := x.Services[0].Down.Listed
		if len(down) != 2 || !down[0].Unread || down[1].Unread || x.Unread == nil || *x.Unread != wants[1].To {
			t.Fatalf("of %v on is said to be read, with %+v", x.Unread, down)
		}
		if e := down[0].Probes[0].Locations[0].Words[0].Edges; e != nil {
			t.Errorf("what was not read has %+v", e)
		}
		if e := down[1].Probes[0].Locations[0].Words[0].Edges; e == nil || e.Before.Seq != 200 || e.First.Seq != 201 || e.After.Seq != 202 {
			t.Errorf("what was read has %+v", e)
		}
		if d := x.WereDown; d != nil && (len(d.Listed) != 2 || !d.Listed[0].Unread || d.Listed[1].Said == nil) {
			t.Errorf("one by one it has %+v", d)
		}
	}
}
