package slo

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// countedIncrement is a measurement of one increment, as the model keeps it.
type countedIncrement struct {
	at Instant
	Requests
}

// countedModel sums increments one by one: of those of one increment the one that was
// made first counts, of those made at once the worse.
type countedModel []countedIncrement

func (m countedModel) in(v Interval, t Instant) (s requestSums) {
	first := map[Interval]countedIncrement{}
	for _, x := range m {
		y, there := first[x.Interval]
		sooner := max(x.at, x.To) < max(y.at, y.To)
		worse := max(x.at, x.To) == max(y.at, y.To) && (x.Total-x.Good > y.Total-y.Good || x.Total-x.Good == y.Total-y.Good && x.Total < y.Total)
		if !there || sooner || worse {
			first[x.Interval] = x
		}
	}
	for _, x := range first {
		if v.From < x.To && x.To <= v.To && max(x.at, x.To) < t {
			s = s.plus(requestSums{x.Good, x.Total, x.To - x.From, 1})
		}
	}
	return s
}

// over is the union of the increments that exceed a limit.
func (m countedModel) over(l WorkloadLimit, i Instant) bool {
	seen := map[Interval]bool{}
	for _, x := range m {
		if seen[x.Interval] || !x.Contains(i) {
			continue
		}
		seen[x.Interval] = true
		if s := m.in(Interval{x.To - 1, x.To}, MaxInstant); s.n == 1 && s.total*l.Per.Milliseconds() > l.Above*PerRequest*int64(x.To-x.From) {
			return true
		}
	}
	return false
}

// anyIncrements draws increments of a minute and of five, in any order, some
// counted twice.
func anyIncrements(t *rapid.T, n int) countedModel {
	var out countedModel
	for range n {
		length := Instant(60_000)
		if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
			length = 300_000
		}
		to := length * Instant(rapid.IntRange(-20, 300).Draw(t, "to"))
		total := int64(rapid.IntRange(0, 9).Draw(t, "total"))
		out = append(out, countedIncrement{to + Instant(rapid.IntRange(0, 200_000).Draw(t, "lag")),
			Requests{Interval{to - length, to}, rapid.Int64Range(0, total).Draw(t, "good"), total}})
	}
	return out
}

// TestIncrementsModel holds the sums of any interval at any instant against a
// list.
func TestIncrementsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := anyIncrements(t, rapid.IntRange(1, 100).Draw(t, "n"))
		var c Increments
		for _, x := range model {
			r := x.Requests
			c.Add(&Measurement{At: x.at, Requests: &r})
		}
		instant := rapid.Custom(func(t *rapid.T) Instant {
			return Instant(rapid.IntRange(-30, 320).Draw(t, "minute")*60_000 + rapid.IntRange(-1, 1).Draw(t, "ms"))
		})
		for range 5 {
			v, at := Interval{instant.Draw(t, "from"), instant.Draw(t, "to")}, instant.Draw(t, "at")
			v.To = min(v.To, at)
			want := requestSums{}
			if !v.Empty() {
				want = model.in(v, at)
			}
			if got := c.in(v, at); got != want {
				t.Fatalf("in %v at %d: %+v, want %+v", v, at, got, want)
			}
			newest := MinInstant
			for _, x := range model {
				if x.To <= at && model.in(Interval{x.To - 1, x.To}, at).n > 0 {
					newest = max(newest, x.To)
				}
			}
			if got := c.newest(at); got != newest {
				t.Fatalf("newest at %d: %d, want %d", at, got, newest)
			}
		}
	})
}

// TestOverloadModel holds what exceeds a limit against the union of increments,
// in whatever order they came.
func TestOverloadModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := anyIncrements(t, rapid.IntRange(1, 60).Draw(t, "n"))
		for i := range model { // single lengths at an end, which the model can tell
			model[i].Total *= PerRequest
			model[i].Good *= PerRequest
		}
		l := WorkloadLimit{Above: 4, Per: time.Minute}
		var c Increments
		c.limitTo(l)
		c.limitTo(l)
		kept := model[:0]
		for _, x := range model {
			if x.To%300_000 == 0 && x.To-x.From == 60_000 {
				continue
			}
			kept = append(kept, x)
			r := x.Requests
			c.Add(&Measurement{At: x.at, Requests: &r})
		}
		spans := c.overload(l).spans
		for i := Instant(-110 * 60_000); i < 1505*60_000; i += 30_000 {
			got := false
			for k, s := range spans {
				got = got || s.Contains(i)
				if s.Empty() || k > 0 && spans[k-1].To >= s.From {
					t.Fatalf("spans %v", spans)
				}
			}
			if want := kept.over(l, i); got != want {
				t.Fatalf("at %d: %v, want %v: %v", i, got, want, spans)
			}
		}
	})
}

// What was counted long after its increment, or before it was over, was counted
// by a clock that is off.
func TestIncrementsRefuse(t *testing.T) {
	var c Increments
	r := &Requests{Interval{0, 60_000}, 1, 2}
	for _, at := range []Instant{60_000 + maxLag + 1, -1} {
		c.Add(&Measurement{At: at, Requests: r})
	}
	c.Add(&Measurement{At: 70_000})
	if s := c.in(Interval{MinInstant, MaxInstant}, MaxInstant); s.n != 0 {
		t.Errorf("counted %+v", s)
	}
	for i := range Instant(100_000) { // more than can be counted
		c.Add(&Measurement{At: i * 60_000, Requests: &Requests{Interval{(i - 1) * 60_000, i * 60_000}, 0, MaxRequests}})
	}
	if s := c.in(Interval{MinInstant, MaxInstant}, MaxInstant); s.total > maxRequestSum || s.total < maxRequestSum-MaxRequests {
		t.Errorf("counted %+v", s)
	}
}

// BenchmarkIncrementsAdd tells the memory that a minute takes, of a year of them.
func BenchmarkIncrementsAdd(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var c Increments
		for i := range Instant(365 * 24 * 60) {
			c.Add(&Measurement{At: i*60_000 + 1000, Requests: &Requests{Interval{(i - 1) * 60_000, i * 60_000}, 9, 10}})
		}
		kept := 0
		for i := range c.hours {
			kept += cap(c.hours[i].list)
		}
		b.ReportMetric(float64(kept)*24/(365*24*60)+float64(cap(c.hours))*float64(reflect.TypeFor[incrementHour]().Size())/(365*24*60), "B/increment")
	}
}

// BenchmarkRequestsWindow is a year of minutes: what 90 days cost of it, over
// what an hour costs.
func BenchmarkRequestsWindow(b *testing.B) {
	var c Increments
	const year = 365 * 24 * 60
	for i := range Instant(year) {
		c.Add(&Measurement{At: i*60_000 + 1000, Requests: &Requests{Interval{(i - 1) * 60_000, i * 60_000}, 9, 10}})
	}
	for name, v := range map[string]Interval{"hour": {(year - 60) * 60_000, year * 60_000}, "90 days": {(year - 90*24*60) * 60_000, year * 60_000}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if c.in(v, year*60_000).n == 0 {
					b.Fatal("nothing")
				}
			}
		})
	}
}
