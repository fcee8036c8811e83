package catalog

import (
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// openSLOServiceSpec reads the spec of an OpenSLO Service: a name that SLOs
// gather under. What it is made of is what they measure.
func (r reader) openSLOServiceSpec(_ string, n *yaml.Node) {
	if f, ok := r.fields(n, "the spec of an OpenSLO Service", "description"); ok {
		r.description(f)
	}
}

// serve makes sure that an SLO's service is what its indicator measures: a
// Service of ours, or one that is a single probe's, which it then makes.
func (r reader) serve(a *slo.Agreement, n *yaml.Node, i *indicator) {
	named, ours := r.entries[openSLOService][a.Service], r.entries[kindService][a.Service]
	if named != nil {
		named.used = true
	}
	if ours != nil {
		ours.used = true
	}
	switch {
	case ours == nil && named == nil:
		r.noService(n, a.Service)
	case i.counts != nil:
		r.madeElsewhere(a, n)
	case i.service == "" && r.entries[kindProbe][i.probe] == nil: // an error of its own
		r.obscure[a.Service] = true
	case i.service == "":
		r.probeService(a, n, i, named)
	case i.service != a.Service:
		i.r.errorf(i.at, "name the same in both", "the SLO %s is of the service %s, and its indicator measures %s", a.Name, a.Service, i.service)
	}
	r.later(func() { r.single(a, n) })
}

// noService notes that an SLO's service is neither of OpenSLO nor of ours.
func (r reader) noService(n *yaml.Node, name string) {
	if r.obscure[name] {
		return
	}
	near := r.suggest.nearest(name, append(sortedKeys(r.entries[openSLOService]), sortedKeys(r.entries[kindService])...))
	r.errorf(n, didYouMean(near), "there is no Service named %s", quote(name))
	r.obscure[near] = true
}

// probeService makes the service of a probe, unless there is one.
func (r reader) probeService(a *slo.Agreement, n *yaml.Node, i *indicator, named *entry) {
	up := slo.Expr{Op: slo.OpProbe, Probe: i.probe}
	s := r.services[a.Service]
	switch {
	case s == nil && named == nil: // one of ours, with errors of its own
	case s == nil:
		s = &slo.Service{Name: a.Service, Up: up}
		r.services[a.Service], r.measured[a.Service] = s, true
		r.catalog.Services = append(r.catalog.Services, s)
		r.entries[kindService][a.Service] = &entry{at: named.at, r: named.r, used: true}
	case s.Up.Op != slo.OpProbe || s.Up.Probe != i.probe:
		r.errorf(n, "give what is measured by another probe a service of its own",
			"the service %s is not the probe %s alone, which the indicator of this SLO measures", a.Service, i.probe)
	}
}

// single notes an error where measurements of a service of several probes would
// be counted.
func (r reader) single(a *slo.Agreement, n *yaml.Node) {
	s := r.services[a.Service]
	if s == nil || s.Up.Op == slo.OpProbe {
		return
	}
	for _, o := range a.Objectives {
		if o.Method == slo.ByOccurrences || o.Method == slo.ByLatency {
			r.errorf(n, "count by Timeslices", "counting by Occurrences needs a service of a single probe, and %s has several", s.Name)
			return
		}
	}
}
