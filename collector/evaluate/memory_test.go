package evaluate

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// BenchmarkMemory is what an engine holds: of a probe-location that was never
// down, and of 1,000 probes × 3 locations over 13 months with ten outages a day
// each. span-B is the changes of timelines alone, those of agents, locations and
// probes; B is all of it, with books, conditions and names. The measurements of
// the last hours, eight bytes each, are not in it.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct {
		name                    string
		probes, outages, months int
	}{{"healthy", 1000, 0, 1}, {"thirteen-months", 100, 10, 13}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				before := heap()
				e := lived(c.probes, c.outages, c.months*30)
				held := heap() - before
				b.ReportMetric(float64(held)/float64(3*c.probes), "B/probe-location")
				b.ReportMetric(float64(spanBytes(e))/float64(3*c.probes), "span-B/probe-location")
				b.ReportMetric(float64(held)/float64(c.probes)*1000/(1<<30), "GiB/1000-probes")
				runtime.KeepAlive(e)
			}
		})
	}
}

// spanBytes is what the changes of an engine's timelines take.
func spanBytes(e *Engine) (n int) {
	of := func(lists ...*slo.Timeline) {
		for i, t := range lists {
			if i == 0 || t != lists[i-1] { // what was seen may be the timeline itself
				n += 8 * cap(t.Changes())
			}
		}
	}
	for _, p := range e.catalog.Probes {
		h := e.history.Probe(p.Name)
		of(h.Timeline(), h.Seen())
		for _, l := range h.Locations() {
			of(l.Timeline())
			for _, w := range l.Agents() {
				of(w.Timeline(), w.Seen())
			}
		}
	}
	return n
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// lived is an engine of probes that three locations saw for so many days, down
// so often a day, as it is after its measurements were let go.
func lived(probes, outages, days int) *Engine {
	c := &slo.Catalog{}
	for i := range probes {
		name := fmt.Sprintf("s%05d", i)
		c.Probes = append(c.Probes, &slo.Probe{Name: name, Every: time.Minute, Hold: 400 * 24 * time.Hour, Confirm: 1,
			Locations: slo.Locations{From: []string{"ap", "eu", "us"}, Min: 2}})
		c.Services = append(c.Services, &slo.Service{Name: name, Up: slo.Expr{Probe: name}})
		c.Agreements = append(c.Agreements, &slo.Agreement{
			Name: name, Service: name, Zone: time.UTC, MinCoverage: slo.One * 9 / 10,
			Objectives: []slo.Objective{{Name: "availability", Target: slo.One / 1000 * 999, Window: slo.Window{Period: slo.Month}}},
		})
	}
	e := New(c, benchNow)
	from := benchNow.Add(-time.Duration(days) * 24 * time.Hour)
	for i, p := range c.Probes {
		for k, location := range p.Locations.From {
			s := slo.NewStream(p.Hold, 1)
			s.Add(from, slo.Up)
			for n := range outages * days {
				at := from.Add(time.Duration(n) * 24 * time.Hour / time.Duration(max(1, outages))).Add(time.Duration(i%60+1) * time.Minute)
				s.Add(at.Add(time.Duration(k)*time.Second), slo.Down)
				s.Add(at.Add(5*time.Minute).Add(time.Duration(k)*time.Second), slo.Up)
			}
			s.Add(benchNow.Add(-time.Minute), slo.Up)
			s.Forget(benchNow)
			e.history.Replace(p.Name, location, "a", s)
		}
	}
	e.settle()
	return e
}
