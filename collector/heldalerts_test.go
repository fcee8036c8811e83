package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// TestFlappingAlertIsHeld has a database go down again and again: from the third
// time on its alert stands without a break, with one beginning, and ends once
// it was quiet.
func TestFlappingAlertIsHeld(t *testing.T) {
	w, am := alertedWorld(t, dependentCatalogue)
	w.run()
	say := func(outcome slo.State) {
		w.clock.advance(time.Minute)
		w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, outcome))
		w.followed()
	}
	for range 2 {
		say(slo.Down)
		am.firing(w, notify.ServiceDown, "database")
		say(slo.Up)
		am.resolved(w, notify.ServiceDown, "database")
	}
	say(slo.Down)
	w.until("the incident flaps", func() bool { return w.find(slo.ServiceDown, slo.Detected).Work.Flapping })
	began := am.firing(w, notify.ServiceDown, "database").StartsAt
	// stands waits for the alert as it is to be sent next.
	stands := func(up bool) notify.Alert {
		t.Helper()
		var al notify.Alert
		w.until(fmt.Sprintf("the alert stands, and says up: %v", up), func() bool {
			w.c.alerts.soon()
			for _, a := range w.c.managers.Current() {
				if a.Labels[notify.LabelAlertname] == notify.ServiceDown && a.EndsAt == 0 &&
					strings.Contains(a.Annotations[notify.AnnotationDescription], "is up at present") == up {
					al = a
					return true
				}
			}
			return false
		})
		return al
	}
	say(slo.Up)
	if al := stands(true); al.StartsAt != began || al.Labels[notify.LabelSeverity] != notify.SeverityPage {
		t.Errorf("%+v", al)
	}
	say(slo.Down)
	if al := stands(false); al.StartsAt != began {
		t.Errorf("it began at %s, and then at %s", began, al.StartsAt)
	}
	say(slo.Up)
	stands(true)
	if err := w.stop(); err != nil { // a restart forgets nothing of it
		t.Fatal(err)
	}
	w.run()
	stands(true)
	w.clock.advance(slo.DefaultIncidentPolicy().Hold)
	w.c.alerts.soon()
	am.resolved(w, notify.ServiceDown, "database")
}

// TestHeldAlerts says which alerts stand although their service is up.
func TestHeldAlerts(t *testing.T) {
	alert := func(name, service string, ends slo.Instant) notify.Alert {
		return notify.Alert{Labels: map[string]string{notify.LabelAlertname: name, notify.LabelService: service}, Annotations: map[string]string{}, EndsAt: ends}
	}
	last := []notify.Alert{alert(notify.ServiceDown, "shop", 0)}
	for name, c := range map[string]struct {
		last, now []notify.Alert
		flapping  bool
		planned   bool
		held      bool
	}{
		"it flaps":              {last, nil, true, false, true},
		"it does not flap":      {last, nil, false, false, false},
		"it is alerted on":      {last, []notify.Alert{alert(notify.ServiceAffected, "shop", 0)}, true, false, false},
		"in planned work":       {last, nil, true, true, false},
		"it had ended":          {[]notify.Alert{alert(notify.ServiceDown, "shop", noon)}, nil, true, false, false},
		"another kind of alert": {[]notify.Alert{alert(notify.MissingData, "shop", 0)}, nil, true, false, false},
	} {
		flapping := map[string]bool{}
		if c.flapping {
			flapping["shop"] = true
		}
		if got := heldAlerts(c.last, c.now, flapping, func(string) bool { return c.planned }); (len(got) == 1) != c.held {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
