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
