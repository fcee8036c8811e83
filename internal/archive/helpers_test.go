package archive

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

var t0 = slo.At(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))

const hour = slo.Instant(3_600_000)

// full is a measurement entry with every field set.
func full(pos uint64, at slo.Instant) slo.Entry {
	return slo.Entry{Pos: pos, Received: at + 1500, Record: slo.Record{
		ID: slo.ID{Agent: "eu-1", Epoch: "3f2a", Seq: pos + 7},
		Measurement: &slo.Measurement{
			Probe: "web", Location: "eu", At: at, Outcome: slo.Down, Reason: slo.StatusUnexpected,
			Latency: 12_345 * time.Microsecond,
			Phases: slo.Phases{Resolve: 1 * time.Microsecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond,
				FirstByte: 4 * time.Millisecond, Transfer: 5 * time.Second},
			Status: 503, CertExpiry: at + 90*24*hour, Evidence: "HTTP/1.1 503 维护", Revision: "r1", Offset: -250 * time.Microsecond,
			Seat: "1.1", Slot: at - 7,
		}}}
}

// zoo is one entry of every shape that a row can have.
func zoo() []slo.Entry {
	es := []slo.Entry{
		full(1, t0),
		{Record: slo.Record{Measurement: &slo.Measurement{Probe: "web", Location: "us", Outcome: slo.Up, At: t0,
			Requests: &slo.Requests{Interval: slo.Interval{From: t0 - 60_000, To: t0}, Good: 998_500, Total: 1_000_000}}}},
		{Record: slo.Record{Measurement: &slo.Measurement{Probe: "dns", Location: "eu", Outcome: slo.Unknown, Reason: slo.AgentOverloaded, At: t0 + 5}}},
		{Record: slo.Record{Gap: &slo.Gap{From: 3, To: math.MaxUint64, At: t0 + 9, Reason: slo.GapDiskFull}}},
		{Record: slo.Record{Readings: &slo.Readings{Location: "eu", At: t0 + 10}}},
		{Record: slo.Record{Readings: &slo.Readings{Location: "eu", At: t0 + 11, Samples: []slo.Sample{
			{Name: "cpu_usage_idle", Labels: map[string]string{"cpu": "cpu0", "a": "", "host": "x"}, Value: 97.5},
			{Name: "mem_free", Value: math.Inf(1)},
			{Name: "disk_free", Labels: map[string]string{"path": "/"}, Value: -1},
		}}}},
		{Record: slo.Record{Readings: &slo.Readings{At: t0 + 12, Samples: []slo.Sample{{Name: "up", Value: 1}}}}},
	}
	for i := range es {
		es[i].Pos = uint64(i + 1)
		if i > 0 {
			es[i].Received = t0 + 1000
			es[i].ID = slo.ID{Agent: "eu-2", Epoch: "", Seq: math.MaxUint64 - uint64(i)}
		}
	}
	return es
}

// fleet makes n measurements of probes, one a round, from position pos on.
func fleet(pos uint64, n, probes int, from slo.Instant, every slo.Instant) []slo.Entry {
	es := make([]slo.Entry, n)
	noise := rand.New(rand.NewPCG(pos, 1))
	for i := range es {
		e := full(pos+uint64(i), from+slo.Instant(i/probes)*every)
		e.ID.Agent = fmt.Sprintf("agent-%d", i%3)
		m := e.Measurement
		m.Probe = fmt.Sprintf("probe-%04d", i%probes)
		m.Latency = time.Duration(10_000+noise.IntN(50_000)) * time.Microsecond
		m.Phases.FirstByte, m.Phases.Connect = m.Latency/2, m.Latency/time.Duration(3+noise.IntN(5))
		m.At += slo.Instant(noise.IntN(20)) // the scheduler's error
		e.Received = m.At + 200 + slo.Instant(noise.IntN(2000))
		if i%100 != 0 {
			m.Outcome, m.Reason, m.Evidence, m.Status = slo.Up, "", "", 200
		}
		es[i] = e
	}
	return es
}

// quickDisk leaves out what makes a disk durable and slow.
type quickDisk struct{ osDisk }

type quickFile struct{ tempFile }

func (quickDisk) SyncDir(string) error { return nil }
func (quickFile) Sync() error          { return nil }
func (d quickDisk) CreateTemp(dir string) (tempFile, error) {
	f, err := d.osDisk.CreateTemp(dir)
	return quickFile{f}, err
}

func open(t testing.TB, dir string, o Options) *Archive {
	t.Helper()
	if _, bench := t.(*testing.B); !bench && o.disk == nil {
		o.disk = quickDisk{}
	}
	a, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	must(t, a.Sweep(1))
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read returns all that q chooses.
func read(t testing.TB, r *Reader, q Query) []slo.Entry {
	t.Helper()
	var out []slo.Entry
	for e, err := range r.Entries(context.Background(), q) {
		must(t, err)
		out = append(out, e)
	}
	return out
}

// TestMain keeps the property tests short: what they are meant to find shows
// within some ten runs, and -rapid.checks=N asks for more. Files of a few rows
// still take page buffers for many, hence the rarer collections.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		flag.Set("rapid.checks", "25")
	}
	debug.SetGCPercent(500)
	os.Exit(m.Run())
}
