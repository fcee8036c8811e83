package collector

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// TestDownByTimeAlone: the word of the location that says up runs out, and the
// other's down is all that is left. No measurement tells of it.
func TestDownByTimeAlone(t *testing.T) {
	w := newWorld(t, `
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 30s, hold: 1m, tcp: {address: "db.example:5432"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: store}
spec: {up: db}
`)
	w.run()
	from := w.clock.now()
	w.clock.advance(50 * time.Second)
	w.push(w.measure("eu-1", "eu", "db", from, slo.Up), w.measure("us-1", "us", "db", from.Add(40*time.Second), slo.Down))
	w.followed()
	if got := w.incidents(); len(got) != 0 {
		t.Fatalf("one location of two is down: %v", got)
	}
	w.clock.advance(20 * time.Second)
	w.until("an incident is open", func() bool { return len(w.incidents()) == 1 })
	if got := w.incidents()[0]["began_at"]; got != from.Add(time.Minute).String() {
		t.Errorf("it began %v, want %s", got, from.Add(time.Minute))
	}
}

// TestCutOff has one agent deliver six hours at once, newest first, while the
// others deliver as they measure.
func TestCutOff(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(6, 6))
	h := w.history(rng, noon.Add(-6*time.Hour), noon)
	w.push(of("eu-1", h)...)
	w.push(of("us-1", h)...)
	w.followed()
	w.same("without the third")
	for _, piece := range newestFirst(rng, of("ap-1", h), 120) {
		w.push(piece...)
	}
	w.followed()
	w.same("when the third has delivered")
	w.incidentsAreOutages()
}

func (w *world) incidentsAreOutages() {
	w.t.Helper()
	if diff := gocmp.Diff(w.stretches(), w.recorded()); diff != "" {
		w.t.Errorf("incidents are not the outages of a replay (- replay, + records):\n%s", diff)
	}
}

// TestBeforeTheFloor delivers what is older than any stream remembers: it is
// put in from the archive, and the incidents of days ago follow.
func TestBeforeTheFloor(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(7, 7))
	from := noon.Add(-4 * 24 * time.Hour)
	h := w.history(rng, from, from.Add(5*time.Hour))
	late := of("ap-1", h)
	late, known := late[:len(late)-60], late[len(late)-60:]
	w.clock.set(from.Add(5 * time.Hour))
	w.push(of("eu-1", h)...)
	w.push(of("us-1", h)...)
	w.push(known...)
	w.followed()
	w.clock.set(noon)
	recent := w.history(rng, noon.Add(-2*time.Hour), noon)
	w.push(recent...)
	w.followed()
	w.same("before what is late")
	w.c.evaluator.forget(noon) // leaves 26 hours
	w.incidentsAreOutages()
	for _, piece := range newestFirst(rng, late, 150) {
		w.push(piece...)
		w.c.evaluator.forget(noon)
	}
	w.followed()
	w.same("with what is late")
	w.incidentsAreOutages()
	w.archived()

	// The same over a restart, after which only the newest measurements of a
	// stream are remembered.
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	older := w.history(rng, from.Add(-3*time.Hour), from)
	w.run()
	for _, piece := range newestFirst(rng, older, 300) {
		w.push(piece...)
	}
	w.followed()
	w.same("with what is later still, after a restart")
	w.incidentsAreOutages()
}

// awayArchive is an archive whose disk fails after some entries.
type awayArchive struct {
	archiveReader
	asked atomic.Bool
}

func (a *awayArchive) Entries(ctx context.Context, q archive.Query) iter.Seq2[slo.Entry, error] {
	return func(yield func(slo.Entry, error) bool) {
		n := 0
		for e, err := range a.archiveReader.Entries(ctx, q) {
			if n++; n > 5 || !yield(e, err) {
				break
			}
		}
		a.asked.Store(true)
		yield(slo.Entry{}, errors.New("input/output error"))
	}
}

// timed are the figures that come from timelines, without the occurrences,
// which are counted as they come.
func (w *world) timed() []map[string]any {
	w.t.Helper()
	return slices.DeleteFunc(w.objectives(), func(o map[string]any) bool { return o["method"] == "occurrences" })
}

// TestArchiveAway delivers what must be rebuilt while the archive cannot be
// read. The figures stay as they were, no checkpoint is saved that would pass
// the late measurements, also not at the end, and a restart finds them.
func TestArchiveAway(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(8, 8))
	h := w.history(rng, noon.Add(-40*time.Hour), noon.Add(-30*time.Hour))
	w.push(of("eu-1", h)...)
	w.push(of("us-1", h)...)
	late := of("ap-1", h)
	w.push(late[len(late)/2:]...)
	w.push(w.history(rng, noon.Add(-time.Hour), noon)...)
	w.followed()
	w.c.evaluator.forget(noon)
	if err := w.c.evaluator.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	saved := w.c.evaluator.saved.Load()
	before := w.timed()

	away := &awayArchive{archiveReader: w.c.evaluator.archive}
	w.c.evaluator.mu.Lock()
	w.c.evaluator.archive = away
	w.c.evaluator.mu.Unlock()
	w.push(late[:len(late)/2]...)
	w.until("the archive is asked", away.asked.Load)
	w.until("the late measurements wait to be rebuilt", func() bool {
		w.c.evaluator.mu.Lock()
		defer w.c.evaluator.mu.Unlock()
		return len(w.c.evaluator.due.rebuild) > 0
	})
	if err := w.c.evaluator.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if next := w.c.evaluator.saved.Load(); next != saved {
		t.Errorf("a checkpoint passed what must be rebuilt: %d, was %d", next, saved)
	}
	if diff := gocmp.Diff(before, w.timed()); diff != "" {
		t.Errorf("figures changed while the archive was away:\n%s", diff)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	w.same("after a restart")
	w.incidentsAreOutages()
}

// TestOldOutageDisproved has late measurements take back an outage of three
// days ago, which is no longer in the evaluator's memory.
func TestOldOutageDisproved(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	at := noon.Add(-72 * time.Hour)
	w.clock.set(at.Add(10 * time.Minute))
	w.run()
	for k, outcome := range []slo.State{slo.Up, slo.Down, slo.Down, slo.Up} {
		w.push(w.measure("eu-1", "eu", "db", at.Add(time.Duration(k)*time.Minute), outcome))
	}
	w.followed()
	if n := len(w.recorded()); n != 2 { // of shop and of store
		t.Fatalf("%d incidents: %v", n, w.recorded())
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.clock.set(noon)
	w.run()
	for k := range 4 {
		for _, s := range sites[1:] {
			w.push(w.measure(s.agent, s.location, "db", at.Add(time.Duration(k)*time.Minute), slo.Up))
		}
	}
	w.followed()
	w.same("with what disproves it")
	if got := w.recorded(); len(got) != 0 {
		t.Errorf("outages that were disproved are still on record: %v", got)
	}
	for _, i := range w.incidents() {
		if i["state"] != "resolved" {
			t.Errorf("incident %v", i)
		}
	}
}
