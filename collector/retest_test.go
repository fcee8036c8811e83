package collector

import (
	"net/http"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestRetestAfterMajorChange has a plan tested anew after a major change to what
// it covers: it is shown, alerted on once it is late, and done with a test.
func TestRetestAfterMajorChange(t *testing.T) {
	w := newWorld(t, drilledCatalogue)
	w.run()
	w.drilled("true")
	due := func() *dueLine {
		var plans struct{ Plans []planLine }
		w.asks(http.MethodGet, plansPath, "", http.StatusOK, &plans)
		for _, d := range plans.Plans[0].Due {
			if d.Reason == slo.TestChanged {
				return &d
			}
		}
		return nil
	}
	w.clock.advance(time.Hour)
	var c struct{ ID string }
	w.asks(http.MethodPost, "/api/v1/changes", `{"service": "shop", "summary": "another database", "major": false}`, http.StatusCreated, nil)
	if d := due(); d != nil {
		t.Errorf("after a change that is no major one: %+v", d)
	}
	w.asks(http.MethodPost, "/api/v1/changes", `{"service": "shop", "summary": "another site", "major": true}`, http.StatusCreated, &c)
	at := w.clock.now()
	if d := due(); d == nil || d.Change != c.ID || d.By != at.Add(30*24*time.Hour) || d.Late {
		t.Errorf("of %s: %+v", c.ID, d)
	}
	late := func() bool {
		alerts, err := w.c.drills.alerts(t.Context(), at.Add(31*24*time.Hour))
		return err == nil && len(alerts) == 1 && alerts[0].Name == "ContinuityTestLate" && alerts[0].Labels["reason"] == "changed"
	}
	if !late() {
		t.Error("nothing tells that the test is late")
	}
	w.drilled("true")
	if d := due(); d != nil || late() {
		t.Errorf("after the test: %+v", d)
	}
}
