package collector

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// TestRestart stops a collector and starts it again: all that it shows is as
// it was, and what comes then is evaluated on top of it.
func TestRestart(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(3, 3))
	h := w.history(rng, noon.Add(-6*time.Hour), noon)
	half := len(h) / 2
	w.push(h[:half]...)
	w.followed()
	var before []map[string]any
	w.until("incidents are ranked", func() bool { // in the background
		before = w.incidents()
		return !slices.ContainsFunc(before, func(i map[string]any) bool { return i["priority"] == nil && i["parent"] == "" })
	})
	if len(before) == 0 {
		t.Fatal("the history has no outage")
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	w.same("after a restart")
	if diff := gocmp.Diff(before, w.incidents()); diff != "" {
		t.Errorf("incidents changed over a restart:\n%s", diff)
	}
	w.push(h...)
	w.followed()
	w.same("after a restart and what came then")
	w.archived()
	if diff := gocmp.Diff(w.stretches(), w.recorded()); diff != "" {
		t.Errorf("incidents are not the outages of a replay (- replay, + records):\n%s", diff)
	}
}

// TestRestartReadsTheJournal starts over a checkpoint that is older than the
// incidents on record, and over none: reading the same entries again, in
// whatever pieces, leaves the incidents as they are.
func TestRestartReadsTheJournal(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(4, 4))
	for _, piece := range inPieces(rng, w.history(rng, noon.Add(-3*time.Hour), noon), 50) {
		w.clock.set(max(w.clock.now()-1, newest(piece)) + 1)
		if _, err := w.c.journal.Append([]byte("no entry")); err != nil { // at which a follower's batch ends
			t.Fatal(err)
		}
		w.push(piece...)
	}
	w.clock.set(noon)
	w.followed()
	before := w.incidents()
	killed := w.killed()
	killed.clock.advance(time.Hour)
	killed.run()
	killed.followed()
	if diff := gocmp.Diff(before, killed.incidents()); diff != "" {
		t.Errorf("incidents changed when the journal was read again:\n%s", diff)
	}
	killed.same("after the journal was read again")
}

func newest(records []slo.Record) slo.Instant {
	var at slo.Instant
	for _, r := range records {
		at = max(at, r.Measurement.At)
	}
	return at
}

// TestKilled copies the data folder at random moments under load, which is
// what a power cut leaves, and goes on from each copy: every measurement that
// was acknowledged is there, none counts twice, and the agents' sending all of
// it again completes it.
func TestKilled(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(5, 5))
	h := w.history(rng, noon.Add(-6*time.Hour), noon)
	var (
		load   sync.WaitGroup
		pushed atomic.Int64
	)
	for _, s := range sites {
		pieces := newestFirst(rng, of(s.agent, h), 40)
		load.Go(func() {
			for _, p := range pieces {
				w.push(p...)
				pushed.Add(1)
			}
		})
	}
	done := make(chan struct{})
	go func() { load.Wait(); close(done) }()
	var copies []*world
	var wait int64
	for len(copies) < 4 {
		wait += 1 + rng.Int64N(12)
		w.until("pushes go on", func() bool {
			select {
			case <-done:
				return true
			default:
				return pushed.Load() >= wait
			}
		})
		if rng.IntN(2) == 0 {
			if err := w.c.evaluator.checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		copies = append(copies, w.killed())
	}
	<-done
	for _, k := range copies {
		k.afterKill(h)
	}
}

// afterKill goes on from a copy of a folder. The said are those that were
// acknowledged before it was made.
func (w *world) afterKill(all []slo.Record) {
	w.t.Helper()
	w.run()
	before := w.c.journal.Next()
	if len(w.said) > 0 {
		w.push(slices.Clone(w.said)...)
	}
	if after := w.c.journal.Next(); after != before {
		w.t.Errorf("%d of %d acknowledged measurements were lost or journalled twice", after-before, len(w.said)/2)
	}
	w.push(all...)
	w.followed()
	w.same("after a kill")
	w.archived()
	if diff := gocmp.Diff(w.stretches(), w.recorded()); diff != "" {
		w.t.Errorf("incidents are not the outages of a replay (- replay, + records):\n%s", diff)
	}
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
}

