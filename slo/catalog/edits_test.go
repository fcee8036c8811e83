package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// edited is a catalogue whose terms are edited below.
const edited = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, tcp: {address: 'web.example:80'}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, tcp: {address: 'db.example:80'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: 'all(web, db)'}
---
apiVersion: assay/v1
kind: Calendar
metadata: {name: office}
spec: {timezone: UTC, hours: ['Mon-Fri 08:00-20:00'], holidays: [2026-10-05]}
---
apiVersion: assay/v1
kind: Maintenance
metadata: {name: patch}
spec: {services: [shop], announced: 2026-09-01T00:00:00Z, every: '0 3 * * *', for: 1h}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  hours: office
  from: 2026-01-01
  minimumOutage: 1m
  maintenanceNotice: 24h
  objectives:
    - {name: month, target: 99.5, window: month}
  credits: {objective: month, tiers: [{below: 99.5, percent: 10}]}
---
apiVersion: assay/v1
kind: Exclusion
metadata: {name: storm}
spec: {agreements: [gold], from: 2026-10-02T00:00:00Z, to: 2026-10-02T01:00:00Z, cause: force-majeure, reason: A storm., requestedBy: ada, approvedBy: grace}
`

// Terms in force are edited by what changes them now or in the past, and by
// nothing that lies ahead.
func TestEdits(t *testing.T) {
	at, err := slo.ParseInstant("2026-10-15T12:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	before := mustParse(t, edited)
	for _, c := range []struct {
		old, new string
		want     []string
	}{
		{"target: 99.5", "target: 99.9", []string{"objectives.month.target"}},
		{"window: month", "window: week", []string{"objectives.month.window"}},
		{"window: month}", "window: month}\n    - {name: week, target: 99, window: week}", []string{"objectives.week"}},
		{"minimumOutage: 1m", "minimumOutage: 2m", []string{"minimumOutage"}},
		{"maintenanceNotice: 24h", "maintenanceNotice: 1h", []string{"maintenanceNotice"}},
		{"  minimumOutage", "  timezone: Europe/Berlin\n  minimumOutage", []string{"from", "timezone"}},
		{"percent: 10", "percent: 20", []string{"credits.tiers"}},
		{"all(web, db)", "any(web, db)", []string{"services.shop.up"}},
		{"Mon-Fri", "Mon-Thu", []string{"hours"}},
		{"holidays: [2026-10-05]", "holidays: []", []string{"hours"}},
		{"holidays: [2026-10-05]", "holidays: [2026-10-05, 2026-12-25]", nil},
		{"from: 2026-01-01", "from: 2026-02-01", []string{"from"}},
		{"from: 2026-01-01", "from: 2026-01-01\n  to: 2026-11-01", nil},
		{"from: 2026-01-01", "from: 2026-01-01\n  to: 2026-10-15", []string{"to"}},
		{"from: 2026-10-02T00:00:00Z", "from: 2026-10-02T00:30:00Z", []string{"exclusions.storm.from"}},
		{"metadata: {name: storm}", "metadata: {name: gale}", []string{"exclusions.gale", "exclusions.storm"}},
		{"for: 1h", "for: 2h", []string{"maintenance.patch.for"}},
		{"for: 1h", "for: 1h, to: 2026-11-01T00:00:00Z", nil},
		{"for: 1h", "for: 1h, to: 2026-10-01T00:00:00Z", []string{"maintenance.patch.to"}},
		{"for: 1h", "for: 1h, from: 2026-10-15T13:00:00Z", []string{"maintenance.patch"}},
		{"announced: 2026-09-01", "announced: 2026-09-02", []string{"maintenance.patch.announced"}},
		{"db.example:80", "db.example:81", nil},
		{"every: 1m, tcp: {address: 'db", "every: 5m, confirm: 3, tcp: {address: 'db", nil},
		{"  credits", "  alerts: []\n  credits", nil},
		{"metadata: {name: gold}", "metadata: {name: silver}", nil},
	} {
		text := strings.Replace(edited, c.old, c.new, 1)
		if c.old == "metadata: {name: gold}" {
			text = strings.ReplaceAll(text, "agreements: [gold]", "agreements: [silver]")
		}
		if text == edited {
			t.Errorf("%q is not there", c.old)
			continue
		}
		got := catalog.Compare(before, mustParse(t, text)).Edits("gold", at)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q instead of %q (-want +got):\n%s", c.new, c.old, diff)
		}
	}
	if got := catalog.Compare(before, mustParse(t, edited)).Edits("gold", at); got != nil {
		t.Errorf("the same catalogue edits %q", got)
	}
}

// Maintenance that is new, edited or gone is told, and no other.
func TestComparedMaintenances(t *testing.T) {
	before := mustParse(t, edited)
	more := edited + "---\napiVersion: assay/v1\nkind: Maintenance\nmetadata: {name: move}\nspec: {services: [shop], from: 2027-01-01T00:00:00Z, to: 2027-01-01T01:00:00Z}\n"
	for text, want := range map[string][]string{edited: {}, more: {"move"}, strings.Replace(more, "for: 1h", "for: 2h", 1): {"move", "patch"}} {
		if diff := cmp.Diff(want, catalog.Compare(before, mustParse(t, text)).Maintenances()); diff != "" {
			t.Error(diff)
		}
	}
}
