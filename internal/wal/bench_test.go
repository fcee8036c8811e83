package wal

import (
	"context"
	"sync/atomic"
	"testing"
)

// BenchmarkAppend is one appender, one record and one sync at a time.
func BenchmarkAppend(b *testing.B) {
	log := benchLog(b)
	payload := make([]byte, 150)
	for b.Loop() {
		if _, err := log.Append(payload); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGroupCommit is 64 appenders that share syncs.
func BenchmarkGroupCommit(b *testing.B) {
	log := benchLog(b)
	payload := make([]byte, 150)
	b.SetParallelism(32)
	var failed atomic.Pointer[error]
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := log.Append(payload); err != nil {
				failed.Store(&err)
			}
		}
	})
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
}

// BenchmarkAppendBatch is what the collector does: 2,000 records a sync.
func BenchmarkAppendBatch(b *testing.B) {
	log := benchLog(b)
	batch := make([][]byte, 2000)
	for i := range batch {
		batch[i] = make([]byte, 150)
	}
	for b.Loop() {
		if _, err := log.Append(batch...); err != nil {
			b.Fatal(err)
		}
		if err := log.Truncate(log.Next() - 100_000); log.Next() > 100_000 && err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*2000/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkFollow reads a log of 200,000 records from its beginning.
func BenchmarkFollow(b *testing.B) {
	log := benchLog(b)
	fill(b, log)
	for b.Loop() {
		r := log.Follow(1, 2000, 1<<20)
		for r.Position() < log.Next() {
			if _, _, err := r.Next(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkOpen recovers a log of 200,000 records.
func BenchmarkOpen(b *testing.B) {
	log := benchLog(b)
	fill(b, log)
	log.Close()
	for b.Loop() {
		again, _, err := Open(log.dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		again.Close()
	}
	b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds(), "records/s")
}

func benchLog(b *testing.B) *Log {
	b.Helper()
	log, _, err := Open(b.TempDir(), Options{MaxBytes: 4 << 30})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { log.Close() })
	return log
}

func fill(b *testing.B, log *Log) {
	b.Helper()
	batch := make([][]byte, 2000)
	for i := range batch {
		batch[i] = make([]byte, 150)
	}
	for range 100 {
		if _, err := log.Append(batch...); err != nil {
			b.Fatal(err)
		}
	}
}
