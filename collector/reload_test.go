package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// without is the world's catalogue without the documents that hold any of the
// texts.
func without(texts ...string) string {
	var kept []string
	for _, doc := range strings.Split(worldCatalogue, "\n---\n") {
		drop := false
		for _, text := range texts {
			drop = drop || strings.Contains(doc, text)
		}
		if !drop {
			kept = append(kept, doc)
		}
	}
	return strings.Join(kept, "\n---\n")
}

// reload asks for a reload and returns the status of the answer.
func (w *world) reload(catalogue string) int {
	w.t.Helper()
	w.write("catalogue/catalogue.yaml", catalogue)
	resp, err := http.Post("http://"+w.c.Addr()+"/-/reload", "application/json", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode
}

// TestReload changes the catalogue under a collector that has measurements:
// each change gives the figures that a collector would have that began with
// it.
func TestReload(t *testing.T) {
	w := newWorld(t, without("name: db}", "'all(web, db)'", "up: db", "service: shop", "service: store", "[shop]"))
	// The agents know of more than this catalogue: db is measured already.
	w.run()
	rng := rand.New(rand.NewPCG(9, 9))
	w.push(w.history(rng, noon.Add(-5*time.Hour), noon)...)
	w.followed()
	if got := w.objectives(); len(got) != 0 {
		t.Fatalf("objectives of an empty catalogue: %v", got)
	}
	steps := []struct{ name, catalogue string }{
		{"new probe, services and agreements", worldCatalogue},
		{"another hold", strings.ReplaceAll(worldCatalogue, "hold: 3m", "hold: 90s")},
		{"another confirmation", strings.ReplaceAll(worldCatalogue, "confirm: 2", "confirm: 1")},
		{"another quorum", strings.ReplaceAll(worldCatalogue, "from: [eu, us, ap]", "from: [eu, us], quorum: any")},
		{"another expression", strings.ReplaceAll(worldCatalogue, "'all(web, db)'", "'any(web, db)'")},
		{"other terms", strings.ReplaceAll(worldCatalogue, "minimumOutage: 3m", "unknown: down\n  minimumOutage: 8m")},
		{"counted in other places", strings.ReplaceAll(worldCatalogue, "hold: 3m", "hold: 3m, locations: {from: [eu]}")},
		{"without a service", without("name: store}", "service: store")},
		{"and with it again", worldCatalogue},
	}
	for _, s := range steps {
		if code := w.reload(s.catalogue); code != http.StatusOK {
			t.Fatalf("%s: reload answered %d", s.name, code)
		}
		w.followed()
		w.same(s.name)
		w.incidentsAreOutages()
	}
	w.push(w.measure("eu-1", "eu", "web", noon-1, slo.Up))
	w.followed()
	w.same("with what came after the reloads")
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.write("catalogue/catalogue.yaml", strings.ReplaceAll(worldCatalogue, "confirm: 2", "confirm: 3"))
	w.run()
	w.followed()
	w.same("restarted with another catalogue")
	w.incidentsAreOutages()
}

// TestReloadKeepsOld refuses what cannot be taken, in all its parts: figures,
// assignment and credentials stay, and the error is shown until a reload
// succeeds.
func TestReloadKeepsOld(t *testing.T) {
	line, secret, err := auth.TokenLine("eu-1", auth.Viewer, "")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := auth.TokenLine("eu-1", auth.Viewer, "")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, worldCatalogue)
	w.config.Agents.Tokens = w.write("agents.yaml", line)
	w.run()
	send := func(at slo.Instant) int {
		r := w.measure("eu-1", "eu", "db", at, slo.Up)
		code, _ := w.post(r.Agent, encode(t, r), secret)
		if code == http.StatusOK {
			w.said = append(w.said, r)
		}
		return code
	}
	if code := send(noon - 5000); code != http.StatusOK {
		t.Fatalf("push: %d", code)
	}
	w.followed()
	before, revision := w.objectives(), w.c.catalog.current().Revision

	refused := func(what string, code int, problem string) {
		t.Helper()
		if code != http.StatusUnprocessableEntity {
			t.Errorf("%s: reload answered %d", what, code)
		}
		st := w.c.Status()
		if st.Revision != revision || st.Refused == 0 || !strings.Contains(strings.Join(st.Problems, "\n"), problem) {
			t.Errorf("%s: status %+v", what, st)
		}
		if diff := gocmp.Diff(before, w.objectives()); diff != "" {
			t.Errorf("%s: figures changed:\n%s", what, diff)
		}
		if code := send(noon - 5000); code != http.StatusOK {
			t.Errorf("%s: the token in force is answered %d", what, code)
		}
		w.followed()
		before = w.objectives()
	}
	w.write("agents.yaml", other) // must not come into force with what follows
	refused("an error in the catalogue", w.reload(strings.Replace(worldCatalogue, "target: 99.5", "target: 101", 1)), "catalogue.yaml:")

	broken := errors.New("input/output error")
	w.c.evaluator.mu.Lock()
	archive := w.c.evaluator.archive
	w.c.evaluator.archive = brokenArchive{archive, broken}
	w.c.evaluator.mu.Unlock()
	refused("the archive cannot be read", w.reload(strings.ReplaceAll(worldCatalogue, "hold: 3m", "hold: 4m")), broken.Error())
	w.c.evaluator.mu.Lock()
	w.c.evaluator.archive = archive
	w.c.evaluator.mu.Unlock()

	w.write("agents.yaml", "- {name: eu-1, sha256: short, role: viewer}\n")
	refused("an error in the tokens", w.reload(worldCatalogue), "agents.yaml")

	w.write("agents.yaml", other)
	if code := w.reload(worldCatalogue); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	if st := w.c.Status(); st.Refused != 0 || len(st.Problems) != 0 {
		t.Errorf("the refusal is still shown: %+v", st)
	}
	if code := send(noon - 4000); code != http.StatusForbidden {
		t.Errorf("the old token is answered %d after the reload", code)
	}
}

