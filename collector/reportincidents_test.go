package collector

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// TestReportOfIncidents has a database take the shop down, on which nobody
// begins to work in time: the report of the shop's agreement has its incident
// and what its budget opened, against the targets of the database's incident,
// which is worked on for all of them.
func TestReportOfIncidents(t *testing.T) {
	w := newWorld(t, strings.Replace(dependentCatalogue, "service: shop, ", "service: shop, incidentTargets: [{priority: 2, response: 20m, restoration: 2h}], ", 1))
	w.run()
	w.push(w.measure("eu-1", "eu", "web", noon-60_000, slo.Down), w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	w.until("the root has a priority", func() bool {
		i := w.find(slo.ServiceDown, slo.Detected)
		return i.Service == "database" && i.Work.Priority == 2
	})
	w.clock.advance(30 * time.Minute)
	var r report.Report
	w.until("the report has what the outage opened", func() bool {
		var err error
		if r, err = w.c.report(t.Context(), "gold", w.clock.now().Time().Format("2006-01"), w.clock.now()); err != nil {
			t.Fatal(err)
		}
		return len(r.Incidents) >= 2
	})
	triggers := map[slo.Trigger]int{}
	for _, i := range r.Incidents {
		triggers[i.Trigger]++
		if i.PartOf == "" || len(i.Targets) != 2 || i.Targets[0].Kind != slo.ResponseClock || i.Targets[0].Verdict != report.Missed || i.Targets[0].Stopped {
			t.Errorf("%+v", i)
		}
	}
	if triggers[slo.ServiceDown] != 1 || len(triggers) < 2 {
		t.Errorf("%v", triggers)
	}
	if k := r.KPIs; k.Response.Missed != 1 || k.Response.MissedOpen != 1 || k.Restoration.Running != 1 || k.Restoration.Share != nil {
		t.Errorf("%+v, %+v", k.Response, k.Restoration)
	}
}
