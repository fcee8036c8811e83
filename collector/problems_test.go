package collector

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// fails takes the database down for two minutes, and waits until that is told.
func (w *world) fails() {
	w.t.Helper()
	w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Down))
	w.followed()
	w.clock.advance(2 * time.Minute)
	w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Up))
	w.followed()
	w.clock.advance(time.Hour)
	w.problemsLook()
}

// problemsLook does what happens to problems by itself now.
func (w *world) problemsLook() {
	w.t.Helper()
	if err := w.c.problems.round(w.t.Context(), w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
}

type shownProblem struct {
	ID         string
	Version    int
	State      slo.ProblemState
	Workaround string
	Incidents  []slo.ProblemIncident
	Recurrence struct {
		Verdict                              slo.FixVerdict
		Before, After, SpanBefore, SpanAfter int
	}
}

// TestProblem leads a problem from the third failure of a database over its fix
// to its return, and finds all of it in the ledger.
func TestProblem(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.fails()
	w.fails()
	if list, err := w.c.problems.List(t.Context(), web.ProblemFilter{Limit: 10}); err != nil || len(list) != 0 {
		t.Fatalf("after two failures: %+v, %v", list, err)
	}
	w.fails()
	const id = "PRB-store-20261015T115959.999Z"
	var p shownProblem
	read := func() { t.Helper(); w.asks("GET", "/api/v1/problems/"+id, "", 200, &p) }
	read()
	if p.State != slo.ProblemProposed || len(p.Incidents) != 3 {
		t.Fatalf("%+v", p)
	}
	post := func(path, body string, status int) {
		t.Helper()
		w.asks("POST", "/api/v1/problems/"+id+"/"+path, body, status, &p)
	}
	post("accept", `{"title": "The database goes away"}`, 200)
	post("workaround", `{"text": "Restart it.", "version": "2"}`, 200)
	post("workaround", `{"text": "Wait.", "version": "2"}`, 409)
	post("known-error", ``, 200)
	// The workaround is told of at once, before the incident is the problem's.
	w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Down))
	w.followed()
	open := w.lastingOf("store")
	if list, err := w.c.problems.Of(t.Context(), &open); err != nil || len(list) != 1 || list[0].ID != id || list[0].Has(open.ID) {
		t.Errorf("%+v, %v", list, err)
	}
	if code, page := w.fetch("/incidents/" + open.ID); code != 200 || !strings.Contains(string(page), "Restart it.") {
		t.Errorf("%d: the incident lacks the workaround", code)
	}
	w.fails()
	post("root-cause", `{"text": "A memory leak."}`, 200)
	post("fix", `{"change": "CHG-1"}`, 200)
	if code, table := w.fetch("/api/v1/reports/store/2026-10?format=csv&table=problems"); code != 200 || !strings.Contains(string(table), "The database goes away") {
		t.Errorf("the report has %d %s", code, table)
	}
	w.clock.advance(30 * 24 * time.Hour)
	if read(); p.State != slo.ProblemFixed || p.Recurrence.Verdict != slo.FixHeld || p.Recurrence.Before != 4 || p.Recurrence.After != 0 {
		t.Errorf("%+v", p)
	}
	post("close", `{"text": "Watch memory."}`, 200)
	w.clock.advance(time.Second)
	w.fails()
	if read(); p.State != slo.ProblemClosed || p.Recurrence.Verdict != slo.FixFailed || p.Recurrence.After != 1 {
		t.Errorf("it came back: %+v", p)
	}
	w.fails()
	w.fails()
	if read(); p.State != slo.ProblemOpen || len(p.Incidents) != 7 {
		t.Errorf("it came back thrice: %+v", p)
	}
	w.problemIsKept(id)
}

// lastingOf is the incident of a service that lasts.
func (w *world) lastingOf(service string) slo.Incident {
	w.t.Helper()
	list, err := incidentList{store: w.c.store, lasting: w.c.lasting}.List(w.t.Context(), web.IncidentFilter{Service: service, State: web.OpenIncident, Limit: 1})
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%+v, %v", list, err)
	}
	return list[0]
}

// problemIsKept finds a problem after a restart, with its entries.
func (w *world) problemIsKept(id string) {
	w.t.Helper()
	before, err := w.c.store.Problem(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		w.t.Errorf("%+v", v)
	}
	w.stop()
	w.run()
	w.problemsLook()
	after, err := w.c.store.Problem(w.t.Context(), id)
	if err != nil || after.Version() != before.Version() {
		w.t.Errorf("%d events, %d after a restart: %v", before.Version(), after.Version(), err)
	}
	var acts []slo.ProblemAct
	for _, r := range w.rows(ledger.KindProblem) {
		e, err := ledger.Decode(r.Record)
		if err != nil {
			w.t.Fatal(err)
		}
		if b := e.Body.(*ledger.ProblemWork); b.Problem == id {
			acts = append(acts, b.Act)
		}
	}
	if len(acts) != after.Version() || !slices.Contains(acts, slo.ReopenProblem) || acts[0] != slo.ProposeProblem {
		w.t.Errorf("the ledger has %v", acts)
	}
}

// TestOpenProblem opens problems by hand: from an incident once, about a
// service, and none from an incident that another problem has.
func TestOpenProblem(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.fails()
	w.fails()
	const first, second = "store-20261015T115959.999Z", "store-20261015T130159.999Z"
	var p shownProblem
	w.asks("POST", "/api/v1/problems", `{"incident": "`+first+`"}`, 201, &p)
	if p.ID != "PRB-"+first || p.State != slo.ProblemOpen || len(p.Incidents) != 1 {
		t.Errorf("%+v", p)
	}
	w.asks("POST", "/api/v1/problems", `{"incident": "`+first+`"}`, 200, &p)
	w.asks("POST", "/api/v1/problems/"+p.ID+"/link-incident", `{"incident": "nothing"}`, 400, nil)
	w.problemsLook() // the second fails the same way
	w.asks("POST", "/api/v1/problems", `{"incident": "`+second+`"}`, 409, nil)
	w.asks("POST", "/api/v1/problems/"+p.ID+"/unlink-incident", `{"incident": "`+second+`"}`, 200, &p)
	w.problemsLook() // what people took out stays out
	w.asks("POST", "/api/v1/problems", `{"incident": "`+second+`", "title": "Another cause"}`, 201, &p)
	w.asks("POST", "/api/v1/problems", `{"service": "nothing", "title": "x"}`, 400, nil)
	w.asks("POST", "/api/v1/problems", `{"service": "shop", "title": "Slow on Mondays"}`, 201, &p)
	if list, err := w.c.problems.List(context.Background(), web.ProblemFilter{State: web.ActiveProblem, Limit: 9}); err != nil || len(list) != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v)
	}
}
