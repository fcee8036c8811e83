package collector

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// allSay pushes one outcome of a probe from every site.
func (w *world) allSay(probe string, at slo.Instant, outcome slo.State) {
	w.t.Helper()
	for _, s := range sites {
		w.push(w.measure(s.agent, s.location, probe, at, outcome))
	}
}

// TestServiceDown has a service go down and come back: the alert is with the
// Alertmanager long before the next round of alerts, says what people need to
// know, and is resolved as fast.
func TestServiceDown(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	w.allSay("db", now-120_000, slo.Up)
	w.followed()
	if al, found := am.find(notify.ServiceDown, ""); found {
		t.Fatalf("an alert while all is well: %+v", al)
	}
	began := time.Now()
	w.allSay("db", now-60_000, slo.Down)
	al := am.firing(w, notify.ServiceDown, "store")
	if took := time.Since(began); took > alertsEvery-time.Second {
		t.Errorf("the alert took %s: it waited for a round of alerts, which come every %s", took, alertsEvery)
	}
	want := map[string]string{notify.LabelAlertname: notify.ServiceDown, notify.LabelSeverity: notify.SeverityPage, notify.LabelService: "store"}
	if diff := gocmp.Diff(want, al.Labels); diff != "" {
		t.Errorf("labels:\n%s", diff)
	}
	if al.StartsAt != now-60_000 {
		t.Errorf("it starts at %s, want %s", al.StartsAt, now-60_000)
	}
	// The first of the three agents was enough to make it down from there; by
	// the next round of the same set all are named.
	w.followed()
	w.c.alerts.soon()
	w.until("every location is named", func() bool {
		for _, cur := range w.c.managers.Current() {
			if cur.Labels[notify.LabelAlertname] == notify.ServiceDown && cur.Labels[notify.LabelService] == "store" {
				al = cur
			}
		}
		return al.Annotations[notify.AnnotationSeenFrom] == "ap, eu, us"
	})
	for annotation, part := range map[string]string{
		notify.AnnotationEvidence: "db from eu (eu-1): connect_refused: connection refused",
		notify.AnnotationSummary:  "store is down since",
		notify.AnnotationSince:    (now - 60_000).String(),
		notify.AnnotationLink:     "/services/store",
		notify.AnnotationIncident: "/incidents/store-",
	} {
		if !strings.Contains(al.Annotations[annotation], part) {
			t.Errorf("%s is %q, want %q in it", annotation, al.Annotations[annotation], part)
		}
	}
	shop := am.firing(w, notify.ServiceDown, "shop")
	if left := shop.Annotations[notify.AnnotationBudgetLeft]; !strings.Contains(left, "gold/month: ") || !strings.Contains(left, "office/month: ") {
		t.Errorf("budget left of shop is %q", left)
	}

	w.clock.advance(30 * time.Second)
	w.downSoFar("store", 90*time.Second)
	began = time.Now()
	w.allSay("db", now, slo.Up)
	end := am.resolved(w, notify.ServiceDown, "store")
	if took := time.Since(began); took > alertsEvery-time.Second {
		t.Errorf("the end took %s", took)
	}
	if end.EndsAt != w.clock.now() || end.StartsAt != al.StartsAt {
		t.Errorf("it ended as %+v", end)
	}
}

// downSoFar holds the downtime of an open incident, in the list and by itself,
// against what has passed.
func (w *world) downSoFar(service string, want time.Duration) {
	w.t.Helper()
	for _, i := range w.incidents() {
		var one map[string]any
		w.get("/api/v1/incidents/"+i["id"].(string), &one)
		for _, got := range []any{i["downtime_ms"], one["downtime_ms"]} {
			if i["service"] == service && got != float64(want.Milliseconds()) {
				w.t.Errorf("%s is down for %v ms, want %d", service, got, want.Milliseconds())
			}
		}
	}
}

// TestPlannedWork records an outage during maintenance and wakes nobody.
func TestPlannedWork(t *testing.T) {
	from := slo.At(time.Now().Add(-time.Hour))
	doc := "\n---\napiVersion: assay/v1\nkind: Maintenance\nmetadata: {name: move}\n" +
		"spec: {services: [store], announced: 2026-01-01T00:00:00Z, from: " + from.String() + ", to: " + from.Add(4*time.Hour).String() + "}\n"
	w, am := alertedWorld(t, worldCatalogue+doc)
	w.run()
	w.allSay("db", w.clock.now()-60_000, slo.Down)
	am.firing(w, notify.ServiceDown, "shop") // for which nothing is planned
	w.followed()
	w.c.alerts.soon()
	if al, found := am.find(notify.ServiceDown, "store"); found {
		t.Errorf("planned work woke somebody: %+v", al)
	}
	if got := w.recorded(); len(got) != 2 {
		t.Errorf("incidents: %v", got)
	}
}

// TestAgentSilent misses an agent that sends neither measurements nor
// heartbeats, and takes the alert back when it is heard of.
func TestAgentSilent(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	w.run()
	w.allSay("db", w.clock.now()-1000, slo.Up)
	w.followed()
	w.clock.advance(2 * time.Minute) // as long as an agent may be silent
	w.c.alerts.soon()
	w.push(w.measure("us-1", "us", "db", w.clock.now()-1, slo.Up))
	w.beat("ap-1", "ap")
	w.clock.advance(time.Second)
	w.c.alerts.soon()
	al := am.firing(w, notify.AgentSilent, "eu-1")
	want := map[string]string{
		notify.LabelAlertname: notify.AgentSilent, notify.LabelSeverity: notify.SeverityTicket,
		notify.LabelAgent: "eu-1", notify.LabelLocation: "eu",
	}
	if diff := gocmp.Diff(want, al.Labels); diff != "" {
		t.Errorf("labels:\n%s", diff)
	}
	for _, name := range []string{"us-1", "ap-1"} {
		if al, found := am.find(notify.AgentSilent, name); found {
			t.Errorf("%s was heard of: %+v", name, al)
		}
	}
	w.beat("eu-1", "eu")
	w.c.alerts.soon()
	am.resolved(w, notify.AgentSilent, "eu-1")
}

