package collector

import "github.com/assay-sla/assay/slo"

// underWay marks the drills that run and may take down what they test, one of
// each service that their plans cover.
func (d *drills) underWay() []slo.Sample {
	catalog := d.catalog()
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []slo.Sample
	for _, r := range d.running {
		p := catalog.Plan(r.Plan)
		if p == nil || !r.Terms.Disrupts() {
			continue
		}
		for _, service := range p.Services {
			out = append(out, slo.Sample{Name: "assay_drill_under_way", Value: 1, Labels: map[string]string{
				"drill": r.Name, "kind": string(r.Terms.Kind), "plan": r.Plan, "service": service,
			}})
		}
	}
	return out
}
