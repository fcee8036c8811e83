package catalog

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of a kind block's lists and mappings.
const (
	maxItems   = 100
	maxPattern = 4096 // bytes of a regular expression
)

// block is a kind block while it is read: where each of its fields stands, by
// paths such as url, tls.ca, status[0] and headers.Accept.
type block struct {
	r    reader
	what string
	node *yaml.Node
	at   map[string]*yaml.Node
	bad  map[string]bool // paths whose value has been refused already
	open bool            // the texts may have placeholders
}

// spec reads a kind block into the type of its kind and checks its values; it
// is nil where the block is no mapping.
func (r reader) spec(kind string, n *yaml.Node) slo.Spec {
	s, ok := slo.NewSpec(kind)
	if !ok {
		return nil
	}
	b := &block{r: r, what: kind, node: deref(n), at: map[string]*yaml.Node{}, bad: map[string]bool{}}
	if !b.decode(b.node, "", reflect.ValueOf(s).Elem()) {
		return nil
	}
	switch s := s.(type) {
	case *slo.HTTP:
		b.http(s)
	case *slo.WebSocket:
		b.websocket(s)
	case *slo.GRPC:
		b.grpc(s)
	case *slo.TCP:
		b.tcp(s)
	case *slo.TLS:
		b.tls(s)
	case *slo.UDP:
		b.udp(s)
	case *slo.DNS:
		b.dns(s)
	case *slo.ICMP:
		b.icmp(s)
	case *slo.SSH:
		b.ssh(s)
	case *slo.SMTP:
		b.smtp(s)
	case *slo.IMAP:
		b.imap(s)
	case *slo.SQL:
		b.sql(s)
	case *slo.Exec:
		b.exec(s)
	case *slo.Steps:
		b.steps(s)
	case *slo.Push:
		b.push(s)
	case *slo.Browser:
		b.browser(s)
	case *slo.PromQL:
		b.promql(s)
	case *slo.Backup:
		b.backup(s)
	}
	return s
}

// decode reads a mapping into a struct whose fields have JSON names.
func (b *block) decode(n *yaml.Node, path string, into reflect.Value) bool {
	t := into.Type()
	index := map[string]int{}
	var known []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		index[name] = i
		known = append(known, name)
	}
	what := b.what
	if path != "" {
		what += "." + path
	}
	f, ok := b.r.fields(n, what, known...)
	for name := range f.keys {
		b.bad[join(path, name)] = f.get(name) == nil
	}
	for name, v := range f.values {
		p := join(path, name)
		b.at[p] = v
		if !b.value(v, p, into.Field(index[name])) {
			b.bad[p] = true
		}
	}
	return ok
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value reads n into one field of a spec. The types are those that the specs
// of package slo have; another one is a mistake in this package.
func (b *block) value(n *yaml.Node, path string, into reflect.Value) bool {
	switch p := into.Addr().Interface().(type) {
	case *string:
		return set(p, n, b.r.raw)
	case *slo.Security:
		s, ok := b.r.raw(n)
		*p = slo.Security(s)
		return ok
	case *int:
		return set(p, n, b.r.integer(0, 1<<31-1))
	case *bool:
		return set(p, n, b.r.boolean)
	case *time.Duration:
		return set(p, n, b.r.duration(0, maxDuration))
	case *slo.Ratio:
		return set(p, n, b.r.percent)
	case *slo.Secret:
		return b.secret(n, path, p)
	case *[]string:
		return b.items(n, path, func(n *yaml.Node) bool {
			s, ok := b.r.raw(n)
			*p = append(*p, s)
			return ok
		})
	case *[]slo.StatusRange:
		return b.items(n, path, func(n *yaml.Node) bool {
			s, ok := parsed(b.r, parseStatus)(n)
			*p = append(*p, s)
			return ok
		})
	case *map[string]slo.Secret:
		*p = map[string]slo.Secret{}
		return b.r.pairs(n, path, func(key, value *yaml.Node) {
			var s slo.Secret
			at := path + "." + key.Value
			b.at[at] = key
			b.bad[at] = !b.secret(value, at, &s)
			(*p)[key.Value] = s
		})
	case *map[string]string:
		*p = map[string]string{}
		return b.r.pairs(n, path, func(key, value *yaml.Node) {
			s, ok := b.r.raw(value)
			(*p)[key.Value] = s
			b.at[path+"."+key.Value] = key
			b.bad[path+"."+key.Value] = !ok
		})
	}
	switch {
	case into.Kind() == reflect.Struct:
		return b.decode(n, path, into)
	case into.Kind() == reflect.Slice && into.Type().Elem().Kind() == reflect.Struct:
		i := 0
		return b.items(n, path, func(n *yaml.Node) bool {
			item := reflect.New(into.Type().Elem()).Elem()
			ok := b.decode(n, fmt.Sprintf("%s[%d]", path, i), item)
			i++
			into.Set(reflect.Append(into, item))
			return ok
		})
	}
	panic("catalog: no decoder for a field of type " + into.Type().String())
}

