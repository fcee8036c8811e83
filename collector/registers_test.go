package collector

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// sends sends a body of any type as the person on this machine.
func (w *world) sends(path, kind, body string) (int, string) {
	w.t.Helper()
	resp, err := http.Post("http://"+w.c.Addr()+path, kind, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// itemAnswer is an item as tools read it.
type itemAnswer struct {
	ID       string
	Version  int
	State    string
	Values   map[string]string
	Computed map[string]string
	Events   []slo.RegisterEvent
}

// TestRegistersAPI takes a complaint and a risk through their lives by the API,
// over a restart: every change is in the ledger and in the audit, and what was
// seen before is not changed.
func TestRegistersAPI(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	const api = "/api/v1/registers"
	var customer, again, c, r itemAnswer
	w.asks("POST", api+"/customers", `{"values": {"name": "Acme"}}`, http.StatusCreated, &customer)
	w.asks("POST", api+"/customers", `{"values": {"name": "Acme "}}`, http.StatusOK, &again)
	if again.ID != customer.ID || again.Version != 1 {
		t.Errorf("again: %+v", again)
	}
	w.asks("POST", api+"/complaints", `{"values": {"title": "Slow", "customer": "none", "received": "now"}}`, http.StatusBadRequest, nil)
	w.asks("POST", api+"/complaints", fmt.Sprintf(`{"id": "c-1", "values": {"title": "Slow", "customer": %q, "service": "shop", "received": "2026-10-14"}}`, customer.ID), http.StatusCreated, &c)
	w.asks("POST", api+"/complaints", fmt.Sprintf(`{"id": "c-1", "values": {"title": "Other", "customer": %q, "received": "2026-10-14"}}`, customer.ID), http.StatusConflict, nil)
	at := api + "/complaints/items/c-1"
	w.asks("POST", at, `{"version": 1, "state": "closed"}`, http.StatusConflict, nil)
	w.asks("POST", at, `{"version": 1, "state": "investigating"}`, http.StatusBadRequest, nil)
	w.asks("POST", at, `{"state": "investigating"}`, http.StatusBadRequest, nil)
	w.asks("POST", at, `{"version": 1, "state": "investigating", "values": {"owner": "Ola"}, "text": "on it"}`, http.StatusOK, &c)
	w.asks("POST", at, `{"version": 1, "text": "late"}`, http.StatusConflict, nil)
	w.asks("POST", at, `{"version": 2, "state": "investigating"}`, http.StatusOK, &c)
	if c.Version != 2 || c.State != "investigating" || c.Events[1].Actor != "local" || c.Events[1].Text != "on it" {
		t.Errorf("%+v", c)
	}
	c = itemAnswer{}
	w.asks("POST", at+"/events/2/undo", `{"version": 2, "text": "not mine"}`, http.StatusOK, &c)
	w.asks("POST", at+"/events/2/undo", `{"version": 3}`, http.StatusConflict, nil)
	if c.State != "received" || c.Values["owner"] != "" {
		t.Errorf("%+v", c)
	}
	w.asks("POST", api+"/risks", `{"values": {"title": "Flood", "likelihood": "2", "impact": "5"}}`, http.StatusCreated, &r)
	if r.Computed["level"] != "10" {
		t.Errorf("%+v", r)
	}
	w.asks("POST", api+"/none", `{}`, http.StatusNotFound, nil)
	w.asks("GET", api+"/complaints/items/c-2", "", http.StatusNotFound, nil)
	w.restarted()
	var list struct{ Items []itemAnswer }
	w.asks("GET", api+"/complaints?state=open&q=slow", "", http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].Version != 3 {
		t.Errorf("%+v", list)
	}
	if n := len(w.rows(ledger.KindRegister)); n != 5 {
		t.Errorf("%d entries", n)
	}
	trail, err := w.c.store.AuditTrail(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, a := range trail {
		got[a.Action+" "+a.Object+" "+a.Outcome+" "+a.Reason]++
	}
	for line, n := range map[string]int{
		"register.create customers/" + customer.ID + " allowed ": 1, "register.create complaints/c-1 allowed ": 1, "register.create complaints/c-1 refused other_item": 1,
		"register.change complaints/c-1 allowed ": 1, "register.change complaints/c-1 refused conflict": 1, "register.change complaints/c-1 refused no_such_move": 1,
		"register.undo complaints/c-1 allowed ": 1, "register.undo complaints/c-1 refused undone": 1,
	} {
		if got[line] != n {
			t.Errorf("%q is in the audit %d times, of %v", line, got[line], got)
		}
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}

// restarted ends the collector and begins it anew.
func (w *world) restarted() {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
	w.run()
}

// TestImport imports a file: a dry run and a bad file do nothing, the file does it
// all with one line in the audit, and again it does nothing. What is exported is
// harmless, and imports as it is.
func TestImport(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	const path = "/api/v1/registers/suppliers/csv"
	file := "id,name,contract_ends\nvolt,Volt,2027-01-31\nnet,=Net,\n"
	count := func(want int) {
		t.Helper()
		if n := len(w.rows(ledger.KindRegister)); n != want {
			t.Errorf("%d entries, want %d", n, want)
		}
	}
	if status, body := w.sends(path+"?dry_run=true", "text/csv", file); status != 200 || !strings.Contains(body, `"created": 2`) || !strings.Contains(body, `"done": false`) {
		t.Errorf("%d %s", status, body)
	}
	count(0)
	status, body := w.sends(path, "text/csv", file+"net,Net,yesterday\n,,\n")
	if status != 400 || !strings.Contains(body, `"line": 4`) || !strings.Contains(body, `"line": 5`) || !strings.Contains(body, `"bad_file"`) {
		t.Errorf("%d %s", status, body)
	}
	count(0)
	for range 2 {
		if status, body := w.sends(path, "text/csv", file); status != 200 || !strings.Contains(body, `"done": true`) {
			t.Errorf("%d %s", status, body)
		}
		count(2)
	}
	if status, _ := w.sends(path, "application/json", "{}"); status != http.StatusUnsupportedMediaType {
		t.Errorf("%d", status)
	}
	if status, _ := w.sends(path, "text/csv", strings.Repeat("x", 5<<20)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", status)
	}
	resp, err := http.Get("http://" + w.c.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	exported, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(exported), "net,active,'=Net,") {
		t.Errorf("%s", exported)
	}
	if status, body := w.sends(path, "text/csv", string(exported)); status != 200 || !strings.Contains(body, `"unchanged": 2`) {
		t.Errorf("%d %s", status, body)
	}
	trail, err := w.c.store.AuditTrail(t.Context(), 0, 100)
	if err != nil || len(trail) != 3 { // what was done, and what was refused, the file that is too large among it
		t.Errorf("%v %+v", err, trail)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}

// TestRegistersVerified: verify finds what was changed of items.
func TestRegistersVerified(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.asks("POST", "/api/v1/registers/customers", `{"id": "acme", "values": {"name": "Acme"}}`, http.StatusCreated, nil)
	w.asks("POST", "/api/v1/registers/customers/items/acme", `{"version": 1, "state": "former"}`, http.StatusOK, nil)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, want string }{
		{`update register_events set event = replace(event, 'Acme', 'Zeta') where n = 1`, "was changed"},
		{`update register_items set state = 'active'`, "how the item acme"},
		{`update register_items set fields = '{"name":"Zeta"}'`, "how the item acme"},
		{`delete from register_events where n = 2`, "not in the records"},
		{`insert into register_events select cell, register, item, 3, act, event, 1 from register_events where n = 2`, "has no entry"},
		{`delete from register_items`, "not in the records"},
	} {
		data := t.TempDir()
		if err := os.CopyFS(data, os.DirFS(w.config.Data)); err != nil {
			t.Fatal(err)
		}
		onRecords(t, data, func(db *sql.DB) error { _, err := db.Exec(c.sql); return err })
		verdict, err := VerifyData(t.Context(), data, VerifyOptions{})
		if err != nil || verdict.OK() || !strings.Contains(fmt.Sprint(verdict.Problems), c.want) {
			t.Errorf("%s: %v, %v", c.sql, err, verdict)
		}
	}
}

// Of several who change an item at the same time, each having seen the same, one
// does.
func TestTwoChange(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.asks("POST", "/api/v1/registers/customers", `{"id": "acme", "values": {"name": "Acme"}}`, http.StatusCreated, nil)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for k := range errs {
		all.Go(func() {
			c := slo.RegisterChange{Register: "customers", ID: "acme", Version: 1, Text: fmt.Sprint(k)}
			_, _, errs[k] = w.c.registers.Change(t.Context(), c, w.by("ada", "register.change"))
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		var problems slo.RegisterProblems
		switch {
		case err == nil:
			done++
		case !errors.As(err, &problems) || problems[0].Reason != slo.ItemConflict:
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d changed it", done)
	}
}

// TestPrivateRegister: who only looks sees no addresses of people.
func TestPrivateRegister(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	viewer, secret := token(t, "vera", auth.Viewer)
	w.config.Tokens = w.write("tokens.yaml", viewer)
	w.run()
	for path, want := range map[string]int{"": 200, "/customers": 200, "/contacts": 403, "/contacts/csv": 403, "/contacts/items/x": 403, "/risks/candidates": 200, "/reviews/inputs": 200, "/services": 200} {
		if status, body := w.call("GET", "/api/v1/registers"+path, secret, ""); status != want {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}
}

// TestCandidatesOfFigures: the figures propose risks and actions, and what is
// taken up is proposed no more.
func TestCandidatesOfFigures(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-7_200_000, slo.Down), w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	var got struct{ Candidates []slo.RegisterCandidate }
	w.asks("GET", "/api/v1/registers/risks/candidates", "", http.StatusOK, &got)
	if len(got.Candidates) != 1 || got.Candidates[0].Reason != slo.CandidateProbe || got.Candidates[0].Subject != "db" || got.Candidates[0].Count != 2 {
		t.Fatalf("%+v", got)
	}
	w.asks("POST", "/api/v1/registers/risks", fmt.Sprintf(`{"id": %q, "values": {"title": "One database"}}`, got.Candidates[0].ID), http.StatusCreated, nil)
	w.asks("GET", "/api/v1/registers/risks/candidates", "", http.StatusOK, &got)
	if len(got.Candidates) != 0 {
		t.Errorf("%+v", got)
	}
}
