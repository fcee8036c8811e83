package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Override sets one field of a catalogue to another value, to ask what its
// figures would be then.
type Override struct {
	Name  string // of a probe or an agreement, or AGREEMENT/OBJECTIVE; "": of all that have the field
	Field string
	Value string
}

// overridden are the fields that an Override can set, each with the path to it
// in the spec of a kind.
var overridden = map[string]struct {
	kind string
	path []string
}{
	"target":        {"Agreement", []string{"objectives", "target"}},
	"unknown":       {"Agreement", []string{"unknown"}},
	"minCoverage":   {"Agreement", []string{"minCoverage"}},
	"minimumOutage": {"Agreement", []string{"minimumOutage"}},
	"quorum":        {"Probe", []string{"locations", "quorum"}},
	"confirm":       {"Probe", []string{"confirm"}},
	"hold":          {"Probe", []string{"hold"}},
}

// ParseOverride reads FIELD=VALUE or NAME:FIELD=VALUE.
func ParseOverride(s string) (Override, error) {
	where, value, ok := strings.Cut(s, "=")
	var o Override
	o.Value = value
	if name, field, scoped := strings.Cut(where, ":"); scoped {
		o.Name, o.Field = name, field
	} else {
		o.Field = where
	}
	if _, known := overridden[o.Field]; !ok || !known {
		return Override{}, fmt.Errorf("%q is not FIELD=VALUE or NAME:FIELD=VALUE of %s", s, strings.Join(slices.Sorted(maps.Keys(overridden)), ", "))
	}
	return o, nil
}

// String is what ParseOverride reads.
func (o Override) String() string {
	if o.Name != "" {
		return o.Name + ":" + o.Field + "=" + o.Value
	}
	return o.Field + "=" + o.Value
}

// Overridden is sources, which must be free of errors, with overrides applied
// to documents of kinds Probe and Agreement; Parse then judges the new values
// as it does any other. An override that nothing has a place for is an error.
func Overridden(sources []Source, overrides []Override) ([]Source, error) {
	hits := make([]int, len(overrides))
	out := make([]Source, len(sources))
	for i, s := range sources {
		var b bytes.Buffer
		roots, err := decode(string(s.Data))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", s.Name, err)
		}
		for _, root := range roots {
			for k, o := range overrides {
				hits[k] += o.apply(root)
			}
			text, err := yaml.Marshal(root)
			if err != nil {
				return nil, fmt.Errorf("writing %s: %w", s.Name, err)
			}
			b.WriteString("---\n")
			b.Write(text)
		}
		out[i] = Source{Name: s.Name, Data: b.Bytes()}
	}
	var errs []error
	for k, n := range hits {
		if n == 0 {
			errs = append(errs, fmt.Errorf("%s: nothing in the catalogue has that field, or is called so", overrides[k]))
		}
	}
	return out, errors.Join(errs...)
}

// apply sets the field in one document, and returns in how many places.
func (o Override) apply(doc *yaml.Node) int {
	f := overridden[o.Field]
	kind, meta, spec := member(doc, "kind"), member(doc, "metadata"), member(doc, "spec")
	version := member(doc, "apiVersion")
	if kind == nil || version == nil || spec == nil || kind.Value != f.kind || !strings.HasPrefix(version.Value, "assay/") {
		return 0
	}
	name := ""
	if n := member(meta, "name"); n != nil {
		name = n.Value
	}
	thing, part, _ := strings.Cut(o.Name, "/")
	if o.Name != "" && name != thing || part != "" && f.path[0] != "objectives" {
		return 0
	}
	if f.path[0] != "objectives" {
		return put(spec, f.path, o.Value)
	}
	n := 0
	if list := member(spec, "objectives"); list != nil {
		for _, item := range list.Content {
			objective := resolved(item)
			called := member(objective, "name")
			if member(objective, "target") == nil || part != "" && (called == nil || called.Value != part) {
				continue // a promised number of outages has no target
			}
			n += put(objective, f.path[1:], o.Value)
		}
	}
	return n
}

// put sets the value at a path of mappings, which it makes where they are
// missing, and returns 1; 0 where something else stands in the way.
func put(n *yaml.Node, path []string, value string) int {
	if n.Kind != yaml.MappingNode {
		return 0
	}
	at := member(n, path[0])
	if len(path) > 1 && at == nil {
		at = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[0]}, at)
	}
	if len(path) > 1 {
		return put(at, path[1:], value)
	}
	set := &yaml.Node{Kind: yaml.ScalarNode, Value: value}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == path[0] {
			n.Content[i+1] = set
			return 1
		}
	}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[0]}, set)
	return 1
}

// member is the value of a key of a mapping, nil where there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolved(n.Content[i+1])
		}
	}
	return nil
}

// resolved is what an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
