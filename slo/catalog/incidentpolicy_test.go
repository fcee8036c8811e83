package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func TestIncidentPolicy(t *testing.T) {
	const service = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 30s, tcp: {address: 'web.example:443'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web, criticality: high}
`
	c := mustParse(t, service)
	if diff := cmp.Diff(slo.DefaultIncidentPolicy(), c.Policy()); diff != "" || c.Services[0].Criticality != slo.HighLevel {
		t.Errorf("without a policy: %s, %+v", diff, c.Services[0])
	}
	without := c.Revision
	c = mustParse(t, service+`---
apiVersion: assay/v1
kind: IncidentPolicy
metadata: {name: house}
spec:
  hold: 0
  customers: 3
  breach: {soon: 10m, later: 1h}
  matrix:
    high: {high: 1, medium: 1, low: 2}
    medium: {high: 2, medium: 2, low: 3}
    low: {high: 4, medium: 5, low: 5}
  major: {customers: 50, owner: Ada Lovelace, mail: [b@example.com, a@example.com]}
  problem: {incidents: 5, within: 7d}
`)
	want := &slo.IncidentPolicy{
		Name: "house", Customers: 3, Soon: 10 * time.Minute, Later: time.Hour,
		Matrix:  slo.PriorityMatrix{{5, 5, 4}, {3, 2, 2}, {2, 1, 1}}, // from low to high
		Major:   &slo.MajorRule{Customers: 50, Owner: "Ada Lovelace", Mail: []string{"b@example.com", "a@example.com"}, Review: 120 * time.Hour},
		Problem: slo.ProblemRule{Incidents: 5, Within: 7 * 24 * time.Hour},
	}
	if diff := cmp.Diff(want, c.Policy()); diff != "" {
		t.Error(diff)
	}
	if c.Revision == without {
		t.Error("the policy is no part of the revision")
	}
}
