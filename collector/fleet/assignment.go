package fleet

import "github.com/assay-sla/assay/slo"

// Assignment lists the probes that an agent is to run, by name: those that
// choose its location and the agent, and those of which it has a seat at the
// location, by probe.
func Assignment(c *slo.Catalog, agent, location string, labels map[string]string, held []Tenure) ([]*slo.Probe, map[string]Tenure) {
	seats := map[string]Tenure{}
	for _, t := range held {
		if t.Where == location {
			seats[t.Seat.Probe] = t
		}
	}
	var out []*slo.Probe
	for _, p := range c.Probes {
		_, mine := seats[p.Name]
		if !p.Locations.Seated() {
			mine = p.Locations.Counts(location) && p.Locations.Agents.Takes(agent, labels)
		}
		if mine {
			out = append(out, p)
		}
	}
	return out, seats
}
