package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// clocks are those of an incident by the API: kind, minutes elapsed, and
// whether it stopped, stands or is missed.
func (w *world) clocks(id string) string {
	w.t.Helper()
	var got struct {
		Clocks []struct {
			Agreement, Kind string
			Elapsed         int64   `json:"elapsed_ms"`
			Stopped         *string `json:"stopped_at"`
			Breach          *string `json:"breach_at"`
			Paused, Missed  bool
		}
	}
	w.get("/api/v1/incidents/"+id, &got)
	var out []string
	for _, c := range got.Clocks {
		said := fmt.Sprintf("%s %d", c.Kind, time.Duration(c.Elapsed)*time.Millisecond/time.Minute)
		for word, so := range map[string]bool{" stopped": c.Stopped != nil, " paused": c.Paused, " missed": c.Missed} {
			if so {
				said += word
			}
		}
		if c.Breach != nil {
			said += " by " + (*c.Breach)[11:16]
		}
		out = append(out, said)
	}
	return strings.Join(out, ", ")
}

// TestIncidentClocks lets the clocks of a database's incident run, which are
// those of the shop above it: ahead of their ends they are alerted on, and
// they pause for a reason, while the downtime goes on.
func TestIncidentClocks(t *testing.T) {
	w := newWorld(t, strings.Replace(dependentCatalogue, "service: shop, ", "service: shop, incidentTargets: [{priority: 2, response: 20m, restoration: 2h}], ", 1))
	w.run()
	w.push(w.measure("eu-1", "eu", "web", noon-60_000, slo.Down), w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	id := ""
	w.until("the root has a priority", func() bool {
		i := w.find(slo.ServiceDown, slo.Detected)
		id = i.ID
		return i.Service == "database" && i.Work.Priority == 2
	})
	alerted := func() string {
		var out []string
		for _, a := range w.c.alerts.near() {
			if a.Name == notify.IncidentTargetNear && a.Labels[notify.LabelIncident] == id && a.Labels[notify.LabelAgreement] == "gold" {
				out = append(out, a.Labels[notify.LabelClock]+" "+a.Labels[notify.LabelStep])
			}
		}
		return strings.Join(out, ", ")
	}
	for _, s := range []struct {
		minutes int
		do      string // action and body
		clocks  string
		alerts  string
	}{
		{0, "", "response 0 by 12:20, restoration 0 by 14:00", ""},
		{10, "", "response 10 by 12:20, restoration 10 by 14:00", "response 50"},
		{5, "", "response 15 by 12:20, restoration 15 by 14:00", "response 75"},
		{0, "respond", "response 15 stopped, restoration 15 by 14:00", ""},
		{45, "", "response 15 stopped, restoration 60 by 14:00", "restoration 50"},
		{0, `pause {"text": "the supplier brings a disk"}`, "response 15 stopped, restoration 60 paused", "restoration 50"},
		{30, "", "response 15 stopped, restoration 60 paused", "restoration 50"},
		{0, "continue", "response 15 stopped, restoration 60 by 14:30", "restoration 50"},
		{59, "", "response 15 stopped, restoration 119 by 14:30", "restoration 75"},
		{1, "", "response 15 stopped, restoration 120 by 14:30", "restoration 100"},
		{1, "", "response 15 stopped, restoration 121 missed by 14:30", "restoration 100"},
	} {
		w.clock.advance(time.Duration(s.minutes) * time.Minute)
		if s.do != "" {
			what, body, _ := strings.Cut(s.do, " ")
			if code, got := w.work(id, what, body); code != 200 {
				t.Fatalf("%s: %d %v", s.do, code, got)
			}
			w.clock.advance(triageEvery)
			w.until(s.do+" is alerted on", func() bool { w.c.alerts.soon(); return alerted() == s.alerts })
			w.clock.advance(-triageEvery)
		}
		if got := w.clocks(id); got != s.clocks {
			t.Errorf("after %d minutes and %q: %s, want %s", s.minutes, s.do, got, s.clocks)
		}
		w.until("alerts: "+s.alerts, func() bool { w.c.alerts.soon(); return alerted() == s.alerts })
	}
	var i map[string]any
	w.get("/api/v1/incidents/"+id, &i)
	if i["downtime_ms"] == 0. {
		t.Errorf("the downtime stands: %v", i["downtime_ms"])
	}
}
