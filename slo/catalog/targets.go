package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// maxTarget bounds the targets of incidents: a year.
const maxTarget = 366 * 24 * time.Hour

// incidentTargets reads what an agreement promises of incidents.
func (r reader) incidentTargets(n *yaml.Node) ([]slo.IncidentTarget, bool) {
	seen := map[int]bool{}
	return list(r, n, "incidentTargets", slo.LowestPriority, func(n *yaml.Node) (slo.IncidentTarget, bool) {
		t := slo.IncidentTarget{}
		f, ok := r.fields(n, "an incident target", "priority", "response", "restoration")
		if !ok {
			return t, false
		}
		fine := set(&t.Priority, f.need("priority"), r.integer(1, slo.LowestPriority))
		if fine && seen[t.Priority] {
			r.errorf(f.get("priority"), "", "two targets for the priority %d", t.Priority)
			return t, false
		}
		seen[t.Priority] = true
		for name, dst := range map[string]*time.Duration{"response": &t.Response, "restoration": &t.Restoration} {
			if f.has(name) {
				fine = set(dst, f.get(name), r.duration(time.Minute, maxTarget)) && fine
			}
		}
		if !f.has("response") && !f.has("restoration") {
			r.errorf(n, "", "an incident target has response, restoration or both")
			return t, false
		}
		return t, fine
	})
}
