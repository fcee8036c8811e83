package collector

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// about are the types of what was told of the downtime of a service.
func (h *hearer) about(service string) (out []string) {
	for _, e := range h.all() {
		if e.Incident != nil && e.Service == service && e.Incident.Trigger == slo.ServiceDown {
			out = append(out, string(e.Type))
		}
	}
	return out
}

func (h *hearer) all() []notify.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

// TestOneCausePagesOnce has a database take two services down, which burns a
// budget and reaches a step of its policy as well: one event wakes people.
func TestOneCausePagesOnce(t *testing.T) {
	w, h := toldWorld(t, dependentCatalogue)
	w.run()
	now := w.clock.now()
	w.push(w.measure("eu-1", "eu", "db", now-180_000, slo.Up), w.measure("eu-1", "eu", "web", now-180_000, slo.Up))
	w.push(w.measure("eu-1", "eu", "db", now-120_000, slo.Down))
	w.followed()
	w.push(w.measure("eu-1", "eu", "web", now-60_000, slo.Down))
	w.followed()
	w.find(slo.BudgetUsed, slo.Detected)
	w.find(slo.BurnRate, slo.Detected)
	for _, service := range []string{"shop", "till"} {
		w.until(service+" is told", func() bool { return slices.Equal(h.about(service), []string{"incident.opened", "incident.merged"}) })
	}
	pagerDuty := notify.ChannelConfig{Kind: notify.KindPagerDuty, Severities: []string{string(slo.Page)}}
	var woken, ids []string
	for _, e := range h.all() {
		if slices.Contains(ids, e.ID) {
			t.Errorf("told twice: %+v", e)
		}
		ids = append(ids, e.ID)
		if e.Type == notify.IncidentOpened && pagerDuty.Wants(e) {
			woken = append(woken, e.Service)
		}
		if e.Type == notify.IncidentOpened && e.Service != "database" && e.Incident.AffectedBy != "database" && e.Incident.PartOf == "" {
			t.Errorf("it stands alone: %+v", e)
		}
	}
	if !slices.Equal(woken, []string{"database"}) {
		t.Errorf("%v wake people", woken)
	}

	w.push(w.measure("eu-1", "eu", "db", now-1, slo.Up), w.measure("eu-1", "eu", "web", now-1, slo.Up))
	w.followed()
	w.until("what is up again is told", func() bool {
		return slices.Equal(h.about("database"), []string{"incident.opened", "incident.restored"}) && slices.Contains(h.about("shop"), "incident.restored")
	})
	// A second outage while the first is held is the same incident.
	w.clock.advance(time.Minute)
	w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Down))
	w.followed()
	w.until("what is down again is told", func() bool {
		return slices.Equal(h.about("database"), []string{"incident.opened", "incident.restored", "incident.reopened"})
	})
}

// TestFlappingIsToldOnce has a service go down four times in a row: channels
// are told that it flaps, and once more when it is quiet.
func TestFlappingIsToldOnce(t *testing.T) {
	w, h := toldWorld(t, dependentCatalogue)
	w.clock.advance(-time.Hour) // outboxes keep the time of the wall, which what is told must not be ahead of
	w.run()
	for range 4 {
		for _, outcome := range []slo.State{slo.Down, slo.Up} {
			w.clock.advance(time.Minute)
			w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, outcome))
			w.followed()
			w.find(slo.ServiceDown, map[slo.State]slo.Stage{slo.Down: slo.Detected, slo.Up: slo.Restored}[outcome])
		}
	}
	w.clock.advance(slo.DefaultIncidentPolicy().Hold)
	w.find(slo.ServiceDown, slo.Resolved)
	want := []string{
		"incident.opened", "incident.restored", "incident.reopened", "incident.restored", "incident.flapping", "incident.restored", "incident.resolved",
	}
	w.until("what flapped is told", func() bool { return slices.Equal(h.about("database"), want) })
	pagerDuty := notify.ChannelConfig{Kind: notify.KindPagerDuty, Severities: []string{string(slo.Page)}}
	for _, e := range h.all() {
		if e.Type == notify.IncidentFlapping && (!pagerDuty.Wants(e) || !strings.Contains(e.Summary, "quiet") || !e.Incident.Flapping) {
			t.Errorf("%+v", e)
		}
	}
}

const fullCatalogue = `
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
metadata: {name: staff}
spec:
  service: store
  unit: people
  values: [{at: 2026-09-01, used: 8, limit: 8}]
  leadTime: 90d
`

// TestExhaustionIsAnIncident has a resource at its limit: it has an incident,
// which is told, which people declare major, and which ends with its cause.
func TestExhaustionIsAnIncident(t *testing.T) {
	w, h := toldWorld(t, fullCatalogue)
	w.run()
	i := w.find(slo.Exhausted, slo.Detected)
	if i.Service != "store" || i.Key != "exhausted/staff/" || i.Began != i.Detected || !strings.Contains(i.Summary, "staff") {
		t.Errorf("%+v", i)
	}
	w.hears(h, "incident.opened")
	if e := h.all()[0]; e.Severity != slo.Page || e.Incident.Trigger != slo.Exhausted || e.Summary != i.Summary {
		t.Errorf("%+v", e)
	}
	if code, got := w.work(i.ID, "declare-major", `{"owner": ""}`); code != 400 || got["code"] != "bad_value" {
		t.Errorf("%d %v", code, got)
	}
	code, got := w.work(i.ID, "declare-major", `{"owner": "Grace", "text": "nobody is left"}`)
	if m, _ := got["major"].(map[string]any); code != 200 || m["owner"] != "Grace" {
		t.Errorf("%d %v", code, got)
	}
	if code, got := w.work(i.ID, "assign", `{"to": "bo"}`); code != 200 || got["assignee"] != "bo" {
		t.Errorf("%d %v", code, got)
	}
	if code, got := w.work(i.ID, "retract-major", `{}`); code != 200 || got["major"] != nil {
		t.Errorf("%d %v", code, got)
	}
	told := []string{"incident.opened", "incident.major", "incident.assigned", "incident.not_major"}
	w.hears(h, told...)
	if code := w.reload(strings.Replace(fullCatalogue, "used: 8", "used: 2", 1)); code != 200 {
		t.Fatalf("reload: %d", code)
	}
	w.c.forecasts.look(t.Context(), w.clock.now())
	w.find(slo.Exhausted, slo.Restored)
	w.hears(h, append(told, "incident.restored")...)
	w.clock.advance(5 * time.Minute)
	w.find(slo.Exhausted, slo.Resolved)
	w.hears(h, append(told, "incident.restored", "incident.resolved")...)
}
