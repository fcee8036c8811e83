package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// reader decodes one document. Its methods note what is wrong and return
// false for it, so that one pass finds every mistake.
type reader struct {
	*loader
	file *file
}

// errorf notes an error at n. An empty hint is none.
func (r reader) errorf(n *yaml.Node, hint, format string, args ...any) {
	r.note(Error, n.Line, n.Column, hint, format, args...)
}

// warnf notes a warning at n.
func (r reader) warnf(n *yaml.Node, hint, format string, args ...any) {
	r.note(Warning, n.Line, n.Column, hint, format, args...)
}

// errorIn notes an error inside a scalar, offset bytes into its value.
func (r reader) errorIn(n *yaml.Node, offset int, hint, format string, args ...any) {
	r.note(Error, n.Line, r.columnIn(n, offset), hint, format, args...)
}

// columnIn returns the column of a byte of a scalar's value. Where the value
// is not written as it is (escapes, several lines, an alias's anchor) it is
// the column of the scalar.
func (r reader) columnIn(n *yaml.Node, offset int) int {
	start := n.Column
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		start++
	}
	line := []rune(r.file.shown(n.Line))
	offset = min(offset, len(n.Value))
	if start-1 > len(line) || !strings.HasPrefix(string(line[start-1:]), n.Value[:offset]) {
		return n.Column
	}
	return start + utf8.RuneCountInString(n.Value[:offset])
}

func (r reader) note(s Severity, line, column int, hint, format string, args ...any) {
	p := Problem{Severity: s, File: r.file.name, Line: line, Column: column, Hint: hint}
	if r.found.room() { // else it is only counted
		p.Message = masked(fmt.Sprintf(format, args...))
		p.Source, p.Caret = excerpt(masked(r.file.shown(line)), column)
	}
	r.found.add(p)
}

// deref follows an alias to what it stands for; document bounds were checked.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// isNull reports whether n is no value at all: nothing, ~ or null.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// describe says what n is, for messages about wrong types.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return quote(n.Value)
}

// quote is s in quotes, shortened where it is long.
func quote(s string) string {
	const longest = 60
	if utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest-3]) + "..."
	}
	return fmt.Sprintf("%q", s)
}

// fields are the values of a mapping whose field names are known.
type fields struct {
	r      reader
	node   *yaml.Node
	what   string
	values map[string]*yaml.Node
	keys   map[string]*yaml.Node // also of fields without a usable value
}

// fields reads a mapping. Unknown and repeated names, and fields without a
// value, are noted; what is the mapping's name in messages.
func (r reader) fields(n *yaml.Node, what string, known ...string) (fields, bool) {
	f := fields{r: r, what: what, values: map[string]*yaml.Node{}, keys: map[string]*yaml.Node{}}
	f.node = deref(n)
	ok := r.pairs(n, what, func(key *yaml.Node, value *yaml.Node) {
		switch {
		case !slices.Contains(known, key.Value):
			r.unknown(key, what, known)
		case isNull(value):
			f.keys[key.Value] = key
			r.errorf(key, "", "%s has no value", key.Value)
		default:
			f.keys[key.Value] = key
			f.values[key.Value] = value
		}
	})
	return f, ok
}

// pairs calls yield with each key and value of a mapping with text keys, each
// key once. Values are dereferenced.
func (r reader) pairs(n *yaml.Node, what string, yield func(key, value *yaml.Node)) bool {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		r.errorf(n, "", "%s is %s, not a mapping of fields", what, describe(n))
		return false
	}
	if !r.untagged(n) {
		return false
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := deref(n.Content[i]), deref(n.Content[i+1])
		switch line, twice := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			r.errorf(key, "", "a field name of %s is %s, not text", what, describe(key))
			continue
		case key.Tag == "!!merge":
			r.errorf(key, "write the fields out", "merge keys (<<) are not supported")
			continue
		case twice:
			r.errorf(key, "", "%s is given twice, first in line %d", quote(key.Value), line)
			continue
		}
		seen[key.Value] = key.Line
		yield(key, value)
	}
	return true
}

func (r reader) unknown(key *yaml.Node, what string, known []string) {
	hint := r.suggest.hint(key.Value, known)
	if hint == "" {
		hint = "its fields are " + strings.Join(known, ", ")
	}
	r.errorf(key, hint, "unknown field %s in %s", quote(key.Value), what)
}

// untagged refuses explicit YAML tags such as !!binary: types are the
// catalogue's own.
func (r reader) untagged(n *yaml.Node) bool {
	if n.Style&yaml.TaggedStyle != 0 {
		r.errorf(n, "", "YAML tags such as %s are not supported", n.Tag)
		return false
	}
	return true
}

// get returns a field's value, nil where it is absent.
func (f fields) get(name string) *yaml.Node { return f.values[name] }

// has reports whether the field was written at all.
func (f fields) has(name string) bool { return f.keys[name] != nil }

// need returns a field's value and notes where it is absent.
func (f fields) need(name string) *yaml.Node {
	if !f.has(name) {
		f.r.errorf(f.node, "", "%s lacks the field %s", f.what, name)
	}
	return f.values[name]
}

// refuse notes an error at each of the fields that is there.
func (f fields) refuse(reason string, names ...string) {
	for _, name := range names {
		if f.has(name) {
			f.r.errorf(f.keys[name], "", "%s %s", name, reason)
		}
	}
}

// set parses n into dst, unless n is nil or parse notes that it is wrong.
func set[T any](dst *T, n *yaml.Node, parse func(*yaml.Node) (T, bool)) bool {
	if n == nil {
		return false
	}
	v, ok := parse(n)
	if ok {
		*dst = v
	}
	return ok
}

// list parses every item of a list of at most limit items; what names it.
func list[T any](r reader, n *yaml.Node, what string, limit int, parse func(*yaml.Node) (T, bool)) ([]T, bool) {
	n = deref(n)
	switch {
	case n.Kind != yaml.SequenceNode:
		hint := ""
		if n.Kind == yaml.ScalarNode {
			hint = "write it as a list of one, in brackets"
		}
		r.errorf(n, hint, "%s is %s, not a list", what, describe(n))
		return nil, false
	case !r.untagged(n):
		return nil, false
	case len(n.Content) > limit:
		r.errorf(n, "", "%s has %d items, more than %d", what, len(n.Content), limit)
		return nil, false
	}
	out, ok := make([]T, 0, len(n.Content)), true
	for _, c := range n.Content {
		v, good := parse(deref(c))
		out, ok = append(out, v), ok && good
	}
	return out, ok
}

// zone loads a time zone, once for each name.
func (l *loader) zone(name string) (*time.Location, error) {
	if z, ok := l.zones[name]; ok {
		return z, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	l.zones[name] = z
	return z, nil
}
