package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/dashboards/dashboardtest"
)

// every is the interval of the probes here, and so what an outage may be off.
const every = time.Second

const shop = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1s, timeout: 800ms, http: {url: 'http://%s/', match: welcome}, locations: {from: [eu, us, ap]}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1s, timeout: 800ms, tcp: {address: '%s'}, locations: {from: [eu, us, ap]}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: name}
spec: {every: 1s, timeout: 800ms, dns: {name: shop.example, server: '%s', answers: ['192\.0\.2\.1']}, locations: {from: [eu, us, ap]}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: 'all(web, db, name)'}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  minCoverage: 0
  objectives: [{name: month, target: 99.9, window: month}]
  credits: {tiers: [{below: 99.9, percent: 10}]}
---
apiVersion: assay/v1
kind: IncidentPolicy
metadata: {name: house}
spec: {hold: 1s}
`

// TestMainJob is the product's main job: a target dies and comes back, and
// everybody who should know of it does.
func TestMainJob(t *testing.T) {
	web, hook, mails := newSite(t), newWebhook(t), newMailServer(t)
	alertmanager := newAlertmanager(t, hook.url)
	password := filepath.Join(t.TempDir(), "password")
	write(t, password, mailPassword+"\n")
	c := newCollector(t, fmt.Sprintf(shop, web.address, newTCP(t), newDNS(t)), fmt.Sprintf(`
alerting: {alertmanagers: [{url: %q}]}
mail: {host: %s, port: %s, ca: %q, username: %s, passwordFile: %q, from: "Assay <assay@example.org>"}
reports: [{agreement: gold, to: [manager@example.org]}]
`, alertmanager, mails.host, mails.port, mails.ca, mailUser, password))
	c.serve(t)
	for _, location := range []string{"eu", "us", "ap"} {
		newAgent(t, c, location+"-1", location).run(t)
	}
	eventually(t, "the shop is up from three locations", 30*time.Second, func() error { return upFromThree(c) })

	died := time.Now()
	web.down()
	eventually(t, "the alert arrives", 15*time.Second, func() error {
		words, ok := hook.find("ServiceDown", "firing")
		if !ok {
			return errors.New("no ServiceDown yet")
		}
		for annotation, want := range map[string]string{"evidence": "connect_refused", "budget_left": "gold/month", "link": "/services/shop", "summary": "shop is down"} {
			if !strings.Contains(words[annotation], want) {
				return fmt.Errorf("the alert's %s is %q; want it to tell of %q", annotation, words[annotation], want)
			}
		}
		return nil
	})
	t.Logf("fault to webhook: %s", time.Since(died).Round(time.Millisecond))
	eventually(t, "one incident is open", 10*time.Second, func() error {
		got, err := incidents(c)
		if err == nil && (len(got) != 1 || got[0].State != "open") {
			err = fmt.Errorf("incidents: %+v", got)
		}
		return err
	})

	back := time.Now()
	web.up()
	eventually(t, "the alert resolves", 15*time.Second, func() error {
		if _, ok := hook.find("ServiceDown", "resolved"); !ok {
			return errors.New("not resolved yet")
		}
		return nil
	})
	eventually(t, "the incident is closed", 10*time.Second, func() error {
		got, err := incidents(c)
		if err == nil && (len(got) != 1 || got[0].State != "resolved") {
			err = fmt.Errorf("incidents: %+v", got)
		}
		return err
	})
	got, err := incidents(c)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the incident's beginning", got[0].Began, died)
	near(t, "the incident's end", *got[0].Restored, back)
	checkReport(t, c, mails, died, back)
	checkDashboards(t, c)
}

// checkDashboards runs every query of the Grafana dashboards against what the
// collector has written by now.
func checkDashboards(t *testing.T, c *collector) {
	t.Helper()
	eventually(t, "the figures are series", 40*time.Second, func() error {
		b, err := get(c.url("/prometheus/api/v1/query?query=assay_objective_burn_rate"))
		if err == nil && !strings.Contains(string(b), "gold") {
			err = errors.New("no burn rate yet")
		}
		return err
	})
	dashboardtest.CheckAll(t, dashboardtest.Instant(http.DefaultClient, c.url("/prometheus")), time.Now(),
		map[string]string{"service": "shop", "agreement": "gold", "objective": "month", "probe": "(db|name|web)", "location": "(ap|eu|us)"},
		"probe_ssl_earliest_cert_expiry", "probe_icmp_duration_seconds", "cpu_usage_idle", "mem_used_percent", "disk_used_percent",
		"assay_objective_long_outages", "assay_objective_requests_bad", "assay_objective_requests_budget", "assay_objective_requests_good",
		"assay_objective_exempt_seconds", "assay_agent_room_probes", // nobody promises those here; and an agent takes half a minute to know
		"assay_resource_used", "assay_resource_early_seconds", "assay_resource_expected_seconds", // there are no resources,
		"assay_change_under_way", "assay_drill_under_way", // and nobody changes or drills anything,
		"assay_incidents", "assay_incident_target_seconds", // no incident is open any more,
		"assay_service_changes", "assay_change_failure_ratio", "assay_problems", // nobody told of changes or problems,
		"assay_service_requests_received", "assay_service_requests_completed", "assay_service_requests_in_target", "assay_service_requests_mean_seconds",
		"assay_plan_test_due_seconds", "assay_plan_test_late", "assay_plan_drill_passed", "assay_plan_passed_age_seconds", // and there are no plans
		"assay_plan_rto_seconds", "assay_plan_rto_target_seconds", "assay_plan_rpo_seconds", "assay_plan_rpo_target_seconds")
}

// near fails the test where an instant is further than one probe interval from
// what happened, and the second that a loaded machine may be late.
func near(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if d := got.Sub(want); d < -every-100*time.Millisecond || d > every+time.Second {
		t.Errorf("%s is %s, %s from what happened", what, got, d)
	}
}

func upFromThree(c *collector) error {
	b, err := get(c.url("/api/v1/services/shop"))
	if err != nil {
		return err
	}
	var got struct {
		State  string `json:"state"`
		Probes []struct {
			Name      string `json:"name"`
			Locations []struct {
				State string `json:"state"`
			} `json:"locations"`
		} `json:"probes"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	if got.State != "up" {
		return fmt.Errorf("the shop is %s", got.State)
	}
	for _, p := range got.Probes {
		up := 0
		for _, l := range p.Locations {
			if l.State == "up" {
				up++
			}
		}
		if up != 3 {
			return fmt.Errorf("probe %s is up from %d locations", p.Name, up)
		}
	}
	return nil
}

