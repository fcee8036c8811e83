package web

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestDrillsBesideTheTimeline shows on a service's page what was a test.
func TestDrillsBesideTheTimeline(t *testing.T) {
	o, _ := options(t)
	at := o.Now()
	o.Drills = func(_ context.Context, service string, _ int) ([]slo.Drill, error) {
		declared := slo.DrillEvent{Act: slo.DeclareDrill, At: at.Add(-2 * time.Hour)}
		return []slo.Drill{
			{Plan: "site-loss", Name: "of " + service, Declared: at.Add(-time.Hour), Events: []slo.DrillEvent{declared}},
			{Plan: "site-loss", Name: "restore", Declared: at.Add(-2 * time.Hour), Events: []slo.DrillEvent{declared,
				{Act: slo.FinishDrill, At: at.Add(-time.Hour), Result: &slo.DrillResult{Reasons: []slo.DrillReason{slo.RTOMissed}}}}},
		}, nil
	}
	site, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "http://127.0.0.1/services/shop", nil)
	site.ServeHTTP(w, r)
	for _, want := range []string{`href="/continuity#site-loss"`, "of shop", "running", "did not pass"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
