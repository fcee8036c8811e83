package collector

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// oneObjective is that of an agreement of benchCatalogue, tenObjectives are of
// each method that follows from timelines.
const (
	oneObjective  = `{name: month, target: 99.9, window: month}`
	tenObjectives = `{name: day, target: 99.9, window: day}, {name: week, target: 99.9, window: week}, ` + oneObjective + `,
  {name: quarter, target: 99.9, window: quarter}, {name: "30 days", target: 99.9, window: 30d}, {name: "60 days", target: 99.9, window: 60d},
  {name: "90 days", target: 99.9, window: 90d}, {name: slices, target: 99.9, window: 90d, method: slices, slice: {length: 5m}},
  {name: few, window: 90d, method: outages, outages: {atMost: 2}}, {name: hours, target: 99, window: 7d, method: slices, slice: {length: 1h}}`
)

// benchCatalogue writes a catalogue of n tcp probes, each with a service and
// an agreement of some objectives.
func benchCatalogue(b testing.TB, dir string, n int, objectives string) {
	b.Helper()
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "---\napiVersion: assay/v1\nkind: Probe\nmetadata: {name: p%04d}\nspec: {every: 10s, tcp: {address: 'x:1'}}\n", i)
		fmt.Fprintf(&s, "---\napiVersion: assay/v1\nkind: Service\nmetadata: {name: s%04d}\nspec: {up: p%04d}\n", i, i)
		fmt.Fprintf(&s, "---\napiVersion: assay/v1\nkind: Agreement\nmetadata: {name: a%04d}\nspec: {service: s%04d, objectives: [%s]}\n", i, i, objectives)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "catalogue.yaml"), []byte(s.String()), 0o600); err != nil {
		b.Fatal(err)
	}
}

const benchProbes = 1000

