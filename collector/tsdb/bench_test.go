package tsdb

import (
	"fmt"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// BenchmarkAppend writes rounds of 1,000 probes from three locations, ten
// seconds apart: in order, or, late, against a store whose newest sample is
// ahead of all of them.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name   string
		detail Detail
		late   bool
	}{{"essential", Essential, false}, {"all", All, false}, {"essential_late", Essential, true}} {
		b.Run(c.name, func(b *testing.B) { benchAppend(b, c.detail, c.late) })
	}
}

func benchAppend(b *testing.B, d Detail, late bool) {
	s := open(b, b.TempDir(), Options{Series: d})
	if late {
		mustAppend(b, s, measured(1, t0.Add(6*24*time.Hour), slo.Up))
	}
	const sources, batch = 3000, 2000
	entries := make([]slo.Entry, batch)
	var n int
	b.ResetTimer()
	for n < b.N {
		b.StopTimer()
		for i := range entries {
			e := measured(uint64(n+i+2), t0.Add(time.Duration((n+i)/sources)*10*time.Second), slo.Up)
			m := e.Measurement
			m.Probe = fmt.Sprintf("http-%d", (n+i)%sources/3)
			m.Location = [...]string{"eu", "us", "ap"}[(n+i)%3]
			m.Status, m.CertExpiry = 200, t0
			m.Phases = slo.Phases{Resolve: 1e6, Connect: 2e6, TLS: 3e6, FirstByte: 4e6, Transfer: 5e6}
			entries[i] = e
		}
		b.StartTimer()
		mustAppend(b, s, entries...)
		n += batch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkBlocks writes ten days of 50 probes at 1 h and makes blocks of them: of
// two hours, and of 54.
func BenchmarkBlocks(b *testing.B) {
	for _, blocks := range []time.Duration{DefaultBlockRange, 54 * time.Hour} {
		b.Run(fmt.Sprint(blocks.Hours(), "h"), func(b *testing.B) {
			for b.Loop() {
				benchBlocks(b, blocks)
			}
		})
	}
}

func benchBlocks(b *testing.B, blocks time.Duration) {
	const probes, hours = 50, 10 * 24
	s := open(b, b.TempDir(), Options{BlockRange: blocks})
	<-s.Ready()
	for h := range hours {
		entries := make([]slo.Entry, probes)
		for i := range entries {
			entries[i] = measured(uint64(h*probes+i+1), t0.Add(time.Duration(h)*time.Hour), slo.Up)
			entries[i].Measurement.Probe = fmt.Sprintf("http-%d", i)
		}
		mustAppend(b, s, entries...)
	}
	for range 2 { // the first one only makes it possible
		if err := s.Compact(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
