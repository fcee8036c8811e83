package collector

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// changing is a world with a token for each role.
func changing(t *testing.T, catalogue string) (*world, map[string]string) {
	t.Helper()
	w := newWorld(t, catalogue)
	secrets, lines := map[string]string{}, ""
	for name, role := range map[string]auth.Role{"vera": auth.Viewer, "ci": auth.Operator} {
		line, secret := token(t, name, role)
		secrets[name], lines = secret, lines+line
	}
	w.config.Tokens = w.write("tokens.yaml", lines)
	w.run()
	return w, secrets
}

// TestChangesAPI tells of changes as a pipeline does, and finds all of it in the
// audit and in the ledger, which verifies.
func TestChangesAPI(t *testing.T) {
	w, secrets := changing(t, worldCatalogue)
	const path = "/api/v1/changes"
	expect := func(who, method, path, body string, status int, code string) map[string]any {
		t.Helper()
		got, answer := w.call(method, path, secrets[who], body)
		e, _ := answer["error"].(map[string]any)
		if got != status || code != "" && e["code"] != code {
			t.Errorf("%s %s %s by %s: %d %v, want %d %s", method, path, body, who, got, answer, status, code)
		}
		return answer
	}
	body := `{"key": "ci/17", "kind": "release", "service": "store", "summary": "store\u202e 1.4\n<script>", "link": "https://ci.example/17"}`
	expect("vera", "POST", path, body, 403, "forbidden")
	expect("ci", "POST", path, strings.Replace(body, "store", "none", 1), 400, "unknown_service")
	lacks := expect("ci", "POST", path, strings.Replace(body, `"service": "store"`, `"services": ["shop", "none", "store", "nil\u202e"]`, 1), 400, "unknown_service")
	if message := lacks["error"].(map[string]any)["message"]; message != "services: the catalogue lacks nil, none" {
		t.Errorf("%q", message)
	}
	expect("ci", "POST", path, strings.Replace(body, "https", "javascript", 1), 400, "bad_link")
	expect("ci", "POST", path, strings.Replace(body, "1.4", strings.Repeat("x", 201), 1), 400, "bad_summary")
	expect("ci", "POST", path, strings.Replace(body, "}", `, "ticket": 1}`, 1), 400, "bad_request")
	for _, from := range []string{"1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z", "2199-12-31T23:59:59Z"} {
		expect("ci", "POST", path, strings.Replace(body, "}", `, "from": "`+from+`"}`, 1), 400, "far_away")
	}
	expect("ci", "POST", path, strings.Replace(body, "}", `, "to": "1970-01-01T00:00:00Z"}`, 1), 400, "far_away")
	for _, from := range []string{`"2200-01-01T00:00:01Z"`, `"1899-12-31T23:59:59Z"`, `-1`, `NaN`, `"now"`, `""`} {
		expect("ci", "POST", path, strings.Replace(body, "}", `, "from": `+from+`}`, 1), 400, "bad_request")
	}
	made := expect("ci", "POST", path, body, 201, "")
	id, _ := made["id"].(string)
	if made["summary"] != "store 1.4 <script>" || made["by"] != "ci" || made["from"] != made["to"] || made["from"] != made["recorded_at"] || made["during_freeze"] != false {
		t.Fatalf("%v", made)
	}
	w.clock.advance(time.Minute)
	if again := expect("ci", "POST", path, body, 200, ""); again["id"] != id || again["from"] != made["from"] {
		t.Errorf("again: %v", again)
	}
	expect("ci", "POST", path, strings.Replace(body, "1.4", "1.5", 1), 409, "other_change")
	at := path + "/" + id
	expect("vera", "POST", at+"/fail", `{}`, 403, "forbidden")
	expect("ci", "POST", at+"/fail", `{"text": "rolled back"}`, 200, "")
	expect("ci", "POST", at+"/fail", `{"text": "rolled back"}`, 200, "")
	expect("ci", "POST", at+"/reinstate", `{}`, 409, "not_withdrawn")
	expect("ci", "POST", at+"/withdraw", `{}`, 200, "")
	expect("ci", "POST", at+"/succeed", `{}`, 409, "withdrawn")
	expect("ci", "POST", at+"/reinstate", `{}`, 200, "")
	expect("ci", "POST", path+"/c-none/fail", `{}`, 404, "not_found")
	if got := expect("vera", "GET", at, "", 200, ""); got["verdict"] != "fail" || got["withdrawn"] != false || len(got["events"].([]any)) != 3 {
		t.Errorf("%v", got)
	}
	expect("ci", "POST", path, `{"services": ["shop", "store", "shop"], "summary": "disks", "from": "2026-10-14T10:00:00Z", "to": "2026-10-14T11:00:00Z", "major": true}`, 201, "")
	for query, n := range map[string]int{"": 2, "?service=shop": 1, "?service=store&limit=1": 1, "?service=mail": 0, "?offset=2": 0} {
		if got := expect("vera", "GET", path+query, "", 200, ""); len(got["changes"].([]any)) != n {
			t.Errorf("%s: %v", query, got)
		}
	}
	if got := expect("vera", "GET", "/api/v1/freezes", "", 200, ""); got["frozen"] != false {
		t.Errorf("%v", got)
	}
	expect("vera", "GET", "/api/v1/freezes?service=none", "", 404, "not_found")

	lines, err := w.c.store.AuditTrail(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, l := range lines {
		got[strings.TrimSpace(l.Actor+" "+l.Action+" "+l.Outcome+" "+l.Reason)]++
	}
	for want, n := range map[string]int{
		"ci change.record allowed": 2, "ci change.record refused unknown_service": 2, "ci change.record refused other_change": 1, "ci change.fail allowed": 1,
		"ci change.reinstate refused not_withdrawn": 1, "ci change.withdraw allowed": 1, "ci change.succeed refused withdrawn": 1, "ci change.fail failed not_found": 1,
	} {
		if got[want] != n {
			t.Errorf("%q is %d times in the audit, want %d: %v", want, got[want], n, got)
		}
	}
	if n := len(w.rows(ledger.KindChange)); n != 5 {
		t.Errorf("the ledger has %d entries of changes", n)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}

// What is told at the same time under one key is one change.
func TestOneKeyOneChange(t *testing.T) {
	w, secrets := changing(t, worldCatalogue)
	var all sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		all.Go(func() {
			statuses[i], _ = w.call("POST", "/api/v1/changes", secrets["ci"], `{"key": "ci/17", "service": "store", "summary": "store 1.4"}`)
		})
	}
	all.Wait()
	slices.Sort(statuses)
	if statuses[0] != 200 || statuses[6] != 200 || statuses[7] != 201 {
		t.Errorf("%v", statuses)
	}
}

// Whoever edits the records of changes is found out.
func TestForgedChanges(t *testing.T) {
	for name, edit := range map[string]string{
		"a summary": `update changes set record = replace(record, 'store 1.4', 'nothing')`,
		"a service": `update changes set record = replace(record, '"store"', '"shop"')`,
		"a verdict": `update change_events set event = replace(event, 'fail', 'succeed'), act = 'succeed'`,
		"a later verdict": `insert into change_events (cell, change, n, act, event, entry)
			select cell, change, 1, 'succeed', replace(event, 'fail', 'succeed'), entry from change_events`,
		"a lost verdict": `delete from change_events`,
		"a lost change":  `delete from changes`,
		"its services":   `update changes set services = '["shop"]'`,
		"its time":       `update changes set began = 0, ended = 0`,
		"a state":        `update changes set state = 'withdrawn'`,
		"an invented one": `insert into changes (cell, id, began, ended, services, record, state, entry)
			select cell, 'c-2', began, ended, services, record, state, 0 from changes`,
	} {
		t.Run(name, func(t *testing.T) {
			w, secrets := changing(t, worldCatalogue)
			_, made := w.call("POST", "/api/v1/changes", secrets["ci"], `{"service": "store", "summary": "store 1.4"}`)
			w.call("POST", fmt.Sprintf("/api/v1/changes/%s/fail", made["id"]), secrets["ci"], `{}`)
			if err := w.stop(); err != nil {
				t.Fatal(err)
			}
			onRecords(t, w.config.Data, func(db *sql.DB) error {
				_, err := db.ExecContext(t.Context(), edit)
				return err
			})
			if v := w.verify(VerifyOptions{}); v.OK() {
				t.Error("nobody noticed")
			}
		})
	}
}

// A change is a sample in the series where it begins and one where it ends, and
// it is marked while it lasts.
func TestChangesAreMarked(t *testing.T) {
	w, secrets := changing(t, worldCatalogue)
	from := w.clock.now().Add(-10 * time.Minute)
	tell := func(body string) {
		t.Helper()
		if status, got := w.call("POST", "/api/v1/changes", secrets["ci"], body); status != http.StatusCreated {
			t.Fatalf("%d %v", status, got)
		}
	}
	tell(fmt.Sprintf(`{"service": "store", "summary": "done", "from": %q, "to": %q}`, from, from.Add(5*time.Minute)))
	tell(fmt.Sprintf(`{"service": "store", "summary": "under way", "from": %q, "to": %q}`, from, from.Add(time.Hour)))
	for at, n := range map[slo.Instant]int{from: 2, from.Add(5 * time.Minute): 1, from.Add(2 * time.Minute): 0} {
		query := url.Values{"query": {`last_over_time(assay_change_under_way{service="store"}[1s])`}, "time": {at.String()}}
		_, got := w.call("GET", "/prometheus/api/v1/query?"+query.Encode(), secrets["vera"], "")
		if list, _ := got["data"].(map[string]any)["result"].([]any); len(list) != n {
			t.Errorf("at %s there are %v, want %d", at, list, n)
		}
	}
	samples, err := w.c.changes.underWay(t.Context(), w.clock.now())
	if err != nil || len(samples) != 1 || samples[0].Labels["summary"] != "under way" || samples[0].Labels["kind"] != "change" {
		t.Errorf("%+v, %v", samples, err)
	}
}

// frozenCatalogue promises that the store is never down, and freezes changes to
// it with the first that is.
const frozenCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, hold: 3m, tcp: {address: 'db.example:5432'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: store}
spec: {up: db}
---
apiVersion: assay/v1
kind: Service
metadata: {name: other}
spec: {up: db}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: store
  timezone: UTC
  objectives: [{name: day, target: 99.9, window: day}]
  budgetPolicy: [{at: 100, action: freeze}]
`

// A change is recorded during a freeze, and says so.
func TestChangeDuringAFreeze(t *testing.T) {
	w, secrets := changing(t, frozenCatalogue)
	for minute := range 30 {
		outcome := slo.Up
		if minute > 10 && minute < 20 {
			outcome = slo.Down
		}
		w.push(w.measure("eu-1", "eu", "db", w.clock.now().Add(time.Duration(minute-30)*time.Minute), outcome))
	}
	w.followed()
	_, got := w.call("GET", "/api/v1/freezes?service=store", secrets["vera"], "")
	if list, _ := got["freezes"].([]any); got["frozen"] != true || len(list) != 1 {
		t.Fatalf("%v", got)
	}
	if _, got := w.call("GET", "/api/v1/freezes?service=other", secrets["vera"], ""); got["frozen"] != false {
		t.Errorf("%v", got)
	}
	status, made := w.call("POST", "/api/v1/changes", secrets["ci"], `{"services": ["store", "other"], "summary": "all the same"}`)
	freezes, _ := made["freezes"].([]any)
	if status != http.StatusCreated || made["during_freeze"] != true || len(freezes) != 1 {
		t.Fatalf("%d %v", status, made)
	}
	if f := freezes[0].(map[string]any); f["agreement"] != "gold" || f["step"] != "100" || f["service"] != "store" {
		t.Errorf("%v", f)
	}
	if _, made := w.call("POST", "/api/v1/changes", secrets["ci"], `{"service": "other", "summary": "elsewhere"}`); made["during_freeze"] != false {
		t.Errorf("%v", made)
	}
}

// A change before an incident is its candidate, on its page and in the report,
// until people tie it to it: then it failed.
func TestChangeNearAnIncident(t *testing.T) {
	w, secrets := changing(t, frozenCatalogue)
	down := w.clock.now().Add(-20 * time.Minute)
	_, made := w.call("POST", "/api/v1/changes", secrets["ci"], fmt.Sprintf(`{"key": "ci/1", "kind": "release", "service": "store", "summary": "store 1.4", "from": %q}`, down.Add(-time.Minute)))
	id := fmt.Sprint(made["id"])
	for minute := range 30 {
		at := down.Add(time.Duration(minute-10) * time.Minute)
		outcome := slo.Up
		if at >= down {
			outcome = slo.Down
		}
		w.push(w.measure("eu-1", "eu", "db", at, outcome))
	}
	w.followed()
	var found string
	w.until("there is an incident of the store", func() bool {
		_, got := w.call("GET", "/api/v1/incidents?service=store", secrets["vera"], "")
		for _, i := range got["incidents"].([]any) {
			if i := i.(map[string]any); i["trigger"] == "service_down" {
				found = fmt.Sprint(i["id"])
			}
		}
		return found != ""
	})
	_, got := w.call("GET", "/api/v1/incidents/"+found, secrets["vera"], "")
	list := got["change_candidates"].([]any)
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	if c := list[0].(map[string]any); c["change"] != id || c["hops"] != 0. || c["before_ms"] != 60_000. || c["tied"] != false {
		t.Errorf("%v", c)
	}
	outcome := func(want string) {
		t.Helper()
		_, got := w.call("GET", "/api/v1/changes/"+id, secrets["vera"], "")
		if got["outcome"] != want || len(got["effects"].([]any)) != 1 {
			t.Errorf("%v, want %s", got, want)
		}
		r, err := w.c.report(t.Context(), "gold", "2026-10", w.clock.now())
		if err != nil || len(r.Changes) != 1 || string(r.Changes[0].Outcome) != want || r.KPIs.Changes.Changes != 1 {
			t.Errorf("the report has %+v, %v", r.Changes, err)
		}
	}
	outcome("unsettled")
	if status, got := w.call("POST", "/api/v1/incidents/"+found+"/link", secrets["ci"], fmt.Sprintf(`{"kind": "change", "id": %q}`, id)); status != http.StatusOK || got["change_candidates"].([]any)[0].(map[string]any)["tied"] != true {
		t.Errorf("%d %v", status, got)
	}
	outcome("failed")
	w.call("POST", "/api/v1/changes/"+id+"/succeed", secrets["ci"], `{"text": "the network was down"}`)
	outcome("succeeded")
}
