package evaluate

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// scaleProbes with ten objectives each are 10,000 objectives.
const scaleProbes = 1000

// scaleOf are the ten objectives of one service, of each method and up to 90 days.
// With the windows of its burn rates each asks of more than six windows.
func scaleOf() []slo.Objective {
	const day = 24 * time.Hour
	target := slo.One / 1000 * 999
	calendar := func(p slo.Period) slo.Window { return slo.Window{Period: p} }
	rolling := func(days int) slo.Window { return slo.Window{Rolling: time.Duration(days) * day} }
	return []slo.Objective{
		{Name: "day", Target: target, Window: calendar(slo.Day)},
		{Name: "week", Target: target, Window: calendar(slo.Week)},
		{Name: "month", Target: target, Window: calendar(slo.Month)},
		{Name: "quarter", Target: target, Window: calendar(slo.Quarter)},
		{Name: "30 days", Target: target, Window: rolling(30)},
		{Name: "90 days", Target: target, Window: rolling(90)},
		{Name: "slices", Target: target, Window: rolling(90), Method: slo.BySlices, Slice: slo.SliceRule{Length: 5 * time.Minute}},
		{Name: "few", Window: rolling(90), Method: slo.ByOutages, Outages: slo.OutageRule{Most: 2, Longer: 10 * time.Minute}},
		{Name: "counted", Target: target, Window: rolling(90), Method: slo.ByOccurrences},
		{Name: "fast", Target: target, Window: rolling(90), Method: slo.ByLatency, Latency: slo.LatencyRule{Within: time.Second}},
	}
}

// scaled is an engine of so many probes, each with a service, an agreement and
// objectives, that has so many days behind it: a measurement an hour, one of
// 500 down.
func scaled(probes, days int, objectives []slo.Objective) *Engine {
	c := &slo.Catalog{}
	for i := range probes {
		name := fmt.Sprintf("s%05d", i)
		c.Probes = append(c.Probes, &slo.Probe{Name: name, Every: time.Minute, Hold: 2 * time.Hour, Confirm: 1, Locations: slo.Locations{Min: 1}})
		c.Services = append(c.Services, &slo.Service{Name: name, Up: slo.Expr{Probe: name}})
		c.Agreements = append(c.Agreements, &slo.Agreement{
			Name: name, Service: name, Zone: time.UTC, MinCoverage: slo.One * 9 / 10, Objectives: slices.Clone(objectives),
		})
	}
	e := New(c, benchNow)
	from := benchNow.Add(-time.Duration(days) * 24 * time.Hour)
	entries := make([]slo.Entry, probes)
	for k := range days * 24 {
		at := from.Add(time.Duration(k) * time.Hour)
		for i, p := range c.Probes {
			m := &slo.Measurement{Probe: p.Name, Location: "eu", At: at, Outcome: slo.Up, Latency: 40 * time.Millisecond}
			if (k+25*i)%500 == 0 {
				m.Outcome = slo.Down
			}
			entries[i] = slo.Entry{Received: at, Record: slo.Record{ID: slo.ID{Agent: "a"}, Measurement: m}}
		}
		e.Apply(entries)
	}
	return e
}

// each is the time of the processor that one of n takes that f does, the least
// of five times: other work on the machine does not count.
func each(n int, f func()) time.Duration {
	least := time.Duration(1<<63 - 1)
	for range 5 {
		began := processor()
		f()
		least = min(least, processor()-began)
	}
	return least / time.Duration(n)
}

// processor is the time that this process has used of all cores.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// figuresOf is the cost of one objective of an engine: its status and its burn
// rates, as they are asked for every 15 seconds.
func figuresOf(e *Engine) time.Duration {
	n := 0
	for _, a := range e.catalog.Agreements {
		n += len(a.Objectives)
	}
	return each(n, func() { e.Objectives(benchNow, func(slo.ObjectiveStatus, Recent) {}) })
}

// windowOf is the cost of the figures of the k-th objective of each agreement.
func windowOf(e *Engine, k int) time.Duration {
	accounts := e.accounts()
	return each(len(accounts), func() {
		for _, a := range accounts {
			o := &a.Agreement.Objectives[k]
			a.Status(o, benchNow, benchNow)
			a.BurnRates(o, benchNow, e.conditions[o].windows)
		}
	})
}

// rounds applies rounds of one measurement of each of the first so many probes,
// from where the last ended, and returns the cost of one.
type rounds struct {
	e *Engine
	k int
}

func (r *rounds) of(probes int) time.Duration {
	const least = 20_000 // measurements, for a clock that is coarse
	turns := max(1, least/probes)
	entries := make([]slo.Entry, probes)
	return each(turns*probes, func() {
		for range turns {
			r.k++
			at := benchNow.Add(time.Duration(r.k) * time.Second)
			for i := range entries {
				m := &slo.Measurement{Probe: r.e.catalog.Probes[i].Name, Location: "eu", At: at, Outcome: slo.Up, Latency: 40 * time.Millisecond}
				entries[i] = slo.Entry{Received: at, Record: slo.Record{ID: slo.ID{Agent: "a"}, Measurement: m}}
			}
			r.e.Apply(entries)
		}
	})
}

// BenchmarkTenThousandObjectives is what 10,000 objectives cost that look back
// up to 90 days: an objective each time that its figures are asked for, and a
// measurement when it comes. The ratios are within the run: by the number of
// objectives (1 is as for a hundred), by the length of the window (90 days to a
// day), by the past that lies behind (90 days to two), by the probes that have
// something new (1,000 to one), and by the objectives of its service (ten to
// one by time).
func BenchmarkTenThousandObjectives(b *testing.B) {
	mixed := scaleOf()
	const day, days90 = 0, 5
	e, few, young := scaled(scaleProbes, 90, mixed), scaled(100/len(mixed), 90, mixed), scaled(scaleProbes, 2, mixed)
	lone := scaled(scaleProbes, 90, mixed[:1])
	b.ResetTimer()
	for range b.N {
		objective := figuresOf(e)
		b.ReportMetric(float64(objective)/1000, "µs/objective")
		b.ReportMetric(ratio(objective, figuresOf(few)), "x/10000-to-100-objectives")
		b.ReportMetric(ratio(windowOf(e, days90), windowOf(e, day)), "x/90d-to-1d-window")
		all, one, before, single := &rounds{e: e}, &rounds{e: e}, &rounds{e: young}, &rounds{e: lone}
		measurement := all.of(scaleProbes)
		one.k = all.k
		b.ReportMetric(float64(measurement), "ns/measurement")
		b.ReportMetric(ratio(measurement, one.of(1)), "x/1000-to-1-probes")
		b.ReportMetric(ratio(measurement, before.of(scaleProbes)), "x/90d-to-2d-past")
		b.ReportMetric(ratio(measurement, single.of(scaleProbes)), "x/10-to-1-objectives")
	}
	b.ReportMetric(0, "ns/op")
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
