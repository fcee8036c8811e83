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
// round of those that are down, against one in which they were up. opened/s is
// how many go down a second of the round in which all of them do, each with an
// incident on disk.
func BenchmarkOpenIncidents(b *testing.B) {
	const others, probes, rounds = 10_000, 1000, 100
	dir := b.TempDir()
	benchCatalogue(b, dir+"/catalogue", others+probes, oneObjective)
	clock := newClock(noon)
	c := openBench(b, dir, clock.now)
	defer c.undo.unwind()
	pos := uint64(1)
	used, opening := map[string]time.Duration{}, time.Duration(0)
	evaluated(b, c, clock, 0, others+probes, 5, slo.Up, &pos) // the first ones make what later ones find
	for b.Loop() {
		for _, outcome := range []slo.State{slo.Up, slo.Down} {
			took, _ := evaluated(b, c, clock, 0, others, 1, outcome, &pos) // opens them, or restores them
			if outcome == slo.Down {
				opening += took
			}
			clock.advance(2 * c.catalog.current().Policy().Hold)
			evaluated(b, c, clock, 0, others, 1, outcome, &pos) // which are held no more
			_, all := evaluated(b, c, clock, 0, others, 10, outcome, &pos)
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
	b.ReportMetric(float64(b.N*others)/opening.Seconds(), "opened/s")
}

// BenchmarkForeignAlerts evaluates rounds of 1,000 services while nothing else
// happens, and while another system sends 1,000 alerts a second, half of them
// new and half of them the ends of those 5,000 before: slower_x is how much
// longer a round takes then, alerts/s how many were on record, and us/alert the
// CPU time that one costs beside the rounds.
func BenchmarkForeignAlerts(b *testing.B) { benchForeign(b, time.Second/10) }

// BenchmarkForeignFlood is BenchmarkForeignAlerts with as many alerts as are
// taken: eight senders, each with its next hundred as soon as the last are on
// record.
func BenchmarkForeignFlood(b *testing.B) { benchForeign(b, 0) }

func benchForeign(b *testing.B, every time.Duration) {
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
	var plain, busy, sending, extra time.Duration
	sent := 0
	evaluated(b, c, clock, 0, probes, rounds, slo.Up, &pos) // the first ones make what later ones find
	for b.Loop() {
		before := cpu()
		took, _ := evaluated(b, c, clock, 0, probes, rounds, slo.Up, &pos)
		plain += took
		alone := cpu() - before
		stop, done := make(chan struct{}), make(chan int)
		began, before := time.Now(), cpu()
		go func() { done <- sendAlerts(c, stop, each, sent/2, every) }()
		took, _ = evaluated(b, c, clock, 0, probes, rounds, slo.Up, &pos)
		busy += took
		close(stop)
		sent += <-done
		sending += time.Since(began)
		extra += cpu() - before - alone
	}
	cancel()
	<-ended
	b.ReportMetric(float64(busy)/float64(plain), "slower_x")
	b.ReportMetric(float64(sent)/sending.Seconds(), "alerts/s")
	b.ReportMetric(float64(extra.Microseconds())/float64(sent), "us/alert")
}

// senders bounds the notifications that are on their way without a pause
// between.
const senders = 8

// sendAlerts sends a notification every so often until it is stopped, each
// from a sender of its own, and returns how many alerts were taken. Every 0 is
// one as soon as another was taken.
func sendAlerts(c *Collector, stop chan struct{}, each, from int, every time.Duration) int {
	taken, free := make(chan int, 100_000), make(chan struct{}, senders)
	next := (<-chan time.Time)(nil)
	if every > 0 {
		tick := time.NewTicker(every)
		defer tick.Stop()
		next = tick.C
	}
	sum, sent := 0, 0
	for n := from; ; n += each / 2 {
		body := halfNew(n, each)
		sent++
		go func() {
			taken <- sendOne(c, body, each)
			if every == 0 {
				free <- struct{}{}
			}
		}()
		if every == 0 && sent < senders {
			continue
		}
		select {
		case <-next:
		case <-free:
		case <-stop:
			for range sent {
				sum += <-taken
			}
			return sum
		}
	}
}

// halfNew is a notification of alerts that begin, numbered from one on, and of
// as many that end.
func halfNew(from, each int) string {
	const lasting = 5000
	var alerts []string
	for n := from; n < from+each/2; n++ {
		alerts = append(alerts, fmt.Sprintf("f%d firing 1 x", n), fmt.Sprintf("f%d resolved 1 x", max(0, n-lasting)))
	}
	return notification(0, alerts...)
}

// sendOne is how many alerts of a notification were taken: all or none.
func sendOne(c *Collector, body string, each int) int {
	r := httptest.NewRequest(http.MethodPost, alertsHookPath, strings.NewReader(body))
	w := httptest.NewRecorder()
	c.takeAlerts(w, r)
	if w.Code != http.StatusOK {
		return 0
	}
	return each
}
