package collector

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

// drillSamples mark a drill that may take down what it tests in the series, one
// of each service that its plan covers.
func drillSamples(catalog *slo.Catalog, d *slo.Drill) []slo.Sample {
	p := catalog.Plan(d.Plan)
	if p == nil || !d.Terms.Disrupts() {
		return nil
	}
	var out []slo.Sample
	for _, service := range p.Services {
		out = append(out, slo.Sample{Name: "assay_drill_under_way", Value: 1, Labels: map[string]string{
			"drill": d.Name, "kind": string(d.Terms.Kind), "plan": d.Plan, "service": service,
		}})
	}
	return out
}

// underWay marks the drills that run.
func (d *drills) underWay() []slo.Sample {
	catalog := d.catalog()
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []slo.Sample
	for _, r := range d.running {
		out = append(out, drillSamples(catalog, &r.Drill)...)
	}
	return out
}

// markDrill puts the declared disruption and the end of a drill that is over
// into the series: between two rounds of the figures it would leave no mark.
func (c *Collector) markDrill(ctx context.Context, d *slo.Drill) {
	samples := drillSamples(c.catalog.current(), d)
	if samples == nil {
		return
	}
	for _, at := range []slo.Instant{d.Declared, d.Ended()} {
		if err := c.series.AppendSamples(ctx, at, samples); err != nil && ctx.Err() == nil {
			c.failed("marking a drill in the series", err)
		}
	}
}
