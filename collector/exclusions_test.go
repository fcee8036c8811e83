package collector

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// by is the audit event of somebody's write.
func (w *world) by(actor, action string) web.AuditEvent {
	return web.AuditEvent{At: w.clock.now(), Actor: actor, Role: auth.Approver, By: auth.ByToken, Action: action, Outcome: web.Allowed}
}

// ask requests an exclusion from agreements.
func (w *world) ask(actor string, v slo.Interval, cause slo.ExclusionCause, agreements ...string) slo.ExclusionRequest {
	w.t.Helper()
	r, _, err := w.c.exclusions.Request(w.t.Context(), slo.ExclusionRequest{Agreements: agreements, Interval: v, Cause: cause, Reason: "a flood"}, w.by(actor, "exclusion.request"))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// decide decides on a request.
func (w *world) decide(actor, id string, act slo.ExclusionAct) slo.ExclusionRequest {
	w.t.Helper()
	r, err := w.c.exclusions.Decide(w.t.Context(), id, slo.ExclusionDecision{Act: act, Comment: "as agreed"}, w.by(actor, "exclusion."+string(act)))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func hours(from, to int) slo.Interval {
	return slo.Interval{From: halloween.Add(time.Duration(from) * time.Hour), To: halloween.Add(time.Duration(to) * time.Hour)}
}

// What is asked for changes no figure; what is approved changes them as the
// same exclusion in the catalogue would, and so it stays over restarts and
// reloads; what is revoked is as it was.
func TestExclusionsInForce(t *testing.T) {
	w, _ := sealedWorld(t)
	plain := w.objectives()
	r := w.ask("ola", hours(24, 25), slo.ForceMajeure, "gold", "store")
	if diff := gocmp.Diff(plain, w.objectives()); diff != "" {
		t.Fatalf("a request changes figures:\n%s", diff)
	}
	would, _ := w.c.exclusions.Effects(&r, w.clock.now())
	w.clock.advance(time.Minute)
	r = w.decide("ada", r.ID, slo.ApproveExclusion)
	if len(would) == 0 || !slices.EqualFunc(would, r.Decisions[0].Effects, func(a, b slo.ExclusionEffect) bool {
		return a.Agreement == b.Agreement && a.Objective == b.Objective
	}) {
		t.Errorf("it would have changed %+v, and changed %+v", would, r.Decisions[0].Effects)
	}
	w.same("approved")
	for _, o := range w.objectives() {
		excluded := o["agreement"] == "gold" || o["agreement"] == "store"
		if (o["exclusions"] != nil) != excluded {
			t.Errorf("%s/%s: exclusions %v", o["agreement"], o["objective"], o["exclusions"])
		}
		if excluded && (o["before_exclusions"] == nil || !strings.Contains(fmt.Sprint(o["exclusions"]), "approved_at:"+r.Decisions[0].At.String())) {
			t.Errorf("%s: %v, before %v", o["agreement"], o["exclusions"], o["before_exclusions"])
		}
	}
	for _, e := range r.Decisions[0].Effects {
		if e.Agreement == "gold" && e.Objective == "month" && e.Before.AgreedMS-e.After.AgreedMS != time.Hour.Milliseconds() {
			t.Errorf("%+v", e)
		}
	}
	if err := w.c.Reload(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	w.same("reloaded")
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	w.same("restarted")
	if !strings.Contains(fmt.Sprint(w.objectives()), r.ID) {
		t.Error("after a restart it is not in force")
	}
	w.clock.advance(time.Minute)
	w.decide("ada", r.ID, slo.RevokeExclusion)
	w.same("revoked")
	if strings.Contains(fmt.Sprint(w.objectives()), r.ID) {
		t.Error("it is revoked and in force")
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}

// A seal has what was approved before it; what is approved, or revoked, after
// it restates it once each, with the cause as the reason. All of it is computed
// again from the ledger, its kept catalogue and the archive.
func TestExclusionsOfSealedWindows(t *testing.T) {
	w, late := sealedWorld(t)
	first := w.ask("ola", hours(2, 6), slo.LateMaintenance, "gold", "daily")
	w.decide("ada", first.ID, slo.ApproveExclusion)
	w.heard(w.clock.now())
	w.tick()
	seals := w.entries(ledger.KindSeal)
	seal := seals["gold/month/2026-09-30T22:00:00Z"][0]
	approved, err := w.c.exclusions.Get(t.Context(), first.ID)
	if err != nil || seal.Decided != approved.Decisions[0].Entry || seal.Decided == 0 || len(w.entries(ledger.KindRestatement)) != 0 {
		t.Fatalf("sealed with the decisions up to %d, the approval is entry %d: %v", seal.Decided, approved.Decisions[0].Entry, err)
	}

	second := w.ask("ola", hours(8, 12), slo.CausedByCustomer, "daily", "gold")
	w.tick()
	if got := w.entries(ledger.KindRestatement); len(got) != 0 {
		t.Fatalf("a request restates: %v", got)
	}
	w.decide("ada", second.ID, slo.ApproveExclusion)
	w.tick()
	w.tick()
	restated := w.entries(ledger.KindRestatement)
	for _, subject := range []string{"gold/month/2026-09-30T22:00:00Z", "daily/day/2026-10-31T00:00:00Z"} {
		list := restated[subject]
		if len(list) != 1 || list[0].Later.Reason != "exclusion "+second.ID || list[0].Later.Seal != seals[subject][0].Index || !hasChange(list[0].Later, "agreed_ms") {
			t.Fatalf("%s is restated as %+v", subject, list)
		}
	}
	if len(restated["office/month/2026-10-01T00:00:00Z"]) != 0 {
		t.Error("an agreement is restated that the exclusion does not name")
	}

	// What comes late is a cause of its own.
	w.push(late...)
	w.followed()
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	w.decide("bob", second.ID, slo.RevokeExclusion)
	w.decide("bob", first.ID, slo.RevokeExclusion)
	w.tick()
	counts := w.entries(ledger.KindRestatement)["daily/counts/2026-10-31T00:00:00Z"]
	var reasons []string
	for _, f := range counts {
		reasons = append(reasons, f.Later.Reason)
	}
	want := []string{"exclusion " + second.ID, ledger.ReasonLate, "exclusion " + second.ID, "exclusion " + first.ID}
	if diff := gocmp.Diff(want, reasons); diff != "" {
		t.Errorf("reasons (- want, + got):\n%s", diff)
	}
	if last := counts[len(counts)-1]; strings.Contains(string(last.Figure), `"exclusions"`) {
		t.Errorf("after all was revoked: %s", last.Figure)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	v := w.verify(VerifyOptions{})
	if !v.OK() || v.Recomputed != v.Figures || v.Figures < int64(len(seals)+len(counts)) {
		t.Errorf("%+v", v)
	}
}

// What people decided is no edit of the catalogue's: a restatement for edited
// terms names none of it.
func TestDecisionsAreNoEdits(t *testing.T) {
	w, _ := sealedWorld(t)
	x := w.ask("ola", hours(2, 6), slo.LateMaintenance, "gold")
	w.decide("ada", x.ID, slo.ApproveExclusion)
	w.heard(w.clock.now())
	w.tick()
	if code := w.reload(editedCatalogue); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.followed()
	w.tick()
	w.tick()
	list := w.entries(ledger.KindRestatement)["gold/month/2026-09-30T22:00:00Z"]
	if len(list) != 1 || list[0].Later.Reason != ledger.ReasonTerms {
		t.Fatalf("restated as %+v", list)
	}
	if diff := gocmp.Diff([]string{"objectives.month.target"}, list[0].Later.Edited); diff != "" {
		t.Errorf("edited (- want, + got):\n%s", diff)
	}
	if !strings.Contains(string(list[0].Figure), x.ID) {
		t.Errorf("the exclusion does not count in %s", list[0].Figure)
	}
}

func hasChange(r *ledger.Restatement, field string) bool {
	return slices.ContainsFunc(r.Difference, func(c ledger.Change) bool { return c.Field == field })
}

// Verify finds what was changed of requests and decisions, and a decision that
// nobody may have made.
func TestExclusionsVerified(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	v := slo.Interval{From: noon.Add(-2 * time.Hour), To: noon.Add(-time.Hour)}
	a := w.ask("ola", v, slo.ForceMajeure, "gold")
	w.decide("ada", a.ID, slo.ApproveExclusion)
	own := ledger.Draft{At: w.clock.now(), Actor: "ola", Body: ledger.DecisionOf(a.ID, slo.ExclusionDecision{Act: slo.ApproveExclusion})}
	defer func() {
		w.run()
		if _, err := w.c.ledger.append(t.Context(), w.clock.now(), appendTo(w.c.store), own); err != nil {
			t.Fatal(err)
		}
		if got := w.verify(VerifyOptions{}); !strings.Contains(fmt.Sprint(got.Problems), "ola may not do so") {
			t.Errorf("%+v", got.Problems)
		}
	}()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, want string }{
		{`update exclusions set reason = 'a fire'`, "was changed"},
		{`update exclusions set requested_by = 'eve'`, "was changed"},
		{`update exclusion_decisions set comment = 'no'`, "was changed"},
		{`update exclusion_decisions set effects = '[]'`, "was changed"},
		{`delete from exclusion_decisions`, "not in the records"},
		{`insert into exclusion_decisions select cell, exclusion, 1, 'revoke', at, actor, comment, effects, omitted, 3 from exclusion_decisions`, "has no entry"},
		{`update exclusions set id = 'x-0'`, "not in the records"},
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

// Of two approvers at the same time one decides.
func TestTwoApprovers(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	r := w.ask("ola", slo.Interval{From: noon.Add(-2 * time.Hour), To: noon.Add(-time.Hour)}, slo.ForceMajeure, "gold")
	acts := []slo.ExclusionAct{slo.ApproveExclusion, slo.RejectExclusion}
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			d := slo.ExclusionDecision{Act: acts[i%2], Comment: fmt.Sprint(i)}
			_, errs[i] = w.c.exclusions.Decide(t.Context(), r.ID, d, w.by(fmt.Sprint("approver-", i), "exclusion.decide"))
		})
	}
	all.Wait()
	decided := 0
	for _, err := range errs {
		switch {
		case err == nil:
			decided++
		case !errors.Is(err, slo.NotPending):
			t.Error(err)
		}
	}
	got, err := w.c.exclusions.Get(t.Context(), r.ID)
	if err != nil || decided != 1 || len(got.Decisions) != 1 {
		t.Errorf("%d decided, on record are %+v: %v", decided, got.Decisions, err)
	}
	if n := len(w.rows(ledger.KindDecision)); n != 1 {
		t.Errorf("the ledger has %d decisions", n)
	}
}

// rows are the entries of a kind.
func (w *world) rows(kind ledger.Kind) []sqlstore.LogRow {
	w.t.Helper()
	rows, err := w.c.store.LogRows(w.t.Context(), string(kind), "", 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// call makes a request of the API and reads the answer.
func (w *world) call(method, path, secret, body string) (int, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://"+w.c.Addr()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(b, &out); err != nil {
		w.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, b)
	}
	return resp.StatusCode, out
}

// TestExclusionsAPI takes a request through the API with the roles that it
// needs, and finds all of it in the audit.
func TestExclusionsAPI(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	secrets := map[string]string{}
	lines := ""
	for name, role := range map[string]auth.Role{"vera": auth.Viewer, "ola": auth.Operator, "ada": auth.Approver, "bob": auth.Approver, "root": auth.Admin} {
		line, secret := token(t, name, role)
		secrets[name], lines = secret, lines+line
	}
	w.config.Tokens = w.write("tokens.yaml", lines)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-3_600_000, slo.Down), w.measure("eu-1", "eu", "db", noon-60_000, slo.Up))
	w.followed()
	const path = "/api/v1/exclusions"
	body := func(reason string) string {
		return fmt.Sprintf(`{"agreements": ["store", "gold"], "from": "2026-10-15T10:00:00Z", "to": "2026-10-15T13:30:00+02:00", "cause": "force-majeure", "reason": %q}`, reason)
	}
	expect := func(who, method, path, body string, status int, code string) map[string]any {
		t.Helper()
		got, answer := w.call(method, path, secrets[who], body)
		e, _ := answer["error"].(map[string]any)
		if got != status || code != "" && e["code"] != code {
			t.Errorf("%s %s %s by %s: %d %v, want %d %s", method, path, body, who, got, answer, status, code)
		}
		return answer
	}
	expect("vera", "POST", path, body("a flood"), 403, "forbidden")
	lacks := expect("ola", "POST", path, strings.Replace(body("a flood"), "gold", "none", 1), 400, "unknown_agreement")
	if message := lacks["error"].(map[string]any)["message"]; message != "agreements: the catalogue lacks none" {
		t.Errorf("%q", message)
	}
	expect("ola", "POST", path, strings.Replace(body("a flood"), "13:30", "23:30", 1), 400, "ahead")
	expect("ola", "POST", path, strings.Replace(body("a flood"), "force-majeure", "act of god", 1), 400, "bad_request")
	expect("ola", "POST", path, body(strings.Repeat("x", 501)), 400, "bad_reason")
	expect("ola", "POST", path, body(" \u202e "), 400, "bad_reason")
	made := expect("ola", "POST", path, body("a\u202e flood\n<script>"), 201, "")
	id, _ := made["id"].(string)
	if made["state"] != "pending" || made["reason"] != "a flood <script>" || made["requested_by"] != "ola" || len(made["effects"].([]any)) == 0 {
		t.Fatalf("%v", made)
	}
	if again := expect("ola", "POST", path, body("a\u202e flood\n<script>"), 200, ""); again["id"] != id {
		t.Errorf("again: %v", again)
	}
	own := expect("ada", "POST", path, body("mine"), 201, "")["id"].(string)
	at := path + "/" + id
	expect("ola", "POST", at+"/approve", `{"comment": "mine"}`, 403, "forbidden")
	expect("ada", "POST", path+"/"+own+"/approve", `{"comment": "mine"}`, 403, "own_request")
	expect("ada", "POST", at+"/withdraw", `{}`, 403, "not_requester")
	expect("ada", "POST", at+"/revoke", `{"comment": "x"}`, 409, "not_approved")
	expect("ada", "POST", at+"/approve", `{}`, 400, "bad_comment")
	expect("ada", "POST", path+"/x-none/approve", `{"comment": "x"}`, 404, "not_found")
	got := expect("ada", "POST", at+"/approve", `{"comment": "seen the\nletter"}`, 200, "")
	if got["state"] != "approved" {
		t.Errorf("%v", got)
	}
	expect("ada", "POST", at+"/approve", `{"comment": "seen the\nletter"}`, 200, "")
	expect("bob", "POST", at+"/approve", `{"comment": "x"}`, 409, "not_pending")
	expect("ola", "POST", at+"/withdraw", `{}`, 409, "not_pending")
	expect("bob", "POST", at+"/revoke", `{"comment": "the letter was forged"}`, 200, "")
	expect("ada", "POST", path+"/"+own+"/withdraw", `{}`, 200, "")
	if got := expect("vera", "GET", at, "", 200, ""); got["state"] != "revoked" || len(got["decisions"].([]any)) != 2 {
		t.Errorf("%v", got)
	}
	for query, n := range map[string]int{"": 2, "?state=withdrawn": 1, "?state=pending": 0, "?agreement=gold&limit=1": 1, "?agreement=office": 0} {
		if got := expect("vera", "GET", path+query, "", 200, ""); len(got["exclusions"].([]any)) != n {
			t.Errorf("%s: %v", query, got)
		}
	}
	expect("vera", "GET", path+"?state=gone", "", 400, "bad_request")
	w.audited()
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}

// audited holds the audit of TestExclusionsAPI: what was done is there once,
// and so is what was refused.
func (w *world) audited() {
	w.t.Helper()
	lines, err := w.c.store.AuditTrail(w.t.Context(), 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]int{}
	for _, l := range lines {
		got[strings.TrimSpace(l.Actor+" "+l.Action+" "+l.Outcome+" "+l.Reason)]++
	}
	for _, want := range []string{
		"ola exclusion.request allowed", "ada exclusion.request allowed", "ada exclusion.approve refused own_request", "ada exclusion.approve allowed",
		"ada exclusion.withdraw refused not_requester", "bob exclusion.approve refused not_pending", "bob exclusion.revoke allowed", "ada exclusion.withdraw allowed",
		"ada exclusion.approve failed not_found", "ola exclusion.request refused ahead",
	} {
		if got[want] != 1 {
			w.t.Errorf("%q is %d times in the audit: %v", want, got[want], got)
		}
	}
}
