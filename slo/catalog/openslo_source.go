package catalog

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// sourceType is the type of the data sources that are ours: the probes and
// services of the catalogue.
const sourceType = "assay"

// dataSourceSpec reads the spec of a DataSource. It says nothing but that the
// measurements are ours.
func (r reader) dataSourceSpec(_ string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a DataSource", "description", "type", "connectionDetails")
	if !ok {
		return
	}
	r.description(f)
	if ours := r.sourceType(f.need("type")); !ours {
		return
	}
	if c := f.get("connectionDetails"); c != nil && (c.Kind != yaml.MappingNode || len(c.Content) > 0) {
		r.errorf(f.keys["connectionDetails"], "leave it out", "connectionDetails of a data source of the type %s: there is nothing to connect to", sourceType)
	}
}

// sourceType reads the type of a data source, of which one can be honoured; n
// may be nil.
func (r reader) sourceType(n *yaml.Node) bool {
	var s string
	return set(&s, n, parsed(r, func(s string) (string, error) {
		if s != sourceType {
			return "", fmt.Errorf("data of the type %s cannot be honoured: an indicator is of the type %s and names a probe or a service of this catalogue", quote(s), sourceType)
		}
		return s, nil
	}))
}

// subject is what an indicator measures: a probe, or a service of ours.
type subject struct {
	probe, service string
	at             *yaml.Node // the name
}

// same reports whether two subjects are one.
func (s subject) same(t subject) bool { return s.probe == t.probe && s.service == t.service }

// metric reads a metric, which holds its metricSource, and the spec of that. A
// metric by a threshold has a unit as well.
func (r reader) metric(n *yaml.Node, what string, spec func(*yaml.Node) (subject, bool)) (subject, bool) {
	mf, ok := r.fields(n, what, "metricSource")
	if !ok {
		return subject{}, false
	}
	m := mf.need("metricSource")
	if m == nil {
		return subject{}, false
	}
	f, ok := r.fields(m, "metricSource", "metricSourceRef", "type", "spec")
	if !ok {
		return subject{}, false
	}
	fine := true
	if ref := f.get("metricSourceRef"); ref != nil {
		name := ""
		fine = set(&name, ref, r.mention(openSLOSource))
	}
	switch {
	case f.has("type"):
		fine = r.sourceType(f.get("type")) && fine
	case !f.has("metricSourceRef"):
		r.errorf(f.node, "", "metricSource lacks type or metricSourceRef")
		fine = false
	}
	s := f.need("spec")
	if !fine || s == nil {
		return subject{}, false
	}
	return spec(s)
}

// subject reads what a ratio counts.
func (r reader) subject(n *yaml.Node) (subject, bool) {
	f, ok := r.fields(n, "the spec of a metricSource", "probe", "service")
	if !ok {
		return subject{}, false
	}
	s := subject{}
	switch {
	case f.has("probe") && f.has("service"):
		r.errorf(f.keys["service"], "", "a metricSource names a probe or a service, not both")
		return s, false
	case f.has("service"):
		s.at = f.get("service")
		return s, set(&s.service, s.at, r.composed)
	case !f.has("probe"):
		r.errorf(f.node, "", "the spec of a metricSource lacks a probe or a service")
		return s, false
	}
	s.at = f.get("probe")
	return s, set(&s.probe, s.at, r.mention(kindProbe))
}

// composed parses the name of a Service of ours, which says what it is made of.
func (r reader) composed(n *yaml.Node) (string, bool) {
	s, ok := r.name(n)
	if !ok {
		return s, false
	}
	r.later(func() {
		if r.entries[kindService][s] != nil && !r.measured[s] || r.entries[openSLOService][s] == nil {
			r.refer(n, 0, kindService, s)
			return
		}
		r.errorf(n, "name a probe, or write a Service of ours beside it", "nothing says what the service %s is made of", s)
	})
	return s, true
}

// mention returns a parser of the name of a thing that must be there.
func (r reader) mention(kind string) func(*yaml.Node) (string, bool) {
	return func(n *yaml.Node) (string, bool) {
		s, ok := r.name(n)
		if ok {
			r.later(func() { r.refer(n, 0, kind, s) })
		}
		return s, ok
	}
}
