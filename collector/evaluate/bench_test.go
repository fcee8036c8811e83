package evaluate

import (
	"fmt"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

var benchNow = slo.At(time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC))

// benchEngine has n services of one probe each with one agreement of one
// rolling 90-day objective, and 90 days in which every service failed now and
// then. Services may share streams, to be read only, which makes it quicker.
func benchEngine(n int, hours *slo.Calendar, shared bool) *Engine {
	c := &slo.Catalog{}
	for i := range n {
		name := fmt.Sprintf("s%05d", i)
		c.Probes = append(c.Probes, &slo.Probe{Name: name, Every: time.Minute, Hold: 130 * time.Second, Confirm: 1, Locations: slo.Locations{Min: 1}})
		c.Services = append(c.Services, &slo.Service{Name: name, Up: slo.Expr{Probe: name}})
		c.Agreements = append(c.Agreements, &slo.Agreement{
			Name: name, Service: name, Zone: time.UTC, Hours: hours, MinCoverage: slo.One * 9 / 10,
			Objectives: []slo.Objective{{Name: "availability", Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 90 * 24 * time.Hour}}},
		})
	}
	e := New(c, benchNow)
	var streams [20]*slo.Stream
	for i, p := range c.Probes {
		k := i % len(streams)
		if streams[k] == nil || !shared {
			streams[k] = benchStream(i)
		}
		e.history.Replace(p.Name, "eu", "a", streams[k])
	}
	e.settle()
	return e
}

// benchStream is 90 days of one measurement an hour, down every 500th hour.
func benchStream(i int) *slo.Stream {
	s := slo.NewStream(time.Hour, 1)
	from := benchNow.Add(-90 * 24 * time.Hour)
	for k := range 90 * 24 {
		state := slo.Up
		if (k+25*i)%500 == 0 {
			state = slo.Down
		}
		s.Add(from.Add(time.Duration(k)*time.Hour), state)
	}
	return s
}

// BenchmarkObjective is the cost of one objective over six windows, up to 90
// days: its status over its own window, and five burn-rate windows.
func BenchmarkObjective(b *testing.B) {
	business := &slo.Calendar{Name: "business", Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		business.Week[d] = []slo.DaySpan{{From: 8 * time.Hour, To: 18 * time.Hour}}
	}
	for name, hours := range map[string]*slo.Calendar{"always": nil, "business-hours": business} {
		b.Run(name, func(b *testing.B) {
			e := benchEngine(10_000, hours, true)
			accounts := e.accounts()
			windows := []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 72 * time.Hour}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				a := accounts[i%len(accounts)]
				o := &a.Agreement.Objectives[0]
				st := a.Status(o, benchNow, benchNow)
				if burn := a.BurnRates(o, benchNow, windows); len(burn) != 5 || st.Agreed == 0 {
					b.Fatal("nothing was computed")
				}
			}
		})
	}
}

// BenchmarkWindow holds the cost of 90 days against that of five minutes.
func BenchmarkWindow(b *testing.B) {
	e := benchEngine(100, nil, true)
	for _, w := range []time.Duration{5 * time.Minute, 90 * 24 * time.Hour} {
		b.Run(w.String(), func(b *testing.B) {
			for i := range b.N {
				a := e.services[i%100].accounts[0]
				a.Availability(&a.Agreement.Objectives[0], benchNow, slo.Interval{From: benchNow.Add(-w), To: benchNow})
			}
		})
	}
}

// BenchmarkApply is the cost of one measurement of a healthy fleet through
// every timeline and the books of its agreement.
func BenchmarkApply(b *testing.B) {
	e := benchEngine(1000, nil, false)
	entries := make([]slo.Entry, 1000)
	for i := range entries {
		entries[i].Measurement = &slo.Measurement{Probe: e.catalog.Probes[i].Name, Location: "eu", Outcome: slo.Up}
		entries[i].Agent = "a"
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += len(entries) {
		at := benchNow.Add(time.Duration(n/len(entries)) * time.Minute)
		for i := range entries {
			entries[i].Measurement.At, entries[i].Received = at, at
		}
		e.Apply(entries)
	}
}

// BenchmarkExclude is the cost of an approval among 10,000 agreements, of which
// it names one.
func BenchmarkExclude(b *testing.B) {
	e := benchEngine(10_000, nil, true)
	plain := e.Catalog()
	r := flood(b, -7200, -3600, "s00042")
	for b.Loop() {
		e.Exclude(plain.Excluding([]slo.ExclusionRequest{r}, 1))
		e.Exclude(plain)
	}
}
