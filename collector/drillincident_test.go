package collector

import (
	"net/http"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// drilled has people go through the plan at a table, and say how it went.
func (w *world) drilled(verdict string) {
	w.t.Helper()
	w.clock.advance(time.Second)
	var d drillLine
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "table"}`, http.StatusOK, &d)
	w.asks(http.MethodPost, drillsPath+"/"+d.ID+"/review", `{"passed": `+verdict+`, "participants": "Ada"}`, http.StatusOK, nil)
}

// TestFailedDrillHasAnIncident opens an incident for a drill that did not pass,
// which the test that is done again ends.
func TestFailedDrillHasAnIncident(t *testing.T) {
	w := newWorld(t, drilledCatalogue)
	w.run()
	of := func() []slo.Incident {
		list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: slo.DrillFailed})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	w.drilled("false")
	w.until("it has an incident", func() bool { return len(of()) == 1 })
	i := of()[0]
	if i.Service != "shop" || i.Key != "drill_failed/loss/table" || i.Summary != "The drill table of the continuity plan loss did not pass" || i.Began != w.clock.now() {
		t.Errorf("%+v", i)
	}
	w.drilled("false")
	w.drilled("true")
	w.until("the one that passed ends it", func() bool { list := of(); return len(list) == 1 && list[0].Restored != 0 })
	w.clock.advance(10 * time.Minute)
	w.until("it is resolved", func() bool { return !of()[0].Open() })
}
