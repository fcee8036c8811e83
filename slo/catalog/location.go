package catalog

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// location reads the spec of a Location.
func (r reader) location(name string, n *yaml.Node) {
	l := &slo.Location{Name: name, Labels: map[string]string{}}
	f, ok := r.fields(n, "the spec of a Location", "labels")
	if !ok {
		r.obscure[kindLocation] = true // it may be what a selector means
		return
	}
	ok = false
	if labels := f.need("labels"); labels != nil {
		ok = r.labels(labels, "labels", func(key, value *yaml.Node) bool {
			v, ok := r.label(value)
			l.Labels[key.Value] = v
			return ok
		})
	}
	if !ok {
		r.obscure[kindLocation] = true
	}
	r.catalog.Locations = append(r.catalog.Locations, l)
}

// selector reads which labels are asked for: each with a value, or a list of
// values of which it must have one.
func (r reader) selector(n *yaml.Node) (slo.Selector, bool) {
	s := slo.Selector{}
	ok := r.labels(n, "match", func(key, value *yaml.Node) bool {
		if value.Kind != yaml.SequenceNode {
			v, ok := r.label(value)
			s[key.Value] = []string{v}
			return ok
		}
		values, ok := list(r, value, key.Value, maxLocations, r.distinct("the value", r.label))
		if ok && len(values) == 0 {
			r.errorf(value, "leave the label out where any value will do", "%s names no value", key.Value)
			return false
		}
		slices.Sort(values)
		s[key.Value] = values
		return ok
	})
	return s, ok
}

// labels calls take with each label of a mapping, and reports whether all of
// them are good.
func (r reader) labels(n *yaml.Node, what string, take func(key, value *yaml.Node) bool) bool {
	count, good := 0, true
	ok := r.pairs(n, what, func(key, value *yaml.Node) {
		count++
		_, fine := r.label(key)
		good = fine && take(key, value) && good
	})
	switch {
	case !ok:
		return false
	case count == 0:
		r.errorf(deref(n), "", "%s names no label", what)
		return false
	case count > slo.MaxLabels:
		r.errorf(deref(n), "", "%s has %d labels, more than %d", what, count, slo.MaxLabels)
		return false
	}
	return good
}

// label parses the name or the value of a label.
func (r reader) label(n *yaml.Node) (string, bool) {
	return parsed(r, func(s string) (string, error) { return s, slo.CheckLabel(s) })(n)
}

// matching are the names of the Locations that a selector chooses, sorted. None
// is an error at n, unless a Location that could not be read may be meant.
func (r reader) matching(n *yaml.Node, s slo.Selector) []string {
	var names []string
	for _, l := range r.catalog.Locations {
		if l.Name != "" && s.Matches(l.Labels) {
			names = append(names, l.Name)
		}
	}
	if len(names) == 0 && !r.obscure[kindLocation] {
		r.errorf(n, "", "no Location has the labels %s", s)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
