package collector

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

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
	list := w.incidents()
	if len(list) != 2 {
		t.Fatalf("%d incidents", len(list))
	}
	part, whole := list[0]["id"].(string), list[1]["id"].(string) // of shop and of store
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
		{whole, "close", "", 409, "no_resolution", up},
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