type brokenArchive struct {
	archiveReader
	err error
}

func (b brokenArchive) CatchUp(context.Context, uint64) error { return b.err }

// TestReloadWakesAgents has an agent wait for another assignment: a change of
// what it runs wakes it, one elsewhere in the catalogue does not.
func TestReloadWakesAgents(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	first := w.assignment("")
	if len(first.Probes) != 2 || first.Revision == "" || first.Catalogue != w.c.catalog.current().Revision {
		t.Fatalf("assignment %+v", first)
	}
	next := make(chan push.Assignment, 1)
	var waits atomic.Bool
	go func() {
		waits.Store(true)
		next <- w.assignment(first.Revision)
	}()
	w.until("the agent waits", waits.Load)
	if code := w.reload(strings.Replace(worldCatalogue, "target: 99.5", "target: 99.6", 1)); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	if again := w.assignment(""); again.Revision != first.Revision || again.Catalogue == first.Catalogue {
		t.Errorf("a change elsewhere makes the assignment %+v of %+v", again, first)
	}
	select {
	case a := <-next:
		t.Fatalf("a change elsewhere woke the agent with %+v", a)
	default:
	}
	if code := w.reload(strings.Replace(worldCatalogue, "db.example:5432", "db2.example:5432", 1)); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	if a := <-next; a.Revision == first.Revision || len(a.Probes) != 2 {
		t.Errorf("the agent was woken with %+v", a)
	}
}

// assignment asks for what eu-1 is to run, and waits while it is of the
// revision given.
func (w *world) assignment(revision string) push.Assignment {
	resp, err := http.Get(fmt.Sprintf("http://%s%s?agent=eu-1&location=eu&revision=%s", w.c.AgentsAddr(), push.AssignmentPath, revision))
	if err != nil {
		w.t.Error(err)
		return push.Assignment{}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	var a push.Assignment
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("assignment: %s %s", resp.Status, b)
	}
	if err == nil {
		err = a.UnmarshalJSON(b)
	}
	if err != nil {
		w.t.Error(err)
	}
	return a
}

