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

// measured is a measurement of each of n probes from one on, as the journal
// gives them.
func measured(from, n int, at slo.Instant, outcome slo.State, pos *uint64) []slo.Entry {
	out := make([]slo.Entry, n)
	for i := range out {
		m := &slo.Measurement{Probe: fmt.Sprintf("p%04d", from+i), Location: "eu", At: at, Outcome: outcome, Revision: "r"}
		if outcome == slo.Down {
			m.Reason = slo.ConnectRefused
		}
		out[i] = slo.Entry{Pos: *pos, Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1", Epoch: "e", Seq: *pos}, Measurement: m}}
		*pos++
	}
	return out
}

// evaluated is how long the evaluator takes for so many rounds, and how much
// CPU time the process uses meanwhile.
func evaluated(b *testing.B, c *Collector, clock *clock, from, probes, rounds int, outcome slo.State, pos *uint64) (took, used time.Duration) {
	for range rounds {
		clock.advance(10 * time.Second)
		entries := measured(from, probes, clock.now()-1, outcome, pos)
		began, before := time.Now(), cpu()
		if err := c.evaluator.take(context.Background(), entries); err != nil {
			b.Fatal(err)
		}
		if err := c.evaluator.tick(context.Background(), clock.now()); err != nil {
			b.Fatal(err)
		}
		took, used = took+time.Since(began), used+cpu()-before
	}
	return took, used
}

// BenchmarkOpenIncidents evaluates rounds of 1,000 services while nothing is
// wrong, and while 10,000 others are down, each with an open incident:
// slower_x is how much more CPU time a round takes then. down_x is that of a
// round of those that are down, against one in which they were up.
func BenchmarkOpenIncidents(b *testing.B) {
	const others, probes, rounds = 10_000, 1000, 100
	dir := b.TempDir()
	benchCatalogue(b, dir+"/catalogue", others+probes, oneObjective)
	clock := newClock(noon)
	c := openBench(b, dir, clock.now)
	defer c.undo.unwind()
	pos := uint64(1)
	used := map[string]time.Duration{}
	for b.Loop() {
		for _, outcome := range []slo.State{slo.Up, slo.Down} {
			evaluated(b, c, clock, 0, others, 1, outcome, &pos) // opens them, or goes on with them
			_, all := evaluated(b, c, clock, 0, others, 5, outcome, &pos)
			_, rest := evaluated(b, c, clock, others, probes, rounds, slo.Up, &pos)
			used["others "+outcome.String()] += all
			used["rest "+outcome.String()] += rest
		}
	}
	list, err := c.store.Incidents(context.Background(), sqlstore.IncidentFilter{Open: true, Limit: others + 1})
	if err != nil || len(list) != others {
		b.Fatalf("%d open incidents, %v", len(list), err)
	}
	b.ReportMetric(float64(used["rest down"])/float64(used["rest up"]), "slower_x")
	b.ReportMetric(float64(used["others down"])/float64(used["others up"]), "down_x")
}

// BenchmarkForeignAlerts evaluates rounds of 1,000 services while nothing else
// happens, and while another system sends 1,000 alerts a second, half of them
// new: slower_x is how much longer a round takes then, and alerts/s how many
// were on record.
func BenchmarkForeignAlerts(b *testing.B) {
	const probes, rounds, each = 1000, 300, 100
	dir := b.TempDir()
	benchCatalogue(b, dir+"/catalogue", probes, oneObjective)
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
		took, _ := evaluated(b, c, clock, 0, probes, rounds, slo.Up, &pos)
		plain += took
		stop, done := make(chan struct{}), make(chan int)
		began := time.Now()
		go func() { done <- sendAlerts(c, stop, each, sent) }()
		took, _ = evaluated(b, c, clock, 0, probes, rounds, slo.Up, &pos)
		busy += took
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
