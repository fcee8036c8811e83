package demo

import (
	"fmt"
	"strings"
	"time"
)

// every is how often a probe measures. It is seldom, so that a year is built in
// a minute; where something goes wrong there are more measurements.
const every = time.Hour

// locations of the agents; a probe measures from one of them.
var locations = []string{"hamburg", "dublin"}

// probeOf is the probe of a service, and where it measures from.
func probeOf(services []service, n int) (probe, location string) {
	return services[n].name, locations[n%len(locations)]
}

// catalogue is the provider's, as YAML documents.
func catalogue(from time.Time) string {
	var b strings.Builder
	list := services()
	for n := range list {
		probe, location := probeOf(list, n)
		document(&b, "Probe", probe, fmt.Sprintf("{every: %s, hold: %s, timeout: 10s, locations: {from: [%s]}, http: {url: 'https://%s.harbour.example/'}}", brief(every), brief(2*every+5*time.Minute), location, probe))
	}
	for _, s := range list {
		depends := ""
		if len(s.dependsOn) > 0 {
			depends = ", dependsOn: [" + strings.Join(s.dependsOn, ", ") + "]"
		}
		document(&b, "Service", s.name, fmt.Sprintf("{up: %s, criticality: %s%s}", s.name, s.criticality, depends))
	}
	for _, s := range []string{"storage", "database-one", "database-two"} {
		document(&b, "Maintenance", "patches-of-"+s, fmt.Sprintf(
			"{services: [%s], announced: %s, every: '0 2 * * 0', for: 1h, timezone: Europe/Berlin}", s, from.AddDate(0, -1, 0).UTC().Format(time.RFC3339)))
	}
	agreements(&b, list)
	document(&b, "Resource", "storage-disks", `{service: storage, unit: TB, used: 'max(demo_storage_used_terabytes)', limit: 400, leadTime: 45d, thresholds: [80, 90]}`)
	document(&b, "ContinuityPlan", "loss-of-the-datacentre", `
  services: [database-one, database-two, identity]
  owner: Grace Hopper
  rto: 4h
  rpo: 1h
  invoke: The duty manager decides, and calls everybody on the list.
  return: The databases are copied back in a night, and the standby is made one again.
  testEvery: 180d
  steps:
    - {do: Declare the loss and tell the customers, by: duty manager, within: 30m}
    - {do: Bring up the standby databases in Dublin, within: 2h}
    - {do: Point the names at Dublin, within: 3h}
  drills:
    - {name: phone-list, kind: tabletop}`)
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
