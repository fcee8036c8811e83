package collector

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/report"
)

// A report of a scope is combined of its agreements, under a name of its own;
// scopes and periods that cannot be read, and scopes without agreements, are
// told.
func TestScopedReports(t *testing.T) {
	w := mailedWorld(t)
	code, body := w.fetch("/api/v1/scoped-reports/all/2026-Q4?format=json")
	var r report.Report
	if err := json.Unmarshal(body, &r); err != nil || code != http.StatusOK || report.FileName(r) != "all-2026-Q4" || len(r.Services) < 2 || r.Identity.Standing != report.Provisional {
		t.Fatalf("%d, %v: %.300s", code, err, body)
	}
	for _, s := range r.Services {
		one, err := w.c.report(t.Context(), s.Agreement, "2026-Q4", w.clock.now())
		if err != nil || one.Summary.Times != s.Times || one.Summary.Met != s.Met {
			t.Errorf("%s has %+v combined and %+v alone: %v", s.Agreement, s.Times, one.Summary.Times, err)
		}
	}
	for path, want := range map[string]struct {
		code int
		said string
	}{
		"service/2026-10?name=" + r.Services[0].Service + "&format=txt": {http.StatusOK, r.Services[0].Service},
		"customer/2026-10?name=nobody":                                  {http.StatusNotFound, "nobody"},
		"customer/2026-10":                                              {http.StatusBadRequest, "needs its name"},
		"everything/2026-10":                                            {http.StatusBadRequest, "no scope"},
		"all/2026-10?name=x":                                            {http.StatusBadRequest, "takes no name"},
		"all/2026-W41":                                                  {http.StatusBadRequest, "no period"},
		"all/2026-09-15..2026-08-01":                                    {http.StatusBadRequest, "ends before it begins"},
		"all/2031":                                                      {http.StatusBadRequest, "has not begun"},
	} {
		if code, body := w.fetch("/api/v1/scoped-reports/" + path); code != want.code || !strings.Contains(string(body), want.said) {
			t.Errorf("%s: %d %.200s", path, code, body)
		}
	}
}
