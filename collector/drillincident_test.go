package collector

import (
	"net/http"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// drilled has people go through the plan at a table, and say how it went.
func (w *world) drilled(verdict string) (id string) {
	w.t.Helper()
	w.clock.advance(time.Second)
	var d drillLine
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "table"}`, http.StatusOK, &d)
	w.asks(http.MethodPost, drillsPath+"/"+d.ID+"/review", `{"passed": `+verdict+`, "participants": "Ada"}`, http.StatusOK, nil)
	return d.ID
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

// TestVerdictTakenBack ends the incident of a verdict that was a mistake: the
// drill runs on until people say how it went, and no second one begins meanwhile.
func TestVerdictTakenBack(t *testing.T) {
	w := newWorld(t, drilledCatalogue)
	w.run()
	id := w.drilled("false")
	w.until("it has an incident", func() bool {
		list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: slo.DrillFailed, Open: true})
		return err == nil && len(list) == 1
	})
	var d drillLine
	w.asks(http.MethodPost, drillsPath+"/"+id+"/events/1/undo", `{}`, http.StatusConflict, nil)
	w.asks(http.MethodPost, drillsPath+"/"+id+"/events/x/undo", `{}`, http.StatusBadRequest, nil)
	w.asks(http.MethodPost, drillsPath+"/"+id+"/events/2/undo", `{"reason": "the wrong drill"}`, http.StatusOK, &d)
	if d.State != slo.DrillRunning || d.Review != nil || d.Passed != nil || d.Events[2].Undoes != 2 {
		t.Errorf("%+v", d)
	}
	w.until("the incident ends", func() bool {
		list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: slo.DrillFailed})
		return err == nil && len(list) == 1 && list[0].Restored != 0
	})
	w.clock.advance(time.Second)
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "table"}`, http.StatusConflict, nil)
	w.asks(http.MethodPost, drillsPath+"/"+id+"/review", `{"passed": true, "participants": "Ada"}`, http.StatusOK, nil)
	second := w.drilled("true")
	w.clock.advance(time.Second)
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "table"}`, http.StatusOK, nil)
	w.asks(http.MethodPost, drillsPath+"/"+second+"/events/2/undo", `{}`, http.StatusConflict, nil) // it would run beside another
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}
