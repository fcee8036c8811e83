package agent

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// delays is a sink that keeps how late slots were started.
type delays struct {
	mu    sync.Mutex
	late  []time.Duration
	ran   int
	miss  int
	reach int
	full  chan struct{}
}

func (d *delays) done(string, slo.Instant, slo.Measurement) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ran++; d.ran == d.reach {
		close(d.full)
	}
}

func (d *delays) missed(missed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.miss++
}

func (d *delays) delayed(late time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.late = append(d.late, late)
}

// BenchmarkSchedulingError runs 10,000 probes a minute in real time, each of
// which waits 50 ms as for a network, and reports how late slots are started.
// Run it with -cpu 1 for one core and -benchtime 5000x (half a minute).
func BenchmarkSchedulingError(b *testing.B) {
	const probes = 10_000
	d := &delays{reach: b.N, full: make(chan struct{})}
	s := newScheduler(schedulerOptions{agent: "bench", limit: 1000, clock: systemClock(), offset: func() time.Duration { return 0 }, sink: d})
	var jobs []job
	for i := range probes {
		jobs = append(jobs, job{
			probe: slo.Probe{Name: fmt.Sprintf("probe-%d", i), Every: time.Minute, Timeout: time.Second, Spec: &slo.TCP{}},
			run: func(ctx context.Context, at slo.Instant) slo.Measurement {
				t := time.NewTimer(50 * time.Millisecond)
				defer t.Stop()
				select {
				case <-t.C:
				case <-ctx.Done():
				}
				return slo.Measurement{Outcome: slo.Up, At: at}
			},
		})
	}
	s.assign(jobs)
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	b.ResetTimer()
	go func() { s.loop(ctx); close(ended) }()
	<-d.full
	b.StopTimer()
	cancel()
	<-ended
	s.drain(time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.miss > 0 {
		b.Errorf("%d slots were missed", d.miss)
	}
	slices.Sort(d.late)
	for name, q := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99, "max-ms": 1} {
		b.ReportMetric(float64(d.late[int(q*float64(len(d.late)-1))].Microseconds())/1000, name)
	}
	b.ReportMetric(0, "ns/op") // the rate is given, not measured
}

// BenchmarkDeal measures what a slot costs the scheduler's loop among 10,000
// probes, without the run itself: an operation deals with a second's slots.
func BenchmarkDeal(b *testing.B) {
	d := &delays{}
	s := newScheduler(schedulerOptions{agent: "bench", limit: 0, clock: systemClock(), offset: func() time.Duration { return 0 }, sink: d})
	var jobs []job
	for i := range 10_000 {
		jobs = append(jobs, job{probe: slo.Probe{Name: fmt.Sprintf("probe-%d", i), Every: time.Minute, Spec: &slo.TCP{}}})
	}
	s.assign(jobs)
	b.ReportAllocs()
	for b.Loop() {
		s.deal(s.due[0].next+maxLateMS+1, sight{}) // too late: declared, not run
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(d.miss), "ns/slot")
}

const maxLateMS = slo.Instant(maxLate / time.Millisecond)
