package collector

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

const explainedCatalogue = worldCatalogue + `
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: quick}
spec:
  service: store
  objectives:
    - {name: quick, target: 90, window: day, method: latency, latency: {within: 10ms}}
    - {name: few, window: week, method: outages, outages: {atMost: 2, longerThan: 5m}}
    - {name: both, target: 99, window: week, method: composite, parts: [{service: store, weight: 1}, {service: shop, weight: 2}]}
`

// explained is what a replay of the same measurements writes, which is what
// assay explain does.
func (w *world) explained(agreement, objective, window string) string {
	w.t.Helper()
	at, cat := w.clock.now(), w.c.catalog.current()
	for _, a := range cat.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			if a.Name != agreement || o.Name != objective {
				continue
			}
			asked, err := o.Window.Asked(window, a.Zone, at)
			if err != nil {
				w.t.Fatal(err)
			}
			r := slo.NewReplay(cat, at)
			for _, rec := range w.said {
				r.Add(rec)
			}
			x := r.Explain(a, o, asked, 20)
			witness := slo.NewWitness(x)
			for _, rec := range w.said {
				witness.Add(rec)
			}
			witness.Finish(slo.MinInstant)
			var b bytes.Buffer
			if err := x.WriteJSON(&b); err != nil {
				w.t.Fatal(err)
			}
			return b.String()
		}
	}
	w.t.Fatalf("there is no %s/%s", agreement, objective)
	return ""
}

func explainAddress(service, objective, window string) string {
	return "/api/v1/services/" + service + "/explain?objective=" + url.QueryEscape(objective) + "&window=" + url.QueryEscape(window)
}

// What the API answers is what the command writes, byte for byte, whether the
// measurements are in the journal, in the archive, or in both.
func TestExplainedAsByTheCommand(t *testing.T) {
	w := newWorld(t, explainedCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(4, 4))
	check := func(when string) {
		t.Helper()
		for _, c := range [][3]string{
			{"shop", "gold/month", ""}, {"shop", "gold/month", "2026-10"}, {"shop", "gold/week", "2026-10-15T11:00:00Z"}, {"shop", "office/month", "2026-10"},
			{"store", "store/slices", "2026-10"}, {"store", "store/counts", ""}, {"store", "quick/quick", "2026-10-15"}, {"store", "quick/quick", "2026-10-14"},
			{"store", "quick/few", "2026-W42"}, {"store", "quick/both", ""}, {"shop", "gold/month", "2026-09"},
		} {
			code, got := w.fetch(explainAddress(c[0], c[1], c[2]))
			agreement, objective, _ := strings.Cut(c[1], "/")
			if diff := gocmp.Diff(w.explained(agreement, objective, c[2]), string(got)); code != http.StatusOK || diff != "" {
				t.Fatalf("%s: %v: %d (- command, + collector):\n%s", when, c, code, diff)
			}
		}
	}
	w.push(w.history(rng, noon.Add(-30*time.Hour), noon.Add(-6*time.Hour))...)
	w.followed()
	check("while all is in the journal")
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	check("when all is in the archive")
	w.push(w.history(rng, noon.Add(-6*time.Hour), noon)...)
	w.followed()
	check("when the newest are in the journal")
	if code, page := w.fetch("/services/shop/explain?objective=gold/month"); code != http.StatusOK || !bytes.Contains(page, []byte("connection refused")) {
		t.Errorf("the page: %d %s", code, page)
	}
}

func TestExplainedWithinBounds(t *testing.T) {
	w := newWorld(t, worldCatalogue, func(c *Config) { c.ExternalURL = "https://assay.example.org/" })
	w.run()
	w.push(w.history(rand.New(rand.NewPCG(5, 5)), noon.Add(-6*time.Hour), noon)...)
	w.followed()
	var report struct {
		Identity struct{ Explained string }
	}
	w.get("/api/v1/reports/gold/2026-10?format=json", &report)
	path, ours := strings.CutPrefix(report.Identity.Explained, "https://assay.example.org/")
	if code, page := w.fetch("/" + path); !ours || code != http.StatusOK || !bytes.Contains(page, []byte("gold / month")) {
		t.Errorf("a report leads to %q: %d", report.Identity.Explained, code)
	}
	e := w.c.newExplainer()
	ask := func(q web.ExplainQuery) (*slo.Explanation, error) {
		q.Service, q.At, q.Limit = "shop", w.clock.now(), 20
		if q.Agreement == "" {
			q.Agreement, q.Objective = "gold", "month"
		}
		return e.explain(context.Background(), q)
	}
	for _, q := range []web.ExplainQuery{{Agreement: "gold", Objective: "none"}, {Agreement: "none", Objective: "month"}, {Agreement: "store", Objective: "slices"}} {
		if _, err := ask(q); !errors.Is(err, web.ErrNoObjective) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, window := range []string{"2026-11", "1999-12", "tomorrow", "2026-11-01T00:00:00.001Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"} {
		var bad *web.WindowError
		if _, err := ask(web.ExplainQuery{Window: window}); !errors.As(err, &bad) {
			t.Errorf("%s: %v", window, err)
		}
	}
	var bad *web.WindowError
	if _, err := ask(web.ExplainQuery{Agreement: "gold", Objective: "week", Window: "2026-10-15T12:00:00.001Z"}); !errors.As(err, &bad) {
		t.Errorf("a rolling window that ends later: %v", err)
	}
	e.reading = 0
	x, err := ask(web.ExplainQuery{})
	if err != nil || x.Unread == nil || *x.Unread != slo.MaxInstant || len(x.Services[0].Down.Listed) == 0 || !x.Services[0].Down.Listed[0].Unread {
		t.Errorf("without time to read: %v, %+v", err, x)
	}
	e.wait = time.Millisecond
	for range explainAtOnce {
		e.slots <- struct{}{}
	}
	if _, err := ask(web.ExplainQuery{}); !errors.Is(err, web.ErrBusy) {
		t.Errorf("when others are being explained: %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	e.wait = time.Hour
	if _, err := e.explain(gone, web.ExplainQuery{Service: "shop", Agreement: "gold", Objective: "month"}); !errors.Is(err, context.Canceled) {
		t.Errorf("when who asked is gone: %v", err)
	}
}