type incident struct {
	ID       string     `json:"id"`
	State    string     `json:"state"`
	Began    time.Time  `json:"began_at"`
	Restored *time.Time `json:"restored_at"`
}

func incidents(c *collector) ([]incident, error) {
	b, err := get(c.url("/api/v1/incidents"))
	if err != nil {
		return nil, err
	}
	var got struct {
		Incidents []incident `json:"incidents"`
	}
	return got.Incidents, json.Unmarshal(b, &got)
}

// checkReport makes the report of the present month, holds its outage against
// what happened, and has it mailed.
func checkReport(t *testing.T, c *collector, mails *mailServer, died, back time.Time) {
	t.Helper()
	out := t.TempDir()
	month := died.UTC().Format("2006-01")
	cmd := exec.Command(filepath.Join(bin, "assay"), "report", "--collector", "http://"+c.pages, "--month", month, "--agreement", "gold", "--out", out, "--send")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("assay report: %v\n%s", err, b)
	}
	var report struct {
		Outages []struct {
			From time.Time `json:"from"`
			To   time.Time `json:"to"`
		} `json:"outages"`
	}
	b, err := os.ReadFile(filepath.Join(out, "gold-"+month+".json"))
	if err == nil {
		err = json.Unmarshal(b, &report)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Outages) != 1 {
		t.Fatalf("the report has other outages than the one that happened: %+v", report)
	}
	near(t, "the outage's beginning in the report", report.Outages[0].From, died)
	near(t, "the outage's end in the report", report.Outages[0].To, back)
	html, err := os.ReadFile(filepath.Join(out, "gold-"+month+".html"))
	if err != nil || !strings.Contains(string(html), "refused") {
		t.Errorf("the report's page does not tell the outage's cause (%v)", err)
	}
	eventually(t, "the mail arrives", 20*time.Second, func() error {
		got := mails.mails()
		if len(got) != 1 {
			return fmt.Errorf("%d mails", len(got))
		}
		if m := got[0]; m.to[0] != "manager@example.org" || !strings.Contains(string(m.data), "Subject:") || !strings.Contains(string(m.data), "text/html") {
			return fmt.Errorf("the mail is %s", tail(string(m.data), 500))
		}
		return nil
	})
}
