package collector

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// work does something to an incident through the API and returns the status,
// and the incident or the error's code.
func (w *world) work(id, what, body string) (int, map[string]any) {
	w.t.Helper()
	resp, err := http.Post("http://"+w.c.Addr()+"/api/v1/incidents/"+id+"/"+what, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		w.t.Fatalf("%s: %v: %s", what, err, b)
	}
	if e, ok := got["error"].(map[string]any); ok {
		return resp.StatusCode, e
	}
	return resp.StatusCode, got
}

// TestWorkOnIncidents leads two incidents of one database through their lives,
// and finds all of it in the ledger.
func TestWorkOnIncidents(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	const part, whole = "shop-20261015T115900.000Z", "store-20261015T115900.000Z"
	up := func() {
		w.clock.advance(time.Minute)
		w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Up))
		w.followed()
	}
	for _, s := range []struct {
		id, what, body string
		code           int
		want           string // the stage, or the error's code
		before         func()
	}{
		{whole, "acknowledge", "", 200, "acknowledged", nil},
		{whole, "assign", `{"to": "bob"}`, 200, "acknowledged", nil},
		{whole, "assign", `{"whom": "bob"}`, 400, "bad_request", nil},
		{whole, "respond", "", 200, "responded", nil},
		{whole, "resolve", `{"code": "fixed", "cause": "a disk was full"}`, 409, "still_down", nil},
		{whole, "link", `{"kind": "problem", "id": "PRB-7"}`, 200, "responded", nil},
		{whole, "link", `{"kind": "mood", "id": "bad"}`, 400, "bad_value", nil},
		{part, "merge", `{"into": "` + part + `"}`, 409, "itself", nil},
		{part, "merge", `{"into": "nothing"}`, 404, "not_found", nil},
		{part, "merge", `{"into": "` + whole + `", "text": "the same database"}`, 200, "detected", nil},
		{part, "acknowledge", "", 409, "part_of", nil},
		{whole, "close", "", 409, "not_resolved", nil},
		{whole, "close", "", 409, "not_resolved", up}, // it is held
		{whole, "resolve", `{"code": "fixed", "cause": "a disk was full"}`, 200, "resolved", nil},
		{whole, "close", `{"text": "done"}`, 200, "closed", nil},
		{whole, "events/1/undo", "", 409, "not_undoable", nil},
		{whole, "events/99/undo", "", 409, "no_such_event", nil},
		{whole, "events/x/undo", "", 400, "bad_request", nil},
		{part, "split", "", 200, "detected", nil},
		{part, "split", "", 200, "detected", nil},
		{whole, "reopen", `{"text": "too early"}`, 200, "restored", nil},
	} {
		if s.before != nil {
			s.before()
		}
		w.clock.advance(time.Second)
		code, got := w.work(s.id, s.what, s.body)
		said := got["stage"]
		if code >= 400 {
			said = got["code"]
		}
		if code != s.code || said != s.want {
			t.Errorf("%s %s of %s: %d %v, want %d %s", s.what, s.body, s.id, code, said, s.code, s.want)
		}
	}
	if code, got := w.work(whole, "events/"+numberOf(t, w, whole, slo.EventReopened)+"/undo", `{"text": "no"}`); code != 200 || got["stage"] != "closed" || got["assignee"] != "bob" {
		t.Errorf("undo: %d %v", code, got)
	}
	up() // what is in memory does not undo what people did
	if i, err := w.c.store.Incident(t.Context(), whole); err != nil || i.Stage() != slo.Closed || i.AckedBy != "local" {
		t.Errorf("%+v, %v", i, err)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v)
	}
}

// numberOf is the number of the latest event of a kind.
func numberOf(t *testing.T, w *world, id string, kind slo.EventKind) string {
	t.Helper()
	i, err := w.c.store.Incident(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	n := ""
	for _, e := range i.Events {
		if e.Kind == kind {
			b, _ := json.Marshal(e.N)
			n = string(b)
		}
	}
	return n
}

// find waits for an incident of a trigger that is at a stage.
func (w *world) find(trigger slo.Trigger, stage slo.Stage) slo.Incident {
	w.t.Helper()
	var found slo.Incident
	w.until(fmt.Sprintf("an incident of %s is %s", trigger, stage), func() bool {
		w.c.alerts.soon()
		list, err := w.c.store.Incidents(w.t.Context(), sqlstore.IncidentFilter{Trigger: trigger})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, i := range list {
			if i.Stage() == stage {
				found = i
				return true
			}
		}
		return false
	})
	return found
}

// TestIncidentsOfConditions opens incidents of what is no downtime: a silent
// agent has its own, a budget that is used has one that is part of the outage's
// that used it. After a restart they are the same.
func TestIncidentsOfConditions(t *testing.T) {
	w := newWorld(t, strings.Replace(worldCatalogue, "spec:\n  service: store\n  objectives:\n", "spec:\n  service: store\n  budgetPolicy: [{at: 1, action: incident}]\n  objectives:\n    - {name: time, target: 99.9, window: month}\n", 1))
	w.run()
	w.allSay("db", noon-180_000, slo.Down)
	w.followed()
	outage := w.find(slo.ServiceDown, slo.Detected)
	used := w.find(slo.BudgetUsed, slo.Detected)
	if !strings.HasPrefix(used.Work.Parent, "store-") || used.Service != "store" || used.Key != "budget_used/store/time/1" || used.Agreements[0] != "store" {
		t.Errorf("%+v", used)
	}
	joined := func(e slo.IncidentEvent) bool { return e.Kind == slo.EventJoined && e.Value == used.ID }
	if i, err := w.c.store.Incident(t.Context(), used.Work.Parent); err != nil || !slices.ContainsFunc(i.Events, joined) {
		t.Errorf("%+v, %v", i, err)
	}
	if outage.Key != "" {
		t.Errorf("%+v", outage)
	}
	w.clock.advance(5 * time.Minute) // nothing is heard of any agent
	silent := w.find(slo.AgentSilent, slo.Detected)
	if silent.Service != "" || !strings.Contains(silent.Summary, "is silent since") {
		t.Errorf("%+v", silent)
	}
	count := func() (n int) {
		for _, trigger := range []slo.Trigger{slo.AgentSilent, slo.BudgetUsed} {
			list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: trigger})
			if err != nil {
				t.Fatal(err)
			}
			n += len(list)
		}
		return n
	}
	before := len(sites) + 1
	w.until("every agent is silent", func() bool { return count() == before })
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.allSay("db", w.clock.now()-1, slo.Up)
	w.find(slo.AgentSilent, slo.Restored)
	if after := count(); after != before {
		t.Errorf("%d incidents of conditions, and %d after a restart", before, after)
	}
	for range slo.DefaultIncidentPolicy().Hold/time.Minute + 1 { // no agent is silent between
		w.clock.advance(time.Minute)
		w.allSay("db", w.clock.now()-1, slo.Up)
	}
	w.find(slo.AgentSilent, slo.Resolved)
}
