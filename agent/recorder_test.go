package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// disk is a queue in memory that can be made to fail.
type disk struct {
	mu      sync.Mutex
	err     error
	records []slo.Record
	calls   int
}

func (d *disk) Append(records ...[]byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.err != nil {
		return d.err
	}
	for _, b := range records {
		rec, err := push.DecodeRecord(b)
		if err != nil {
			return err
		}
		d.records = append(d.records, rec)
	}
	return nil
}

func (d *disk) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *disk) all() []slo.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.records
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// recording starts a recorder; the function ends it and waits for that. The
// counts are made outside of the bubble: their library keeps a goroutine.
func recording(c *counts, d *disk) (*recorder, func()) {
	r := newRecorder(d, "eu", c, quiet())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { r.loop(ctx); close(ended) }()
	return r, func() { cancel(); <-ended }
}

func up(probe string, at slo.Instant) slo.Measurement {
	return slo.Measurement{Probe: probe, At: at, Outcome: slo.Up}
}

func TestWhatIsMeasuredIsQueuedInOrder(t *testing.T) {
	c := newCounts()
	defer c.close()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		r, end := recording(c, d)
		for i := range slo.Instant(2500) {
			r.done("http", 1000+i, up("web", 1000+i))
		}
		r.missed(missed{probe: "web", kind: "http", slots: slots{every: 1000}, first: 5000, last: 9000, reason: slo.AgentPaused})
		r.readings(slo.Readings{At: 7, Samples: []slo.Sample{{Name: "mem_free", Value: 1}}})
		end()
		got := d.all()
		if len(got) != 2506 {
			t.Fatalf("%d records, want 2506", len(got))
		}
		for i, rec := range got[:2500] {
			if rec.Measurement.At != 1000+slo.Instant(i) || rec.Measurement.Location != "eu" {
				t.Fatalf("record %d is %+v", i, rec.Measurement)
			}
		}
		for i, rec := range got[2500:2505] {
			m := rec.Measurement
			if m.At != slo.Instant(5000+1000*i) || m.Outcome != slo.Unknown || m.Reason != slo.AgentPaused || m.Location != "eu" {
				t.Errorf("declared %+v", m)
			}
		}
		if x := got[2505].Readings; x == nil || x.Location != "eu" {
			t.Errorf("the last record is %+v", got[2505])
		}
		if d.calls > 4 {
			t.Errorf("%d appends for 2506 records", d.calls)
		}
	})
}

func TestADiskThatTakesNothing(t *testing.T) {
	c := newCounts()
	defer c.close()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{err: errors.New("no such device")}
		r, end := recording(c, d)
		r.done("http", 1000, up("web", 1000))
		time.Sleep(time.Minute)
		if !r.broken() {
			t.Error("it does not know that the disk fails")
		}
		if mark := r.watermark(9000); mark != 1000 {
			t.Errorf("the watermark is %d while 1000 waits", mark)
		}
		for i := range slo.Instant(recordBuffer + 10) { // ten find no room
			r.done("http", 2000+i, up(fmt.Sprintf("p%d", i%5), 2000+i))
		}
		d.fail(nil)
		time.Sleep(time.Minute)
		if r.broken() {
			t.Error("it does not know that the disk works")
		}
		if mark := r.watermark(1e9); mark != 1e9 {
			t.Errorf("the watermark is %d though all is on disk", mark)
		}
		end()
		var lost []slo.Instant
		for _, rec := range d.all() {
			if m := rec.Measurement; m.Reason == slo.AgentResources {
				lost = append(lost, m.At)
			}
		}
		if n := len(d.all()) - len(lost); n != recordBuffer+1 {
			t.Errorf("%d measurements came through, want %d", n, recordBuffer+1)
		}
		if len(lost) != 5 {
			t.Fatalf("lost were declared at %v, want the first of each of 5 probes", lost)
		}
		for _, at := range lost {
			if at < 2000+recordBuffer || at >= 2000+recordBuffer+5 {
				t.Errorf("lost was declared at %d", at)
			}
		}
	})
}

func TestStoppingDoesNotWaitForADeadDisk(t *testing.T) {
	c := newCounts()
	defer c.close()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{err: errors.New("no such device")}
		r, end := recording(c, d)
		for i := range slo.Instant(5000) {
			r.done("http", i, up("web", i))
		}
		start := time.Now()
		end()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestWhatCannotBeEncoded becomes unknown: the slot stays spoken for.
func TestWhatCannotBeEncoded(t *testing.T) {
	c := newCounts()
	defer c.close()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		r, end := recording(c, d)
		m := up("web", 1000)
		m.Evidence = "bell\a"
		r.done("http", 1000, m)
		r.readings(slo.Readings{Samples: []slo.Sample{{Name: "not a name"}}})
		r.done("http", 2000, up("no probe's name", 2000))
		end()
		if got := d.all(); len(got) != 1 || got[0].Measurement.Reason != slo.AgentInternal || got[0].Measurement.At != 1000 {
			t.Errorf("queued %+v", got)
		}
	})
}

func TestCounts(t *testing.T) {
	c := newCounts()
	defer c.close()
	c.measured("http", slo.Measurement{Outcome: slo.Up})
	c.measured("http", slo.Measurement{Outcome: slo.Down})
	c.missed(missed{kind: "dns", slots: slots{every: 1000}, first: 0, last: 4000, reason: slo.AgentPaused})
	c.delayed(3 * time.Millisecond)
	c.dropped()
	c.watch(gauges{
		depth:    func() (int64, int64, slo.Instant) { return 7, 700, 0 },
		lost:     func() uint64 { return 3 },
		failures: func() int64 { return 2 },
		offset:   func() time.Duration { return 1500 * time.Millisecond },
		probes:   func() int { return 4 },
		room:     func() *slo.Room { return &slo.Room{Probes: 120, Limit: slo.LimitCPU} },
		used: func(l slo.Limit) float64 {
			if l == slo.LimitCPU {
				return 0.25
			}
			return math.NaN()
		},
	})
	var b strings.Builder
	c.write(&b)
	for _, want := range []string{
		`assay_agent_probes_total{kind="http",outcome="up"} 1`,
		`assay_agent_probes_total{kind="http",outcome="down"} 1`,
		`assay_agent_probes_total{kind="dns",outcome="unknown"} 5`,
		`assay_agent_missed_slots_total{reason="agent_paused"} 5`,
		`assay_agent_scheduling_delay_seconds{quantile="0.99"} 0.003`,
		`assay_agent_scheduling_delay_seconds_count 1`,
		`assay_agent_dropped_records_total 1`,
		`assay_agent_queue_records 7`,
		`assay_agent_queue_bytes 700`,
		`assay_agent_queue_oldest_age_seconds 0`,
		`assay_agent_lost_records_total 3`,
		`assay_agent_push_failures_total 2`,
		`assay_agent_clock_offset_seconds 1.5`,
		`assay_agent_probes 4`,
		`assay_agent_room_probes 120`,
		`assay_agent_saturation_ratio{limit="cpu"} 0.25`,
		`assay_agent_saturation_ratio{limit="queue"} NaN`,
		`process_resident_memory_bytes `,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the metrics lack %s:\n%s", want, b.String())
		}
	}
}
