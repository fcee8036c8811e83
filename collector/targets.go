package collector

import "github.com/assay-sla/assay/slo"

// target is what a probe tests, for the labels of its series.
type target struct{ kind, target string }

// setTargets makes the targets of a catalogue those that series are labelled
// with.
func (c *Collector) setTargets(cat *slo.Catalog) {
	m := make(map[string]target, len(cat.Probes))
	for _, p := range cat.Probes {
		m[p.Name] = target{p.Spec.Kind(), p.Spec.Target()}
	}
	c.targets.Store(&m)
}

func (c *Collector) target(probe string) (kind, instance string, ok bool) {
	t, ok := (*c.targets.Load())[probe]
	return t.kind, t.target, ok
}
