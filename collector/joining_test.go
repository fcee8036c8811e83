package collector

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

const dependentCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, hold: 1h, tcp: {address: 'db.example:5432'}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, hold: 1h, tcp: {address: 'web.example:443'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: database}
spec: {up: db}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web, dependsOn: [database]}
---
apiVersion: assay/v1
kind: Service
metadata: {name: till}
spec: {up: web, dependsOn: [shop]}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec: {service: shop, budgetPolicy: [{at: 1, action: incident}], objectives: [{name: o, target: 99.9, window: month}]}
`

// TestOneCauseOneIncident has a database fail under two services, of which one
// is noticed first: in the end there is one incident, which the others are part
// of, and one page.
func TestOneCauseOneIncident(t *testing.T) {
	w, am := alertedWorld(t, dependentCatalogue)
	w.run()
	now := w.clock.now()
	w.push(w.measure("eu-1", "eu", "db", now-180_000, slo.Up), w.measure("eu-1", "eu", "web", now-180_000, slo.Up))
	w.push(w.measure("eu-1", "eu", "web", now-120_000, slo.Down))
	w.followed()
	am.firing(w, notify.ServiceDown, "shop")
	w.find(slo.BudgetUsed, slo.Detected)
	w.push(w.measure("eu-1", "eu", "db", now-60_000, slo.Down))
	w.followed()
	am.firing(w, notify.ServiceDown, "database")
	am.firing(w, notify.ServiceAffected, "shop")
	am.firing(w, notify.ServiceAffected, "till")
	am.resolved(w, notify.ServiceDown, "shop")

	list := w.incidents()
	if len(list) != 1 || list[0]["service"] != "database" {
		t.Fatalf("%d incidents: %v", len(list), list)
	}
	root := list[0]["id"].(string)
	parts, err := w.c.store.IncidentParts(t.Context(), root)
	if err != nil || len(parts) < 3 || !strings.HasPrefix(parts[0], "shop-") || !strings.HasPrefix(parts[1], "till-") {
		t.Errorf("parts %v, %v", parts, err)
	}
	for _, id := range parts {
		i, err := w.c.store.Incident(t.Context(), id)
		var last slo.IncidentEvent
		for _, e := range i.Events {
			if e.Kind == slo.EventMerged {
				last = e
			}
		}
		if err != nil || i.Work.Parent != root || !strings.Contains(last.Text, "database") {
			t.Errorf("%+v, %v", i, err)
		}
	}

	// What people split stays split.
	till := ""
	for _, id := range parts {
		if strings.HasPrefix(id, "till-") {
			till = id
		}
	}
	if code, got := w.work(till, "split", `{"text": "its own disk"}`); code != 200 || got["parent"] != "" {
		t.Fatalf("%d %v", code, got)
	}
	w.clock.advance(time.Minute)
	w.push(w.measure("eu-2", "us", "db", w.clock.now()-1, slo.Down))
	w.followed()
	if list := w.incidents(); len(list) != 2 {
		t.Errorf("%d incidents", len(list))
	}
}

// TestCauseOfItsOwn has a service stay down after the database that took it
// down is up again: its incident leaves that one's and pages once, also where
// the database goes down again.
func TestCauseOfItsOwn(t *testing.T) {
	w, am := alertedWorld(t, dependentCatalogue)
	w.run()
	say := func(probe string, outcome slo.State) {
		w.push(w.measure("eu-1", "eu", probe, w.clock.now()-1, outcome))
		w.followed()
	}
	shop := func(parent bool) (i slo.Incident) {
		w.until("the incident of the shop is where it belongs", func() bool {
			list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Service: "shop", Trigger: slo.ServiceDown})
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			i = list[0]
			return (i.Work.Parent != "") == parent
		})
		return i
	}
	say("db", slo.Up)
	say("web", slo.Up)
	w.clock.advance(time.Minute)
	say("db", slo.Down)
	say("web", slo.Down)
	am.firing(w, notify.ServiceAffected, "shop")
	root := shop(true).Work.Parent
	w.clock.advance(time.Minute)
	say("db", slo.Up)
	w.clock.advance(5 * time.Minute)
	say("web", slo.Down)
	am.firing(w, notify.ServiceDown, "shop")
	i := shop(false)
	if last := i.Events[len(i.Events)-1]; !slices.ContainsFunc(i.Events, func(e slo.IncidentEvent) bool {
		return e.Kind == slo.EventSplit && e.Actor == slo.ByItself && e.Value == root && strings.Contains(e.Text, "database")
	}) {
		t.Errorf("%+v", last)
	}
	parts, err := w.c.store.IncidentParts(t.Context(), i.ID)
	if err != nil || len(parts) == 0 { // its burn rate and its budget's step
		t.Errorf("%v, %v", parts, err)
	}
	w.clock.advance(time.Second)
	say("db", slo.Down)
	am.firing(w, notify.ServiceDown, "database")
	shop(false)
}

// TestFlapping has a service go down four times in a row: one incident, which
// is held open between and resolves by itself afterwards.
func TestFlapping(t *testing.T) {
	w := newWorld(t, dependentCatalogue)
	w.run()
	say := func(outcome slo.State) {
		w.clock.advance(time.Minute)
		w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, outcome))
		w.followed()
	}
	for range 4 {
		say(slo.Down)
		w.find(slo.ServiceDown, slo.Detected)
		say(slo.Up)
		w.find(slo.ServiceDown, slo.Restored)
	}
	list := w.incidents()
	if len(list) != 1 || list[0]["state"] != "open" || list[0]["downtime_ms"] != float64(4*time.Minute.Milliseconds()) {
		t.Errorf("%d incidents: %v", len(list), list)
	}
	if err := w.stop(); err != nil { // a restart forgets nothing of it
		t.Fatal(err)
	}
	w.run()
	w.find(slo.ServiceDown, slo.Restored)
	w.clock.advance(slo.DefaultIncidentPolicy().Hold)
	w.find(slo.ServiceDown, slo.Resolved)
	w.clock.advance(time.Second)
	say(slo.Down)
	if list := w.recorded(); len(list) != 2 {
		t.Errorf("%v", list)
	}
}

// TestMajorIncident ranks an incident by what it touches, tells management
// once, and keeps what people chose.
func TestMajorIncident(t *testing.T) {
	policy := "\n---\napiVersion: assay/v1\nkind: IncidentPolicy\nmetadata: {name: house}\nspec:\n  major: {priority: 2, owner: Ada Lovelace, mail: [it@example.com], review: 2d}\n"
	w := newWorld(t, dependentCatalogue+policy, func(c *Config) {
		c.Mail = MailConfig{Host: "127.0.0.1", Port: 1, From: "assay@example.com", TLS: "none"}
	})
	w.run()
	w.push(w.measure("eu-1", "eu", "web", noon-120_000, slo.Down))
	w.followed()
	var shop slo.Incident
	w.until("the incident is major", func() bool {
		shop = w.find(slo.ServiceDown, slo.Detected)
		return shop.Service == "shop" && shop.Work.Major != nil
	})
	if shop.Work.Priority != 2 || shop.Work.Major.Owner != "Ada Lovelace" || shop.Work.Major.ReviewDue != noon.Add(48*time.Hour) {
		t.Errorf("%+v", shop.Work)
	}
	mail := w.c.majorMail(shop, "it@example.com", noon)
	if mail.Subject != "Major incident: shop is down since 2026-10-15T11:58:00Z" || !strings.Contains(mail.Text, "/incidents/"+shop.ID) {
		t.Errorf("%+v", mail)
	}
	w.until("the mail is in the outbox", func() bool {
		_, found, err := mailOutbox(w.c.store).Item(t.Context(), mail.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found
	})
	if fresh, err := (mailOutbox(w.c.store)).Enqueue(t.Context(), notify.Item{Message: mail}); fresh || err != nil {
		t.Errorf("it is told twice: %v, %v", fresh, err)
	}
	if code, got := w.work(shop.ID, "prioritise", `{"priority": "5"}`); code != 200 || got["priority"] != 5. {
		t.Errorf("%d %v", code, got)
	}
	w.clock.advance(triageEvery)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.find(slo.BudgetUsed, slo.Detected)
	if i, err := w.c.store.Incident(t.Context(), shop.ID); err != nil || i.Work.Priority != 5 {
		t.Errorf("%+v, %v", i.Work, err)
	}
}
