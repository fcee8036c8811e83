package push

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// typical is the measurement of an http probe that came out well.
func typical(n int) slo.Record {
	return slo.Record{Measurement: &slo.Measurement{
		Probe: fmt.Sprintf("shop-front-%d", n%100), Location: "eu-west", At: slo.Instant(1790000000000 + int64(n)*137), Outcome: slo.Up,
		Latency: 123456 * time.Microsecond, Status: 200, CertExpiry: 1800000000000, Revision: "1f2e3d4c5b6a7988",
		Phases: slo.Phases{Resolve: 1234 * time.Microsecond, Connect: 20345 * time.Microsecond, TLS: 41234 * time.Microsecond,
			FirstByte: 50123 * time.Microsecond, Transfer: 1512 * time.Microsecond},
	}}
}

// cpu is the CPU time of the process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkEncodeRecord(b *testing.B) {
	r := typical(7)
	for b.Loop() {
		if _, err := EncodeRecord(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRecord(b *testing.B) {
	raw, err := EncodeRecord(typical(7))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := DecodeRecord(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeEntry(b *testing.B) {
	raw, err := EncodeRecord(typical(7))
	if err != nil {
		b.Fatal(err)
	}
	entry, err := EncodeEntry(slo.ID{Agent: "eu-1", Epoch: "00112233445566778899aabbccddeeff", Seq: 7}, 1790000000000, raw)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := DecodeEntry(entry); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIngest is a batch of 2,000 measurements from the request's bytes to
// the answer, with the journal on disk, by four agents at once. It reports
// measurements for each second of CPU time and for each second on the clock.
func BenchmarkIngest(b *testing.B) {
	journal, _, err := wal.Open(b.TempDir(), wal.Options{MaxBytes: 8 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer journal.Close()
	h, err := NewHandler(HandlerOptions{
		Journal:    journal,
		Assignment: func(context.Context, AssignmentRequest) (Assignment, error) { return Assignment{}, nil },
		Heartbeat:  func(Heartbeat, slo.Instant) error { return nil },
		Aside:      func(context.Context, []Aside) error { return nil },
		Now:        func() slo.Instant { return 1790000000000 },
		Log:        slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	deflate, err := newDeflate()
	if err != nil {
		b.Fatal(err)
	}
	const batch = 2000
	records := make([][]byte, batch)
	for i := range records {
		if records[i], err = EncodeRecord(typical(i)); err != nil {
			b.Fatal(err)
		}
	}
	var agents atomic.Int64
	b.SetParallelism(2)
	start, began := cpu(), time.Now()
	b.RunParallel(func(pb *testing.PB) {
		agent := fmt.Sprintf("agent-%d", agents.Add(1))
		seq := uint64(1)
		for pb.Next() {
			out := Batch{Agent: agent, Epoch: "00112233445566778899aabbccddeeff", Records: make([]BatchRecord, batch)}
			for i := range records {
				out.Records[i] = BatchRecord{Seq: seq, Record: records[i]}
				seq++
			}
			body, err := EncodeBatch(out)
			if err != nil {
				b.Error(err)
				return
			}
			body = deflate.EncodeAll(body, nil)
			r := httptest.NewRequest(http.MethodPost, PushPath+"?agent="+agent, bytes.NewReader(body))
			r.Header.Set("Content-Type", ContentType)
			r.Header.Set("Content-Encoding", "zstd")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Errorf("%d %s", w.Code, w.Body)
				return
			}
		}
	})
	n := float64(b.N) * batch
	b.ReportMetric(n/(cpu()-start).Seconds(), "measurements/s/core")
	b.ReportMetric(n/time.Since(began).Seconds(), "measurements/s")
}