// TestReloadWithoutService takes a service out of the catalogue while it is
// down: its incident does not stay open for ever, and is the same one when the
// service comes back and is still down.
func TestReloadWithoutService(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-90_000, slo.Up), w.measure("eu-1", "eu", "db", noon-30_000, slo.Down))
	w.followed()
	if got := w.recorded(); len(got) != 2 {
		t.Fatalf("incidents: %v", got)
	}
	w.clock.advance(time.Minute)
	if code := w.reload(without("name: store}", "service: store")); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	states := map[any]any{}
	for _, i := range w.incidents() {
		states[i["service"]] = i["state"]
	}
	if diff := gocmp.Diff(map[any]any{"shop": "open", "store": "resolved"}, states); diff != "" {
		t.Errorf("incidents without the service:\n%s", diff)
	}
	if code := w.reload(worldCatalogue); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.incidentsAreOutages()
	if n := len(w.incidents()); n != 2 {
		t.Errorf("%d incidents, want the same 2", n)
	}
}

// TestReloadLabels gives the series of a probe the target of the catalogue in
// force.
func TestReloadLabels(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	if _, instance, ok := w.c.target("db"); !ok || instance != "db.example:5432" {
		t.Errorf("target %q", instance)
	}
	w.reload(without("name: db}", "'all(web, db)'", "up: db", "service: shop", "service: store", "[shop]"))
	if _, _, ok := w.c.target("db"); ok {
		t.Error("a probe that was removed has a target")
	}
}

// TestBoundToken: an agent whose token has a location speaks for no other, by
// none of its requests, and a reload changes which.
func TestBoundToken(t *testing.T) {
	line, secret, err := auth.TokenLine("eu-1", auth.Viewer, "eu")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, worldCatalogue)
	w.config.Agents.Tokens = w.write("agents.yaml", line)
	w.run()
	ask := func(location string) int {
		req := httptest.NewRequest(http.MethodGet, push.AssignmentPath+"?agent=eu-1&location="+location, nil)
		req.Header.Set("Authorization", "Bearer "+secret)
		rec := httptest.NewRecorder()
		w.c.handler.ServeHTTP(rec, req)
		return rec.Code
	}
	for location, want := range map[string]int{"eu": http.StatusOK, "us": http.StatusForbidden} {
		if code := ask(location); code != want {
			t.Errorf("the assignment of %s: %d, want %d", location, code, want)
		}
	}
	code, reply := w.post("eu-1", encode(t, w.measure("eu-1", "us", "db", noon-5000, slo.Down)), secret)
	if code != http.StatusOK || len(reply.Rejected) != 1 {
		t.Errorf("a measurement of another location: %d %+v", code, reply)
	}
	w.followed()
	w.same("after what was not taken")
	w.write("agents.yaml", strings.ReplaceAll(line, `"eu"`, `"us"`))
	if err := w.c.Reload(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string]int{"eu": http.StatusForbidden, "us": http.StatusOK} {
		if code := ask(location); code != want {
			t.Errorf("the assignment of %s after a reload: %d, want %d", location, code, want)
		}
	}
}

// TestReloadBySignal is on record as what somebody on the machine did, also
// where it is refused.
func TestReloadBySignal(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	if err := w.c.ReloadAsked(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.write("catalogue/bad.yaml", "apiVersion: assay/v1\nkind: Probe\nmetadata: {name: x}\nspec: {every: soon}\n")
	if err := w.c.ReloadAsked(t.Context()); err == nil || !strings.Contains(err.Error(), "bad.yaml:4") {
		t.Errorf("error %v", err)
	}
	trail, err := w.c.store.AuditTrail(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range trail {
		got = append(got, strings.Join([]string{e.Actor, e.Means, e.Action, e.Object, e.Outcome, e.Reason}, " "))
	}
	want := []string{
		"local local catalogue.reload SIGHUP failed reload_refused", "local local catalogue.reload SIGHUP allowed ",
		"local local catalogue.reload SIGHUP allowed ",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