// openBench opens a collector over a folder, with listeners on port 0.
func openBench(b testing.TB, dir string, now func() slo.Instant) *Collector {
	b.Helper()
	cfg := Config{Catalogue: filepath.Join(dir, "catalogue"), Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0"}
	cfg.Agents.Listen = "127.0.0.1:0"
	cfg.defaults()
	c, err := New(context.Background(), cfg, Options{Version: "bench", Log: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// benchBatches are n batches of one agent, a batch a round of every probe,
// compressed as the client sends them.
func benchBatches(b testing.TB, agent string, n int, from slo.Instant, step time.Duration) [][]byte {
	b.Helper()
	out := make([][]byte, n)
	seq := uint64(0)
	for i := range out {
		batch := push.Batch{Agent: agent, Epoch: "e"}
		for p := range benchProbes {
			seq++
			at := from.Add(time.Duration(i)*step + time.Duration(p)*step/benchProbes)
			r, err := push.EncodeRecord(slo.Record{Measurement: &slo.Measurement{
				Probe: fmt.Sprintf("p%04d", p), Location: "eu", At: at, Outcome: slo.Up, Latency: 12345 * time.Microsecond,
				Phases: slo.Phases{Connect: 12 * time.Millisecond}, Revision: "0123456789ab",
			}})
			if err != nil {
				b.Fatal(err)
			}
			batch.Records = append(batch.Records, push.BatchRecord{Seq: seq, Record: r})
		}
		body, err := push.EncodeBatch(batch)
		if err != nil {
			b.Fatal(err)
		}
		out[i] = body
	}
	return out
}

func pushBody(b testing.TB, h http.Handler, agent string, body []byte) {
	req := httptest.NewRequest(http.MethodPost, push.PushPath+"?agent="+agent, bytes.NewReader(body))
	req.Host = "127.0.0.1"
	req.Header.Set("Content-Type", push.ContentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		b.Errorf("push: %d %s", w.Code, w.Body)
	}
}

// cpu is the time that this process has used of all cores.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIngest pushes rounds of 1,000 measurements from four agents. The
// first figure is to the acknowledgement, with no follower running; the others
// are through the evaluator, the archive and the series, live and with the
// newest rounds first. measurements/s/core counts the CPU time of the process.
func BenchmarkIngest(b *testing.B) {
	for _, mode := range []string{"acknowledged", "followed", "backfill"} {
		b.Run(mode, func(b *testing.B) { benchIngest(b, mode) })
	}
}

func benchIngest(b *testing.B, mode string) {
	const agents, rounds = 4, 60
	dir := b.TempDir()
	benchCatalogue(b, filepath.Join(dir, "catalogue"), benchProbes, oneObjective)
	from := slo.At(time.Now().Add(-time.Hour))
	var bodies [agents][][]byte
	for a := range bodies {
		bodies[a] = benchBatches(b, fmt.Sprintf("agent-%d", a), rounds, from, 10*time.Second)
	}
	var spent, wall time.Duration
	for range b.N {
		if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
			b.Fatal(err)
		}
		c := openBench(b, dir, nil)
		ctx, stop := context.WithCancel(context.Background())
		var ended sync.WaitGroup
		if mode != "acknowledged" {
			<-c.series.Ready()
			ended.Go(func() {
				if err := c.Run(ctx); err != nil {
					b.Error(err)
				}
			})
		}
		began, used := time.Now(), cpu()
		var pushing sync.WaitGroup
		for a := range bodies {
			pushing.Go(func() {
				for i := range rounds {
					if mode == "backfill" {
						i = rounds - 1 - i
					}
					pushBody(b, c.handler, fmt.Sprintf("agent-%d", a), bodies[a][i])
				}
			})
		}
		pushing.Wait()
		if mode != "acknowledged" {
			waitFollowers(b, c)
		}
		spent, wall = spent+cpu()-used, wall+time.Since(began)
		stop()
		ended.Wait()
		if mode == "acknowledged" {
			if err := c.undo.unwind(); err != nil {
				b.Fatal(err)
			}
		}
	}
	n := float64(b.N * agents * rounds * benchProbes)
	b.ReportMetric(n/spent.Seconds(), "measurements/s/core")
	b.ReportMetric(n/wall.Seconds(), "measurements/s")
	b.ReportMetric(0, "ns/op")
}

// waitFollowers returns when every follower has all of the journal.
func waitFollowers(b testing.TB, c *Collector) {
	next := c.journal.Next()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var last atomic.Value
	err := retry(ctx, func() error {
		c.evaluator.mu.Lock()
		evaluated := c.evaluator.cursor
		c.evaluator.mu.Unlock()
		c.archiver.mu.Lock()
		archived := c.archiver.next
		c.archiver.mu.Unlock()
		if err := c.series.Sync(); err != nil {
			return err
		}
		if evaluated < next || archived < next || c.series.Next() < next {
			return fmt.Errorf("evaluated %d, archived %d, series %d of %d", evaluated, archived, c.series.Next(), next)
		}
		return nil
	}, func(err error) { last.Store(err) })
	if err != nil {
		b.Fatalf("the followers did not catch up: %v", last.Load())
	}
}

// BenchmarkRestart is how long a collector of 1,000 probes from three
// locations takes from its start to the figures of every objective, with 90
// days of history in its checkpoint and ten seconds of measurements in its
// journal that are not in it: with 1,000 objectives and with 10,000 of up to 90
// days. The seconds of the processor are those of all cores.
func BenchmarkRestart(b *testing.B) {
	for _, c := range []struct {
		objectives int
		of         string
	}{{benchProbes, oneObjective}, {10 * benchProbes, tenObjectives}} {
		b.Run(fmt.Sprintf("objectives=%d", c.objectives), func(b *testing.B) { benchRestart(b, c.objectives, c.of) })
	}
}

func benchRestart(b *testing.B, objectives int, of string) {
	dir := b.TempDir()
	benchCatalogue(b, filepath.Join(dir, "catalogue"), benchProbes, of)
	at := slo.At(time.Now())
	history := slo.NewStream(30*time.Second, 1)
	for i := range 90 * 24 * 360 { // 90 days of ten seconds
		state := slo.Up
		if i%10_000 < 5 {
			state = slo.Down
		}
		history.Add(at.Add(-90*24*time.Hour+time.Duration(i)*10*time.Second), state)
	}
	stream := history.AppendBinary(nil, 64)
	c := openBench(b, dir, nil)
	cp := sqlstore.Checkpoint{Cursor: 1}
	for p := range benchProbes {
		cp.Probes = append(cp.Probes, fmt.Sprintf("p%04d", p))
		for _, location := range []string{"eu", "us", "ap"} {
			cp.Words = append(cp.Words, sqlstore.Word{
				Probe: fmt.Sprintf("p%04d", p), Location: location, Agent: location + "-1", Hold: 30 * time.Second, Confirm: 1, Stream: stream, Last: []byte{},
			})
		}
	}
	if err := c.store.SaveCheckpoint(context.Background(), cp); err != nil {
		b.Fatal(err)
	}
	for _, body := range benchBatches(b, "eu-1", 3, at, 10*time.Second) {
		pushBody(b, c.handler, "eu-1", body)
	}
	if err := c.undo.unwind(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	used := time.Duration(0)
	for range b.N {
		began := cpu()
		c := openBench(b, dir, nil)
		n := 0
		c.engine().Objectives(c.now(), func(slo.ObjectiveStatus, evaluate.Recent) { n++ })
		if n != objectives {
			b.Fatalf("%d objectives have figures", n)
		}
		b.StopTimer()
		used += cpu() - began
		if err := c.undo.unwind(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(used.Seconds()/float64(b.N), "processor-s/op")
}

// BenchmarkRestartCounted is what a start costs for each measurement that an
// objective counts one by one: all of them are read again from the archive.
func BenchmarkRestartCounted(b *testing.B) {
	const batches = 100
	dir := b.TempDir()
	benchCatalogue(b, filepath.Join(dir, "catalogue"), benchProbes, `{name: counted, target: 99.9, window: 90d, method: occurrences}`)
	at := slo.At(time.Now().Add(-time.Hour))
	c := openBench(b, dir, nil)
	<-c.series.Ready()
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := c.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	for _, body := range benchBatches(b, "eu-1", batches, at, 10*time.Second) {
		pushBody(b, c.handler, "eu-1", body)
	}
	waitFollowers(b, c)
	stop()
	ended.Wait()
	b.ResetTimer()
	used := time.Duration(0)
	for range b.N {
		began := cpu()
		c := openBench(b, dir, nil)
		used += cpu() - began
		b.StopTimer()
		if err := c.undo.unwind(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(used.Microseconds())/float64(b.N*batches*benchProbes), "processor-µs/measurement")
}
