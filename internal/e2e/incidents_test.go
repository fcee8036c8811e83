package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

const dependents = `
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1s, timeout: 800ms, http: {url: 'http://%[1]s/', match: welcome}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1s, timeout: 800ms, confirm: 2, http: {url: 'http://%[1]s/', match: welcome}}
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
kind: IncidentPolicy
metadata: {name: house}
spec: {hold: 2s}
`

// TestOneCauseOneIncident has a database take two services down: Alertmanager
// pages for it alone, tells of the others as affected, and there is one
// incident, which ends with its cause.
func TestOneCauseOneIncident(t *testing.T) {
	db, hook := newSite(t), newWebhook(t)
	alertmanager := newAlertmanager(t, hook.url)
	c := newCollector(t, fmt.Sprintf(dependents, db.address), fmt.Sprintf("alerting: {alertmanagers: [{url: %q}]}\n", alertmanager))
	c.serve(t)
	newAgent(t, c, "eu-1", "eu").run(t)
	eventually(t, "the services are up", 30*time.Second, func() error {
		for _, name := range []string{"database", "shop", "till"} {
			if err := isUp(c, name); err != nil {
				return err
			}
		}
		return nil
	})

	db.down()
	eventually(t, "the page and what is affected arrive", 20*time.Second, func() error {
		if got := hook.services("ServiceDown", "firing"); !slices.Equal(got, []string{"database"}) {
			return fmt.Errorf("ServiceDown for %v", got)
		}
		if got := hook.services("ServiceAffected", "firing"); !slices.Equal(got, []string{"shop", "till"}) {
			return fmt.Errorf("ServiceAffected for %v", got)
		}
		return nil
	})
	eventually(t, "there is one incident", 10*time.Second, func() error { return oneIncident(c, "open") })

	db.up()
	eventually(t, "the page ends", 20*time.Second, func() error {
		if _, ok := hook.find("ServiceDown", "resolved"); !ok {
			return errors.New("not resolved yet")
		}
		return nil
	})
	eventually(t, "the incident is resolved after its hold", 20*time.Second, func() error { return oneIncident(c, "resolved") })
	if got := hook.services("ServiceDown", "firing"); !slices.Equal(got, []string{"database"}) {
		t.Errorf("ServiceDown for %v", got)
	}
}

// oneIncident fails unless there is one incident that is no part of another.
func oneIncident(c *collector, state string) error {
	got, err := incidents(c)
	if err == nil && (len(got) != 1 || got[0].State != state) {
		err = fmt.Errorf("incidents: %+v", got)
	}
	return err
}

// services are those that alerts of a name and status were about, by name.
func (w *webhook) services(name, status string) (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.got {
		for _, a := range n.Alerts {
			if a.Labels["alertname"] == name && a.Status == status && !slices.Contains(out, a.Labels["service"]) {
				out = append(out, a.Labels["service"])
			}
		}
	}
	slices.Sort(out)
	return out
}

// isUp fails unless a service is up.
func isUp(c *collector, service string) error {
	b, err := get(c.url("/api/v1/services/" + service))
	if err != nil {
		return err
	}
	var got struct {
		State string `json:"state"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	if got.State != "up" {
		return fmt.Errorf("%s is %s", service, got.State)
	}
	return nil
}
