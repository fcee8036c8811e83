package collector

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// TestLateReviewIsAlertedOn has a major incident that nobody reviews: once that
// is due it is alerted on, also when the incident is over, until somebody closes
// the review.
func TestLateReviewIsAlertedOn(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	down := w.find(slo.ServiceDown, slo.Detected)
	id := down.ID
	work := func(what, body string) {
		t.Helper()
		if code, got := w.work(id, what, body); code != 200 {
			t.Fatalf("%s: %d %v", what, code, got)
		}
	}
	alerted := func(want bool) {
		t.Helper()
		list, err := w.c.lateReviews(t.Context(), w.clock.now())
		if err != nil || (len(list) == 1) != want {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, a := range list {
			if a.Name != notify.IncidentReviewLate || w.c.incidentOf(&a) != id || a.Path != "/incidents/"+id || a.Labels[notify.LabelService] != down.Service {
				t.Errorf("%+v", a)
			}
		}
	}
	work("declare-major", `{"owner": "Grace"}`)
	w.clock.advance(5*24*time.Hour - time.Minute)
	alerted(false)
	w.clock.advance(time.Minute)
	alerted(true)
	w.allSay("db", w.clock.now()-1, slo.Up)
	w.followed()
	alerted(true)
	work("retract-major", `{}`)
	alerted(false)
	work("declare-major", `{"owner": "Grace"}`)
	alerted(false)
	w.clock.advance(6 * 24 * time.Hour)
	alerted(true)
	work("review", `{}`)
	alerted(false)
}