// TestAgentClockOff tells of a clock that is off beyond the bound, since the
// same instant for as long as it is, and of no other.
func TestAgentClockOff(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	w.run()
	w.beatOff("eu-1", "eu", -slo.ClockBound.Milliseconds()-1)
	w.beatOff("us-1", "us", slo.ClockBound.Milliseconds())
	w.c.alerts.soon()
	al := am.firing(w, notify.AgentClockOff, "eu-1")
	if words := al.Annotations[notify.AnnotationSummary]; !strings.Contains(words, "is 10s ahead of the collector's") {
		t.Errorf("it says %q", words)
	}
	if al, found := am.find(notify.AgentClockOff, "us-1"); found {
		t.Errorf("a clock at the bound: %+v", al)
	}
	w.clock.advance(10 * time.Second)
	w.beatOff("eu-1", "eu", 20_000)
	w.c.alerts.soon()
	if again := am.firing(w, notify.AgentClockOff, "eu-1"); again.Annotations[notify.AnnotationSince] != al.Annotations[notify.AnnotationSince] {
		t.Errorf("since %s, first %s", again.Annotations[notify.AnnotationSince], al.Annotations[notify.AnnotationSince])
	}
	w.beat("eu-1", "eu")
	w.c.alerts.soon()
	am.resolved(w, notify.AgentClockOff, "eu-1")
}

// beat sends a heartbeat.
func (w *world) beat(agent, location string) {
	w.t.Helper()
	w.beatOff(agent, location, 0)
}

// beatOff sends a heartbeat of an agent whose clock is off by milliseconds.
func (w *world) beatOff(agent, location string, offset int64) {
	w.t.Helper()
	w.beats(push.Heartbeat{Agent: agent, Location: location, OffsetMS: offset})
}

// beats sends a heartbeat that says so much.
func (w *world) beats(beat push.Heartbeat) {
	w.t.Helper()
	beat.Epoch, beat.Version, beat.Started = "e1", "test", int64(noon)
	b, err := json.Marshal(beat)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.Post("http://"+w.c.AgentsAddr()+push.HeartbeatPath+"?agent="+beat.Agent, "application/json", bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("heartbeat: %s", resp.Status)
	}
}

// TestCertificate tells of a certificate near its end, first as a ticket, then
// as a page, and stops when it was renewed.
func TestCertificate(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	seen := func(at slo.Instant, left time.Duration) {
		r := w.measure("eu-1", "eu", "web", at, slo.Up)
		r.Measurement.CertExpiry = now.Add(left)
		w.push(r)
		w.followed()
		w.c.alerts.soon()
	}
	const day = 24 * time.Hour
	seen(now-4000, 10*day)
	al := am.firing(w, notify.CertificateNearExpiry, "web")
	if al.Labels[notify.LabelSeverity] != notify.SeverityTicket || al.StartsAt != now.Add(-11*day) {
		t.Errorf("at ten days: %+v", al)
	}
	seen(now-3000, 2*day)
	page := am.await(w, "becomes a page", notify.CertificateNearExpiry, notify.SeverityPage, func(al notify.Alert) bool { return al.EndsAt > now })
	if page.StartsAt != now.Add(-day) {
		t.Errorf("at two days: %+v", page)
	}
	am.resolved(w, notify.CertificateNearExpiry, notify.SeverityTicket)
	seen(now-2000, 90*day)
	am.resolved(w, notify.CertificateNearExpiry, notify.SeverityPage)
}

// TestBudgetAlerts burns a budget: the burn and the breach are told with
// labels that stay, and resolve with another catalogue.
func TestBudgetAlerts(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	for at := now.Add(-4 * time.Hour); at < now; at = at.Add(time.Minute) {
		outcome := slo.Up
		if at > now.Add(-3*time.Hour) {
			outcome = slo.Down
		}
		w.push(w.measure("eu-1", "eu", "db", at, outcome), w.measure("eu-1", "eu", "web", at, slo.Up),
			w.measure("us-1", "us", "web", at, slo.Up))
	}
	w.followed()
	w.c.alerts.soon()
	burn := am.firing(w, notify.ErrorBudgetBurn, "gold")
	for _, label := range []string{notify.LabelService, notify.LabelObjective, notify.LabelWindow} {
		if burn.Labels[label] == "" {
			t.Errorf("a burn without %s: %v", label, burn.Labels)
		}
	}
	breach := am.firing(w, notify.AgreementBreached, "week") // 1 % of a week is less than three hours, whatever planned work takes out of them
	if breach.Labels[notify.LabelAgreement] != "gold" || !strings.Contains(breach.Annotations[notify.AnnotationSummary], "gold/week is breached") {
		t.Errorf("breach: %+v", breach)
	}
	if code := w.reload(without("name: gold}")); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.c.alerts.soon()
	am.resolved(w, notify.AgreementBreached, "week")
	am.resolved(w, notify.ErrorBudgetBurn, "gold")
}
