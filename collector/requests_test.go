package collector

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
)

// requestsCatalogue promises requests of the store, up to a workload. Its probe
// asks the collector that it is for.
const requestsCatalogue = worldCatalogue + `
---
apiVersion: assay/v1
kind: Probe
metadata: {name: store-requests}
spec:
  every: 1m
  promql:
    url: http://127.0.0.1:1/prometheus
    total: sum(increase(store_requests_total[${window}]))
    bad: sum(increase(store_requests_total{code="500"}[${window}]))
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: requests}
spec:
  service: store
  workload: {probe: store-requests, above: 50}
  objectives:
    - {name: good, target: 99, window: day, method: requests, requests: {probe: store-requests}}
    - {name: up, target: 99, window: day}
`

// written has a service's own counters of ten minutes written to the collector:
// 600 requests a minute, of which 1 in 10 is bad in the last five.
func (w *world) written(from slo.Instant) {
	w.t.Helper()
	var lines strings.Builder
	for s := 0; s <= 600; s += 15 {
		bad := max(0, s-300)
		at := int64(from.Add(time.Duration(s)*time.Second)) * 1e6
		fmt.Fprintf(&lines, "store_requests,code=200 total=%d %d\nstore_requests,code=500 total=%d %d\n", 10*s-bad, at, bad, at)
	}
	resp, err := http.Post("http://"+w.c.Addr()+"/influx/write", "text/plain", strings.NewReader(lines.String()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		w.t.Fatalf("writing: %s", resp.Status)
	}
}

// TestOwnSeriesAreCounted has a probe count a service's own series, where they
// came to the collector, and the collector judge what it counted.
func TestOwnSeriesAreCounted(t *testing.T) {
	w := newWorld(t, requestsCatalogue)
	w.run()
	from := noon.Add(-12 * time.Minute)
	w.written(from)
	env, err := probe.NewEnv(probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	for _, p := range w.c.catalog.current().Probes {
		s, ok := p.Spec.(*slo.PromQL)
		if !ok {
			continue
		}
		asked, spec := *p, *s
		spec.URL = "http://" + w.c.Addr() + "/prometheus"
		asked.Spec = &spec
		prober, err := probe.New(asked, env)
		if err != nil {
			t.Fatal(err)
		}
		for minute := 1; minute <= 10; minute++ {
			m := prober.Run(t.Context(), from.Add(time.Duration(minute)*time.Minute+70*time.Second), nil)
			rec := w.measure("eu-1", "eu", p.Name, m.At, m.Outcome)
			rec.Measurement = &m
			m.Location = "eu"
			w.push(rec)
		}
	}
	w.followed()
	w.same("with requests")
	for _, o := range w.objectives() {
		if o["objective"] != "good" {
			continue
		}
		c, _ := o["requests"].(map[string]any)
		if c["good"] != 5700.0 || c["bad"] != 300.0 || c["increments"] != 10.0 || o["exempt_ms"] != 0.0 {
			t.Errorf("%+v", o)
		}
	}
}

// minuteOf is the record of one minute's requests.
func (w *world) minuteOf(end slo.Instant, bad, total int64) slo.Record {
	rec := w.measure("eu-1", "eu", "store-requests", end.Add(65*time.Second), slo.Up)
	rec.Measurement.Requests = &slo.Requests{Interval: slo.Interval{From: end.Add(-time.Minute), To: end}, Good: (total - bad) * slo.PerRequest, Total: total * slo.PerRequest}
	return rec
}

// Figures by requests are sealed, restated where a count comes late, and
// verified from the archive alone; what is over the workload is in the seal.
func TestRequestsAreSealed(t *testing.T) {
	w := newWorld(t, requestsCatalogue)
	w.clock.set(halloween)
	w.run()
	var records []slo.Record
	for minute := range 24 * 60 {
		at := halloween.Add(time.Duration(minute) * time.Minute)
		records = append(records, w.measure("eu-1", "eu", "db", at, slo.Up))
		total := int64(1000)
		if minute == 600 {
			total = 4000
		}
		records = append(records, w.minuteOf(at.Add(time.Minute), 5, total))
	}
	late := records[2*700+1] // a minute's requests
	records = slices.DeleteFunc(records, func(r slo.Record) bool { return r.ID == late.ID })
	w.clock.set(halloween.Add(26 * time.Hour))
	for chunk := range slices.Chunk(records, 500) {
		w.push(chunk...)
	}
	w.followed()
	w.heard(w.clock.now())
	w.tick()
	const subject = "requests/good/2026-10-31T00:00:00Z"
	seal := w.entries(ledger.KindSeal)[subject]
	if len(seal) != 1 {
		t.Fatalf("sealed %d times", len(seal))
	}
	if diff := gocmp.Diff(string(w.replayAt(seal[0])), string(seal[0].Figure)); diff != "" {
		t.Errorf("not the figure of a replay (- replay, + seal):\n%s", diff)
	}
	if !slices.Contains(seal[0].Evidence.Probes, "store-requests") || !strings.Contains(string(seal[0].Figure), `"exempt_ms":60000`) ||
		!slices.ContainsFunc(seal[0].Seal.Spans, func(s slo.CountedSpan) bool { return s.As == slo.CountedExempt }) {
		t.Errorf("sealed %s, spans %v, by %v", seal[0].Figure, seal[0].Seal.Spans, seal[0].Evidence.Probes)
	}
	w.push(late)
	w.followed()
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	restated := w.entries(ledger.KindRestatement)[subject]
	if len(restated) != 1 || !strings.Contains(string(restated[0].Figure), `"increments":1439`) {
		t.Errorf("restated %v", restated)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() || v.Recomputed != v.Figures || v.Figures == 0 {
		t.Errorf("verified: %+v", v)
	}
}
