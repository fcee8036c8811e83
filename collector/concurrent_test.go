package collector

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestConcurrent has agents push, people read and write, the catalogue change,
// memory forget and checkpoints be saved, all at once. It is for the race
// detector; at the end the figures are those of a replay.
func TestConcurrent(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(11, 11))
	old := w.history(rng, noon.Add(-50*time.Hour), noon.Add(-48*time.Hour))
	w.push(old...)
	w.followed()
	h := w.history(rng, noon.Add(-3*time.Hour), noon)
	var all sync.WaitGroup
	for _, s := range sites {
		pieces := newestFirst(rng, of(s.agent, h), 30)
		all.Go(func() {
			for _, p := range pieces {
				w.push(p...)
				w.beat(s.agent, s.location)
			}
		})
	}
	for _, path := range []string{
		"/", "/services/shop", "/incidents", "/agents", "/metrics", "/api/v1/services", "/api/v1/services/store",
		"/api/v1/objectives", "/api/v1/incidents", "/api/v1/agents", "/api/v1/status",
		"/prometheus/api/v1/query?query=sum(probe_success)", "/-/ready",
	} {
		all.Go(func() {
			for range 6 {
				if code, body := w.fetch(path); code != http.StatusOK {
					t.Errorf("GET %s: %d %.200s", path, code, body)
				}
			}
		})
	}
	all.Go(func() {
		for k := range 6 {
			catalogue := worldCatalogue
			if k%2 == 0 {
				catalogue = strings.ReplaceAll(worldCatalogue, "hold: 3m", "hold: 2m")
			}
			if code := w.reload(catalogue); code != http.StatusOK {
				t.Errorf("reload answered %d", code)
			}
		}
	})
	all.Go(func() {
		for range 10 {
			w.c.evaluator.forget(w.clock.now())
			if err := w.c.evaluator.checkpoint(t.Context()); err != nil {
				t.Error(err)
			}
			if err := w.c.trim(); err != nil {
				t.Error(err)
			}
			w.c.alerts.soon()
		}
	})
	all.Go(func() {
		list := incidentList{ledger: w.c.ledger, store: w.c.store, lasting: w.c.lasting, catalog: w.c.catalog.current, changed: w.c.peopleDid}
		for _, i := range w.incidents() {
			if err := list.Act(t.Context(), i["id"].(string), slo.IncidentEvent{At: w.clock.now(), Kind: slo.EventCommented, Actor: "local", Text: "seen"}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	w.followed()
	w.same("after all at once")
	w.incidentsAreOutages()
	w.archived()
}
