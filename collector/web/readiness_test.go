package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// auditor finds the records as it is told.
type auditor struct{ found Readiness }

func (a *auditor) Readiness(_ context.Context, from, to, lang string) (Readiness, error) {
	switch {
	case from == "busy":
		return Readiness{}, fmt.Errorf("looking: %w", ErrJudging)
	case from > to && to != "":
		return Readiness{}, fmt.Errorf("%w: the period ends before it begins", ErrMonths)
	}
	out := a.found
	if lang == "zh" {
		out.Clauses = []ReadyClause{{Number: "8.6.1", Title: "事件管理", Asks: "记录并分类事件。", Standing: "thin", Word: "不足", Lacks: []string{"事件：3 个中有 1 个没有优先级（a）。"}}}
	}
	return out, nil
}

// withAuditor has records that lack something, which some will say in markup.
func withAuditor(t *testing.T) Options {
	t.Helper()
	o, _, _ := withOffice(t)
	o.Evidence = &auditor{Readiness{
		From: "2026-07", To: "2026-09", Zone: "UTC", Since: now() - 40*86_400_000, Days: 40, MinDays: 90,
		Standings: []ReadyCount{{"covered", "covered", 1}, {"thin", "thin", 1}, {"missing", "missing", 1}, {"outside", "outside", 1}},
		Clauses: []ReadyClause{
			{Number: "8.3.3", Title: "Service levels", Asks: "Agree on targets.", Standing: "covered", Word: "covered", Records: []ReadyRecords{{"Agreements by version", 4}, {"Availability results", 12}}},
			{Number: "8.6.1", Title: "Incidents", Asks: "Record incidents.", Standing: "thin", Word: "thin", Records: []ReadyRecords{{"Incidents", 3}}, Lacks: []string{"Incidents: 1 of 3 have no priority (<b>a</b>)."}},
			{Number: "9.2", Title: "Internal audit", Asks: "Audit the system.", Standing: "missing", Word: "missing", Records: []ReadyRecords{{"Internal audits", 0}}, Lacks: []string{"Internal audits: there is no record."}, Beyond: "audit reports"},
			{Number: "8.7.3", Title: "Information security", Asks: "Have a policy.", Standing: "outside", Word: "outside", Beyond: "information security is not part of this product"},
		},
		Seed: 1, Incidents: 3, Unfit: []string{"Entry 7 of the ledger cannot be read."},
		Sample: []ReadyIncident{{ID: "api-20261009T030000Z", Service: "api", Began: slo.Instant(now() - 86_400_000), Lacks: []string{"priority: nothing ranks it"}}, {ID: "b", Began: now()}},
	}}
	return o
}

func TestReadinessPage(t *testing.T) {
	h := build(t, withAuditor(t))
	for name, path := range map[string]string{"readiness": "/readiness", "registers-readiness": "/registers"} {
		for lang, accept := range map[string]string{"en": "en", "zh": "zh-CN"} {
			w := get(t, h, path, "Accept-Language", accept, "Cookie", visitorCookie+"=fixed")
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			golden(t, name+"."+lang+".html", assetHash.ReplaceAllString(w.Body.String(), "/static/$1.HASH.$2"))
		}
	}
	for path, want := range map[string]int{
		"/readiness?from=2026-08&to=2026-09": http.StatusOK, "/readiness?from=2026-09&to=2026-08": http.StatusBadRequest,
		"/readiness?from=busy": http.StatusTooManyRequests, "/readiness?form=2026-09": http.StatusBadRequest,
	} {
		if w := get(t, h, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestReadinessIsForOperators: it tells of all that was recorded.
func TestReadinessPageIsForOperators(t *testing.T) {
	o := withAuditor(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	for role, want := range map[string]int{"viewer": http.StatusForbidden, "operator": http.StatusOK, "approver": http.StatusOK} {
		bearer := "Bearer " + role + secretOf
		if w := get(t, h, "/readiness", "Authorization", bearer); w.Code != want {
			t.Errorf("a %s gets %d, want %d", role, w.Code, want)
		}
		w := get(t, h, "/registers", "Authorization", bearer)
		if linked := strings.Contains(w.Body.String(), `href="/readiness"`); linked != (want == http.StatusOK) {
			t.Errorf("the registers link to it for a %s: %v", role, linked)
		}
	}
}

// The page of readiness on a desktop and on a phone.
func TestReadinessPageInBrowser(t *testing.T) {
	ctx := browser(t)
	srv := httptest.NewServer(build(t, withAuditor(t)))
	defer srv.Close()
	said := complaints(t, ctx)
	for _, size := range []struct{ w, h int64 }{{1280, 800}, {360, 740}} {
		for _, scheme := range []string{"light", "dark"} {
			look(t, ctx, page{"readiness", srv.URL + "/readiness", "Have a policy."}, size.w, size.h, scheme)
		}
	}
	look(t, ctx, page{"readiness-zh", srv.URL + "/readiness?lang=zh", "审核准备情况"}, 1280, 800, "light")
	for _, c := range said() {
		t.Error(c)
	}
}
