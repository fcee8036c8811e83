package catalog

import (
	"fmt"
	"regexp"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Bounds of OpenSLO's texts.
const (
	maxDescription = 1050 // characters
	maxLabels      = 200
)

var (
	labelName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
	labelPrefix = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	annotation  = regexp.MustCompile(`^(?:([^/]*)/)?([^/]*)$`)
)

// openSLOMetadata reads metadata and returns the name and where it stands; ""
// where there is no usable one. The rest is for people and is only checked.
func (r reader) openSLOMetadata(n *yaml.Node) (name string, at *yaml.Node) {
	f, ok := r.fields(n, "metadata", "name", "displayName", "labels", "annotations")
	if !ok {
		return "", nil
	}
	set(&name, f.need("name"), r.name)
	r.displayName(f)
	if l := f.get("labels"); l != nil {
		r.openLabels(l)
	}
	if a := f.get("annotations"); a != nil {
		r.annotations(a)
	}
	return name, f.get("name")
}

// displayName checks a name for people.
func (r reader) displayName(f fields) {
	var s string
	set(&s, f.get("displayName"), r.line)
}

// description checks a text for people.
func (r reader) description(f fields) {
	var s string
	set(&s, f.get("description"), parsed(r, func(s string) (string, error) {
		if n := utf8.RuneCountInString(s); n > maxDescription {
			return "", fmt.Errorf("a description of %d characters: OpenSLO allows %d", n, maxDescription)
		}
		return s, nil
	}))
}

// openLabels checks labels, whose values are a text or a list of texts.
func (r reader) openLabels(n *yaml.Node) {
	r.pairs(n, "labels", func(key, value *yaml.Node) {
		if !labelName.MatchString(key.Value) {
			r.errorf(key, "", "%s is not a label of OpenSLO: 1 to 63 letters, digits, '-', '_' and '.', the first and the last a letter or digit", quote(key.Value))
		}
		if value.Kind == yaml.SequenceNode {
			list(r, value, "a label", maxLabels, r.raw)
			return
		}
		r.raw(value)
	})
}

// annotations checks annotations: texts under a name with an optional prefix.
func (r reader) annotations(n *yaml.Node) {
	r.pairs(n, "annotations", func(key, value *yaml.Node) {
		m := annotation.FindStringSubmatch(key.Value)
		if m == nil || !labelName.MatchString(m[2]) || m[1] != "" && !labelPrefix.MatchString(m[1]) {
			r.errorf(key, "", "%s is not an annotation of OpenSLO such as example.com/name", quote(key.Value))
		}
		r.raw(value)
	})
}

// inlined reads the wrapping of an object that stands inside another one and
// returns its name, which may be none, and its spec; nil where there is none.
func (r reader) inlined(n *yaml.Node, what, kind string) (name string, spec *yaml.Node) {
	f, ok := r.fields(n, what, "apiVersion", "kind", "metadata", "spec")
	if !ok {
		return "", nil
	}
	word := 0
	set(&word, f.get("apiVersion"), r.choice(OpenSLOVersion))
	set(&word, f.get("kind"), r.choice(kind))
	if m := f.get("metadata"); m != nil {
		name, _ = r.openSLOMetadata(m)
	}
	return name, f.need("spec")
}
