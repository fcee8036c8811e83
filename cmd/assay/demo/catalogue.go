package demo

import (
	"fmt"
	"strings"
	"time"
)

// every is how often a probe measures. It is seldom, so that a year is built in
// a minute; where something goes wrong there are more measurements.
const every = 40 * time.Minute

// locations of the agents; a probe measures from one of them.
var locations = []string{"hamburg", "dublin"}

// probeOf is the probe of a service, and where it measures from.
func probeOf(services []service, n int) (probe, location string) {
	return services[n].name, locations[n%len(locations)]
}

// policy is how incidents are ranked: one that touches three customers is a major
// one.
const policy = `apiVersion: assay/v1
kind: IncidentPolicy
metadata: {name: house}
spec:
  customers: 3
  major: {customers: 3, owner: Grace Hopper, mail: [duty@harbour.example], review: 5d}
---
`

// owners answer for the services; of one nobody does.
func owner(s service, n int) string {
	if s.name == "monitoring" {
		return ""
	}
	return fmt.Sprintf(", owner: %s", []string{ada, bob, grace}[n%3])
}

// catalogue is the provider's, as YAML documents.
func (y *year) catalogue() string {
	var b strings.Builder
	list := services()
	for n := range list {
		probe, location := probeOf(list, n)
		document(&b, "Probe", probe, fmt.Sprintf("{every: %s, hold: %s, timeout: 10s, locations: {from: [%s]}, http: {url: 'https://%s.harbour.example/'}}", brief(every), brief(2*every+5*time.Minute), location, probe))
	}
	for n, s := range list {
		depends := ""
		if len(s.dependsOn) > 0 {
			depends = ", dependsOn: [" + strings.Join(s.dependsOn, ", ") + "]"
		}
		document(&b, "Service", s.name, fmt.Sprintf("{up: %s, criticality: %s%s%s}", s.name, s.criticality, owner(s, n), depends))
	}
	for _, s := range []string{"storage", "database-one", "database-two"} {
		document(&b, "Maintenance", "patches-of-"+s, fmt.Sprintf(
			"{services: [%s], announced: %s, every: '0 2 * * 0', for: 1h, timezone: Europe/Berlin}", s, y.From.Time().AddDate(0, -1, 0).Format(time.RFC3339)))
	}
	agreements(&b, list)
	b.WriteString(policy)
	b.WriteString(y.resources())
	b.WriteString(plans)
	return b.String()
}

// document adds one.
func document(b *strings.Builder, kind, name, spec string) {
	if strings.HasPrefix(spec, "\n") {
		fmt.Fprintf(b, "apiVersion: assay/v1\nkind: %s\nmetadata: {name: %s}\nspec:%s\n---\n", kind, name, spec)
		return
	}
	fmt.Fprintf(b, "apiVersion: assay/v1\nkind: %s\nmetadata: {name: %s}\nspec: %s\n---\n", kind, name, spec)
}

// agreements adds what is promised to customers, inside, and by suppliers.
func agreements(b *strings.Builder, list []service) {
	zones := map[string]customer{}
	for _, c := range customers() {
		zones[c.name] = c
	}
	for _, s := range list {
		switch {
		case s.target == "":
		case s.customer == "":
			document(b, "Agreement", s.name+"-ola", fmt.Sprintf("{type: ola, service: %s, timezone: Europe/Berlin, objectives: [{name: month, target: %s, window: month}]}", s.name, s.target))
		default:
			c := zones[s.customer]
			document(b, "Agreement", s.name, fmt.Sprintf(`
  type: sla
  customer: %q
  service: %s
  timezone: %s
  minimumOutage: 2m
  objectives: [{name: month, target: %s, window: month}]
  credits: {objective: month, tiers: [{below: %s, percent: 5}, {below: 97, percent: 15}, {below: 90, percent: 30}]}
  incidentTargets:
    - {priority: 1, response: 15m, restoration: 2h}
    - {priority: 2, response: 30m, restoration: 4h}
    - {priority: 3, response: 2h, restoration: 8h}
    - {priority: 4, response: 8h, restoration: 24h}`, c.title, s.name, c.zone, s.target, s.target))
		}
	}
	for _, s := range suppliers() {
		document(b, "Agreement", s.name, fmt.Sprintf("{type: uc, supplier: %q, service: %s, timezone: Europe/Berlin, objectives: [{name: month, target: %s, window: month}]}", s.title, s.service, s.target))
	}
}

// brief is a length as the catalogue has it.
func brief(d time.Duration) string { return fmt.Sprintf("%dm", int(d.Minutes())) }
