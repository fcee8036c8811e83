package catalog

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of maintenance.
const (
	maxServices = 10_000
	maxFor      = 31 * 24 * time.Hour // of one occurrence of a schedule
)

// maintenance reads the spec of a Maintenance.
func (r reader) maintenance(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a Maintenance", "services", "announced", "from", "to", "every", "for", "timezone")
	if !ok {
		return
	}
	m := &slo.Maintenance{Name: name}
	if s := f.need("services"); s != nil {
		m.Services = r.serviceNames(s)
	}
	m.Announced = r.optionalInstant(f, "announced")
	from, to := r.optionalInstant(f, "from"), r.optionalInstant(f, "to")
	if from != nil && to != nil && *to <= *from {
		r.errorf(f.get("to"), "", "to is not after from")
	}
	if f.has("every") || f.has("for") {
		m.Schedule = r.schedule(f, from, to)
	} else {
		m.Once = r.once(f, from, to)
	}
	r.catalog.Maintenances = append(r.catalog.Maintenances, m)
	for _, s := range m.Services {
		r.maintenances[s] = append(r.maintenances[s], m)
	}
}

// serviceNames reads the names of a maintenance's services.
func (r reader) serviceNames(n *yaml.Node) []string {
	refs := r.mentions(n, "services", "service")
	r.later(func() {
		for _, n := range refs {
			r.lookup(n, 0, kindService, n.Value)
		}
	})
	var names []string
	for _, n := range refs {
		names = append(names, n.Value)
	}
	slices.Sort(names)
	return names
}

// mentions reads a field that lists the names of things, each once and at least
// one, and returns where they stand.
func (r reader) mentions(n *yaml.Node, field, thing string) []*yaml.Node {
	var refs []*yaml.Node
	distinct := r.distinct("the "+thing, r.name)
	names, ok := list(r, n, field, maxServices, func(n *yaml.Node) (string, bool) {
		s, ok := distinct(n)
		if ok {
			refs = append(refs, n)
		}
		return s, ok
	})
	if ok && len(names) == 0 {
		r.errorf(deref(n), "", "%s names no %s", field, thing)
	}
	return refs
}

func (r reader) optionalInstant(f fields, name string) *slo.Instant {
	var i slo.Instant
	if !set(&i, f.get(name), r.instant) {
		return nil
	}
	return &i
}

// once reads maintenance that happens a single time.
func (r reader) once(f fields, from, to *slo.Instant) *slo.Interval {
	if !f.has("from") && !f.has("to") {
		r.errorf(f.node, "", "the spec of a Maintenance lacks its time: from and to, or every and for")
		return nil
	}
	f.need("from")
	f.need("to")
	if f.has("timezone") {
		r.warnf(f.keys["timezone"], "", "timezone has no effect without every")
	}
	if from == nil || to == nil {
		return nil
	}
	return &slo.Interval{From: *from, To: *to}
}

// schedule reads maintenance that comes again.
func (r reader) schedule(f fields, from, to *slo.Instant) *slo.Schedule {
	s := &slo.Schedule{Zone: time.UTC, From: from, To: to}
	if set(&s.Cron, f.need("every"), r.cron) && never(s.Cron) {
		r.warnf(f.get("every"), "", "no date ever matches this")
	}
	set(&s.For, f.need("for"), r.duration(time.Second, maxFor))
	set(&s.Zone, f.get("timezone"), r.timezone)
	return s
}