// items reads a list that is not empty.
func (b *block) items(n *yaml.Node, path string, read func(*yaml.Node) bool) bool {
	i := 0
	got, ok := list(b.r, n, path, maxItems, func(n *yaml.Node) (bool, bool) {
		p := fmt.Sprintf("%s[%d]", path, i)
		i++
		b.at[p] = n
		good := read(n)
		b.bad[p] = !good
		return good, good
	})
	if ok && len(got) == 0 {
		b.r.errorf(n, "leave it out for the default", "%s is empty", path)
		return false
	}
	return ok
}

// parseStatus reads 200 or 200-299.
func parseStatus(s string) (slo.StatusRange, error) {
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	a, errA := strconv.Atoi(from)
	z, errZ := strconv.Atoi(to)
	if errA != nil || errZ != nil || len(from) != 3 || len(to) != 3 || a < 100 || z < a {
		return slo.StatusRange{}, fmt.Errorf("%s is not a status such as 204 or a range such as 200-299", quote(s))
	}
	return slo.StatusRange{From: a, To: z}, nil
}

// given reports whether a field was written and read.
func (b *block) given(path string) bool { return b.at[path] != nil && !b.bad[path] }

// need notes a field that is absent and reports whether it can be checked.
func (b *block) need(path string) bool {
	if b.at[path] == nil && !b.bad[path] {
		b.r.errorf(b.node, "", "%s lacks the field %s", b.what, path)
	}
	return b.given(path)
}

// needIn is need for a field of the mapping at a path.
func (b *block) needIn(path, name string) bool {
	p := join(path, name)
	if b.at[p] == nil && !b.bad[p] {
		b.r.errorf(b.at[path], "", "%s.%s lacks the field %s", b.what, path, name)
	}
	return b.given(p)
}

// part is the block that lies at a path, so that one kind can hold another.
func (b *block) part(path, what string) *block {
	in := &block{r: b.r, what: what, node: b.at[path], at: map[string]*yaml.Node{}, bad: map[string]bool{}}
	for p, n := range b.at {
		if rest, ok := strings.CutPrefix(p, path+"."); ok {
			in.at[rest] = n
		}
	}
	for p, bad := range b.bad {
		if rest, ok := strings.CutPrefix(p, path+"."); ok {
			in.bad[rest] = bad
		}
	}
	return in
}

// check applies a rule to a field that was given.
func (b *block) check(path string, rule func(string) error) {
	if b.given(path) {
		b.apply(path, b.at[path].Value, rule)
	}
}

// checkAll applies a rule to every item of a list.
func (b *block) checkAll(path string, items []string, rule func(string) error) {
	for i, s := range items {
		if p := fmt.Sprintf("%s[%d]", path, i); b.given(p) {
			b.apply(p, s, rule)
		}
	}
}

func (b *block) apply(path, value string, rule func(string) error) {
	if err := rule(value); err != nil {
		hint := ""
		if h := (hinted{}); asHinted(err, &h) {
			hint = b.r.suggest.hint(value, h.known)
		}
		b.r.errorf(b.at[path], hint, "%v", err)
	}
}

// within notes a number outside lo to hi; a field that is absent is fine.
func (b *block) within(path string, v, lo, hi int) {
	if b.given(path) && (v < lo || v > hi) {
		b.r.errorf(b.at[path], "", "%d is not in %d to %d", v, lo, hi)
	}
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
