package collector

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// round10k is a measurement of each of n probes, as the journal gives them.
func round10k(n int, at slo.Instant, outcome slo.State, pos *uint64) []slo.Entry {
	out := make([]slo.Entry, n)
	for i := range out {
		m := &slo.Measurement{Probe: fmt.Sprintf("p%04d", i), Location: "eu", At: at, Outcome: outcome, Revision: "r"}
		if outcome == slo.Down {
			m.Reason = slo.ConnectRefused
		}
		out[i] = slo.Entry{Pos: *pos, Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1", Epoch: "e", Seq: *pos}, Measurement: m}}
		*pos++
	}
	return out
}

// evaluated is how long the evaluator takes for so many rounds, each by what
// is in it.
func evaluated(b *testing.B, c *Collector, clock *clock, probes, rounds int, outcome slo.State, pos *uint64) time.Duration {
	var took time.Duration
	for range rounds {
		clock.advance(10 * time.Second)
		entries := round10k(probes, clock.now()-1, outcome, pos)
		began := time.Now()
		if err := c.evaluator.take(context.Background(), entries); err != nil {
			b.Fatal(err)
		}
		if err := c.evaluator.tick(context.Background(), clock.now()); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
	}
	return took
}

// BenchmarkOpenIncidents evaluates rounds of 10,000 services that are up, and
// then of the same that are down, each with an open incident: slower_x is how
// much longer a round takes then.
func BenchmarkOpenIncidents(b *testing.B) {
	const probes, rounds = 10_000, 10
	dir := b.TempDir()
	benchCatalogue(b, dir+"/catalogue", probes)
	clock := newClock(noon)
	c := openBench(b, dir, clock.now)
	defer c.undo.unwind()
	pos := uint64(1)
	var plain, open time.Duration
	for b.Loop() {
		evaluated(b, c, clock, probes, 1, slo.Up, &pos)
		plain += evaluated(b, c, clock, probes, rounds, slo.Up, &pos)
		evaluated(b, c, clock, probes, 1, slo.Down, &pos) // opens them, or goes on with them
		open += evaluated(b, c, clock, probes, rounds, slo.Down, &pos)
	}
	list, err := c.store.Incidents(context.Background(), sqlstore.IncidentFilter{Open: true, Limit: probes})
	if err != nil || len(list) != probes {
		b.Fatalf("%d open incidents, %v", len(list), err)
	}
	b.ReportMetric(float64(open)/float64(plain), "slower_x")
	b.ReportMetric(float64(plain)/float64(b.N*rounds*probes), "ns/measurement")
}

// BenchmarkForeignAlerts evaluates rounds of 1,000 services while nothing else
// happens, and while another system sends 1,000 alerts a second, half of them
// new: slower_x is how much longer a round takes then, and alerts/s how many
// were on record.
func BenchmarkForeignAlerts(b *testing.B) {
	const probes, rounds, each = 1000, 300, 100
	dir := b.TempDir()
	benchCatalogue(b, dir+"/catalogue", probes)
	clock := newClock(noon)
	c := openBench(b, dir, clock.now)
	defer c.undo.unwind()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.conditions.run(ctx) }()
	c.conditions.hear(nil)
	pos := uint64(1)
	var plain, busy, sending time.Duration
	sent := 0
	for b.Loop() {
		plain += evaluated(b, c, clock, probes, rounds, slo.Up, &pos)
		stop, done := make(chan struct{}), make(chan int)
		began := time.Now()
		go func() { done <- sendAlerts(c, stop, each, sent) }()
		busy += evaluated(b, c, clock, probes, rounds, slo.Up, &pos)
		close(stop)
		sent += <-done
		sending += time.Since(began)
	}
	cancel()
	<-ended
	b.ReportMetric(float64(busy)/float64(plain), "slower_x")
	b.ReportMetric(float64(sent)/sending.Seconds(), "alerts/s")
}

// sendAlerts sends ten notifications a second until it is stopped, each from a
// sender of its own, and returns how many alerts were taken.
func sendAlerts(c *Collector, stop chan struct{}, each, from int) int {
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	taken := make(chan int, 10_000)
	senders := 0
	for n := from; ; n += each / 2 {
		var alerts []string
		for i := range each {
			alerts = append(alerts, fmt.Sprintf("f%d firing 1 x", (n+i)%9000))
		}
		body := notification(0, alerts...)
		senders++
		go func() {
			r := httptest.NewRequest(http.MethodPost, alertsHookPath, strings.NewReader(body))
			w := httptest.NewRecorder()
			c.takeAlerts(w, r)
			if w.Code != http.StatusOK {
				taken <- 0
				return
			}
			taken <- each
		}()
		select {
		case <-tick.C:
		case <-stop:
			sum := 0
			for range senders {
				sum += <-taken
			}
			return sum
		}
	}
}
