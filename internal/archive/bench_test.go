package archive

import (
	"context"
	"fmt"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// BenchmarkAppend is the writer's whole way: append, sort, encode, hash,
// fsync, commit, in chunks of 50,000 rows.
func BenchmarkAppend(b *testing.B) {
	const rows = 50_000
	a := open(b, b.TempDir(), Options{})
	es := fleet(1, rows, 1000, t0, 30_000)
	b.ReportAllocs()
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		for i := range es {
			es[i].Pos = a.Next() + uint64(i)
		}
		b.StartTimer()
		must(b, a.Append(es))
	}
	b.StopTimer()
	s, err := a.Reader().State()
	must(b, err)
	for _, d := range s.Days {
		bytes += d.Bytes
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(bytes)/float64(s.Next-1), "bytes/row")
}

// fillDay fills an archive with one day of 1,000 probes at the given interval.
func fillDay(b *testing.B, every slo.Instant) *Archive {
	a := open(b, b.TempDir(), Options{})
	const part = 100_000
	total := int(24*hour/every) * 1000
	for n := 0; n < total; n += part {
		k := min(part, total-n)
		must(b, a.Append(fleet(uint64(n+1), k, 1000, t0+slo.Instant(n/1000)*every, every)))
	}
	must(b, a.Flush())
	return a
}

// BenchmarkCompact merges a day of 1,000 probes at 120 s: 720,000 rows.
func BenchmarkCompact(b *testing.B) {
	var rows int64
	for b.Loop() {
		b.StopTimer()
		a := fillDay(b, 120_000)
		b.StartTimer()
		_, err := a.Compact(context.Background(), t0+72*hour)
		must(b, err)
		b.StopTimer()
		s, err := a.Reader().State()
		must(b, err)
		rows += int64(s.Next - 1)
		b.ReportMetric(float64(s.Days[0].Bytes)/float64(s.Next-1), "bytes/row")
		b.StartTimer()
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkRead reads a day of 1,000 probes at 120 s: one probe of it, with
// the rest pruned by statistics, and all.
func BenchmarkRead(b *testing.B) {
	a := fillDay(b, 120_000)
	run := func(state string) {
		for _, q := range []Query{{Probe: "probe-0500"}, {}} {
			name := fmt.Sprintf("%s/%s", state, map[bool]string{true: "all", false: "probe"}[q.Probe == ""])
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				rows := 0
				for b.Loop() {
					for _, err := range a.Reader().Entries(context.Background(), q) {
						must(b, err)
						rows++
					}
				}
				b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
				b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
	run("chunks")
	_, err := a.Compact(context.Background(), t0+72*hour)
	must(b, err)
	run("merged")
}

// BenchmarkProbeByProbe reads a month of 50 probes at 1 h, one after the other,
// as sealing does: from the reader, and from a snapshot.
func BenchmarkProbeByProbe(b *testing.B) {
	const probes, days = 50, 31
	a := open(b, b.TempDir(), Options{})
	must(b, a.Append(fleet(1, probes*days*24, probes, t0, hour)))
	must(b, a.Flush())
	_, err := a.Compact(context.Background(), t0+(days+2)*24*hour)
	must(b, err)
	all := func(b *testing.B, r dayReader) {
		rows := 0
		for n := range probes {
			q := Query{Probe: fmt.Sprintf("probe-%04d", n), Kinds: Measurements}
			must(b, r.EachDay(context.Background(), q, func(DayRead) error { return nil }, func(slo.Entry) error { rows++; return nil }))
		}
		if rows != probes*days*24 {
			b.Fatalf("%d rows", rows)
		}
	}
	b.Run("reader", func(b *testing.B) {
		for b.Loop() {
			all(b, a.Reader())
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		for b.Loop() {
			s, err := a.Reader().Snapshot()
			must(b, err)
			all(b, s)
		}
	})
}
