package collector

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

const diskCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, tcp: {address: 'db.example:5432'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: store}
spec: {up: db}
---
apiVersion: assay/v1
kind: Resource
metadata: {name: disk}
spec: {service: store, unit: percent, used: max(disk_used_percent), limit: 100, thresholds: [80, 90], leadTime: 30d}
`

// TestFillingDiskIsAlertedOn has a disk fill as an agent reads it: a threshold
// that it passes is a ticket, and its limit pages and opens an incident, which
// ends with it.
func TestFillingDiskIsAlertedOn(t *testing.T) {
	w, am := alertedWorld(t, diskCatalogue)
	w.run()
	read := func(percent float64) {
		t.Helper()
		for range 24 { // the level is that of the last hour, by the clock
			w.clock.advance(5 * time.Minute)
			r := w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Up)
			r.Measurement, r.Readings = nil, &slo.Readings{Location: "eu", At: w.clock.now() - 1, Samples: []slo.Sample{
				{Name: "disk_used_percent", Labels: map[string]string{"path": "/srv"}, Value: percent},
			}}
			w.push(r)
		}
		w.followed()
		w.until("the readings are in the series", func() bool {
			found, err := w.c.series.Query(t.Context(), "max(disk_used_percent)", w.clock.now())
			return err == nil && len(found) == 1 && found[0].Points[0].Value == percent
		})
		w.c.forecasts.look(t.Context(), w.clock.now())
	}
	incidents := func() int {
		t.Helper()
		list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: slo.Exhausted})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	read(50)
	w.c.alerts.soon()
	if al, found := am.find(notify.CapacityThreshold, "disk"); found {
		t.Errorf("half full: %+v", al)
	}
	read(85)
	al := am.firing(w, notify.CapacityThreshold, "disk")
	if al.Labels[notify.LabelThreshold] != "80" || al.Labels[notify.LabelSeverity] != notify.SeverityTicket ||
		!strings.Contains(al.Annotations[notify.AnnotationSummary], "85 of 100 percent: 80 % are passed") {
		t.Errorf("%+v", al)
	}
	if n := incidents(); n != 0 {
		t.Errorf("a threshold has %d incidents", n)
	}
	read(100)
	if al := am.firing(w, notify.CapacityExhausted, "disk"); al.Labels[notify.LabelSeverity] != notify.SeverityPage || al.Labels[notify.LabelService] != "store" {
		t.Errorf("%+v", al)
	}
	i := w.find(slo.Exhausted, slo.Detected)
	if i.Service != "store" || i.Key != "exhausted/disk/" || !strings.Contains(i.Summary, "100 of 100 percent") {
		t.Errorf("%+v", i)
	}
	w.until("the alert leads to its incident", func() bool {
		w.c.alerts.soon()
		for _, al := range w.c.managers.Current() {
			if al.Labels[notify.LabelAlertname] == notify.CapacityExhausted {
				return strings.HasSuffix(al.Annotations[notify.AnnotationIncident], "/incidents/"+i.ID)
			}
		}
		return false
	})
	read(40)
	am.resolved(w, notify.CapacityExhausted, "disk")
	w.find(slo.Exhausted, slo.Restored)
	w.clock.advance(slo.DefaultIncidentPolicy().Hold)
	w.find(slo.Exhausted, slo.Resolved)
	if n := incidents(); n != 1 {
		t.Errorf("%d incidents", n)
	}
}