// killed is a world over a copy of the data folder as it is now, while the
// collector runs on, with what was acknowledged until now.
func (w *world) killed() *world {
	w.t.Helper()
	w.mu.Lock()
	said := slices.Clone(w.said)
	w.mu.Unlock()
	k := newWorld(w.t, worldCatalogue)
	k.said = said
	from, to := w.config.Data, k.config.Data
	w.copyRecords(from, to)
	// A manifest is replaced at each commit; what it names is there when it is
	// the same before and after.
	w.until("the archive is still for a moment", func() bool {
		head := filepath.Join(from, "archive", "manifest.json")
		before, err := os.ReadFile(head)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(to, "archive")); err != nil {
			w.t.Fatal(err)
		}
		copyTree(w.t, filepath.Join(from, "archive"), filepath.Join(to, "archive"))
		after, err := os.ReadFile(head)
		return err == nil && bytes.Equal(before, after)
	})
	copyTree(w.t, filepath.Join(from, "series"), filepath.Join(to, "series"))
	// The journal last: it is ahead of everything that follows it.
	copyTree(w.t, filepath.Join(from, "journal"), filepath.Join(to, "journal"))
	return k
}

// copyRecords copies the database between two of its transactions.
func (w *world) copyRecords(from, to string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(from, "records.db")+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer tx.Rollback()
	for _, name := range []string{"records.db", "records.db-wal"} {
		copyFile(w.t, filepath.Join(from, name), filepath.Join(to, name))
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err == nil && !d.IsDir() {
			copyFile(t, path, filepath.Join(to, rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return // gone since it was listed
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAlertsOverRestart stops a collector while a service is down and another
// has just come up: what ended while it was away is told resolved, and what
// lasts keeps its beginning.
func TestAlertsOverRestart(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	down := func(probe string, at slo.Instant) {
		for _, s := range sites {
			w.push(w.measure(s.agent, s.location, probe, at, slo.Down))
		}
	}
	down("web", now-120_000)
	down("web", now-60_000)
	down("db", now-60_000)
	shop, store := am.firing(w, "ServiceDown", "shop"), am.firing(w, "ServiceDown", "store")
	w.until("the alerts are saved", func() bool {
		b, err := w.c.store.Get(t.Context(), alertsKey)
		return err == nil && bytes.Count(b, []byte("ServiceDown")) == 2
	})
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	// While it is away db comes up; the agents have that in their queues and
	// push it as soon as it is back, before its alerts are computed.
	w.clock.advance(2 * time.Minute)
	w.c = w.open()
	for _, s := range sites {
		r := w.measure(s.agent, s.location, "db", now+60_000, slo.Up)
		pushBody(t, w.c.handler, r.Agent, encode(t, r))
		w.said = append(w.said, r)
	}
	am.forget()
	w.start()
	ended := am.resolved(w, "ServiceDown", "store")
	if ended.StartsAt != store.StartsAt {
		t.Errorf("it was resolved as %+v and fired as %+v", ended, store)
	}
	again := am.firing(w, "ServiceDown", "shop")
	if again.StartsAt != shop.StartsAt {
		t.Errorf("what lasts began at %s and begins at %s after the restart", shop.StartsAt, again.StartsAt)
	}
}

// TestJournalVanished removes the journal of a stopped collector: what was
// archived is there, and the start says that what came after is not.
func TestJournalVanished(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-5000, slo.Up))
	w.followed()
	w.archived()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.config.Data, "journal")); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	w.same("without the journal")
	if !strings.Contains(w.log.String(), "the journal's files are gone") {
		t.Error("nothing was said of the journal")
	}
}
