package catalog

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// service reads the spec of a Service.
func (r reader) service(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a Service", "up", "dependsOn", "criticality", "owner")
	if !ok {
		return
	}
	up := f.need("up")
	if up == nil {
		return
	}
	text, ok := r.raw(up)
	if !ok {
		return
	}
	e, refs, err := parseExpr(text)
	if err != nil {
		r.errorIn(up, err.offset, err.hint, "%s", err.message)
		r.obscured(text)
		return
	}
	if twice := repeated(e); twice != "" {
		r.warnf(up, "", "the probe %s is listed twice by one operator", twice)
	}
	r.later(func() {
		for _, ref := range refs {
			if r.refer(up, ref.offset, kindProbe, ref.name) && r.counting[ref.name] {
				r.errorIn(up, ref.offset, "an objective by requests, or a workload, names it", "the probe %s counts requests: it is never down", ref.name)
			}
		}
	})
	r.services[name] = &slo.Service{Name: name, Up: e}
	set(&r.services[name].Criticality, f.get("criticality"), r.level)
	set(&r.services[name].Owner, f.get("owner"), r.line)
	if d := f.get("dependsOn"); d != nil {
		r.dependsOn(r.services[name], d)
	}
	r.catalog.Services = append(r.catalog.Services, r.services[name])
}

// dependsOn reads the services that can take a service down.
func (r reader) dependsOn(s *slo.Service, n *yaml.Node) {
	refs := map[string]*yaml.Node{}
	distinct := r.distinct("the service", r.name)
	names, ok := list(r, n, "dependsOn", maxServices, func(n *yaml.Node) (string, bool) {
		name, ok := distinct(n)
		refs[name] = n
		return name, ok
	})
	if !ok {
		return
	}
	slices.Sort(names)
	s.DependsOn = names
	r.later(func() {
		for _, name := range names {
			if r.refer(refs[name], 0, kindService, name) {
				r.dependencies = append(r.dependencies, dependency{s.Name, name, refs[name], r})
			}
		}
	})
}

// dependency is one service's on another, and where it is written.
type dependency struct {
	from, to string
	at       *yaml.Node
	r        reader
}

// circles notes an error at a dependency that leads back to where it came
// from, one for each circle or more.
func (l *loader) circles() {
	from := map[string][]dependency{}
	var names []string
	for _, d := range l.dependencies {
		if from[d.from] == nil {
			names = append(names, d.from)
		}
		from[d.from] = append(from[d.from], d)
	}
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(name string)
	visit = func(name string) {
		state[name] = open
		for _, d := range from[name] {
			switch state[d.to] {
			case open:
				d.r.errorf(d.at, "", "%s depends on %s itself, directly or through others", d.to, d.from)
			case 0:
				visit(d.to)
			}
		}
		state[name] = done
	}
	slices.Sort(names)
	for _, name := range names {
		if state[name] == 0 {
			visit(name)
		}
	}
}
