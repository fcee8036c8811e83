package catalog

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// sourceType is the type of the data sources that are ours: the probes and
// services of the catalogue.
const sourceType = "assay"

// dataSourceSpec reads the spec of a DataSource: one that says nothing but that
// the measurements are ours, or where a Prometheus is.
func (r reader) dataSourceSpec(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a DataSource", "description", "type", "connectionDetails")
	if !ok {
		return
	}
	r.description(f)
	s := source{}
	if !set(&s.kind, f.need("type"), parsed(r, knownSource)) {
		return
	}
	if s.kind == prometheusType {
		var ok bool
		if s.url, ok = r.prometheusSource(f.need("connectionDetails")); !ok {
			return
		}
	}
	if name != "" {
		r.sources[name] = s
	}
	if c := f.get("connectionDetails"); s.kind == sourceType && c != nil && (c.Kind != yaml.MappingNode || len(c.Content) > 0) {
		r.errorf(f.keys["connectionDetails"], "leave it out", "connectionDetails of a data source of the type %s: there is nothing to connect to", sourceType)
	}
}

// subject is what an indicator measures: a probe, a service of ours, or what a
// query finds.
type subject struct {
	probe, service string
	at             *yaml.Node // the name, or the query

	query    string // how much a counter grew in an increment; of a data source
	source   string
	sourceAt *yaml.Node
}

// same reports whether two subjects are one, or are asked of one.
func (s subject) same(t subject) bool {
	return s.probe == t.probe && s.service == t.service && s.source == t.source
}

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
	fine, name := true, ""
	ref := f.get("metricSourceRef")
	if ref != nil {
		fine = set(&name, ref, r.mention(openSLOSource))
	}
	s := f.need("spec")
	kind := sourceType
	if s != nil && s.Kind == yaml.MappingNode && slices.ContainsFunc(s.Content, func(n *yaml.Node) bool { return n.Value == "query" }) {
		kind = prometheusType
	}
	switch {
	case f.has("type"):
		fine = set(&kind, f.get("type"), parsed(r, knownSource)) && fine
	case !f.has("metricSourceRef"):
		r.errorf(f.node, "", "metricSource lacks type or metricSourceRef")
		fine = false
	}
	if !fine || s == nil {
		return subject{}, false
	}
	r.later(func() {
		if from, known := r.sources[name]; known && from.kind != kind {
			r.errorf(ref, "", "the data source %s is of the type %s, and what is asked of it is not", name, from.kind)
		}
	})
	if kind == prometheusType {
		return r.querySubject(s, what, name, ref)
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
