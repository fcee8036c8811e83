package settings

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo/catalog"
)

// Fields are what a block of the file may hold, by name.
type Fields map[string]Field

// Field reads a value at a path into where it was told to, and notes what is
// wrong with it.
type Field func(r *reader, n *yaml.Node, path string)

// mapping reads the fields of a block, each once.
func (r *reader) mapping(n *yaml.Node, path string, fields Fields) {
	for key, value := range r.pairs(n, path) {
		read, ok := fields[key.Value]
		if !ok {
			known := make([]string, 0, len(fields))
			for name := range fields {
				known = append(known, name)
			}
			slices.Sort(known)
			r.errorf(key, "unknown field %q; known here are %s", bounded(key.Value), strings.Join(known, ", "))
			continue
		}
		at := join(path, key.Value)
		r.places[at] = value
		read(r, value, at)
	}
}

// pairs yields the keys and values of a block, and notes what is no block and
// what is there twice.
func (r *reader) pairs(n *yaml.Node, path string) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		n = resolved(n)
		if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.errorf(n, "%s: fields are expected here, such as \"name: value\"", cmp.Or(path, "the file"))
			return
		}
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := resolved(n.Content[i])
			if seen[key.Value] {
				r.errorf(key, "field %q is there twice", bounded(key.Value))
				continue
			}
			seen[key.Value] = true
			if !yield(key, resolved(n.Content[i+1])) {
				return
			}
		}
	}
}

// Block reads a block of fields.
func Block(fields Fields) Field {
	return func(r *reader, n *yaml.Node, path string) { r.mapping(n, path, fields) }
}

// Items reads a list of blocks; fields says where those of one go.
func Items[T any](to *[]T, fields func(*T) Fields) Field {
	return func(r *reader, n *yaml.Node, path string) {
		switch {
		case n.Kind == yaml.ScalarNode && n.Tag == "!!null": // all items are comments, say
			return
		case n.Kind != yaml.SequenceNode:
			r.errorf(n, "%s: a list is expected here", path)
			return
		}
		for i, item := range n.Content {
			var v T
			at := fmt.Sprintf("%s[%d]", path, i)
			r.places[at] = resolved(item)
			r.mapping(item, at, fields(&v))
			*to = append(*to, v)
		}
	}
}

// Named reads a block whose names are free, such as those of inputs; fields
// says where those of one go, and a name without any is fine.
func Named[T any](to *[]T, fields func(v *T, name string) Fields) Field {
	return func(r *reader, n *yaml.Node, path string) {
		for key, value := range r.pairs(n, path) {
			var v T
			at := join(path, key.Value)
			r.places[at] = key
			r.mapping(value, at, fields(&v, key.Value))
			*to = append(*to, v)
		}
	}
}

// Map reads a block whose names are free, each with one line of text.
func Map(to *map[string]string) Field {
	return func(r *reader, n *yaml.Node, path string) {
		out := map[string]string{}
		for key, value := range r.pairs(n, path) {
			at := join(path, key.Value)
			r.places[at] = value
			var text string
			Text(&text)(r, value, at)
			out[key.Value] = text
		}
		*to = out
	}
}

// scalar notes what is no single value.
func (r *reader) scalar(n *yaml.Node, path, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.errorf(n, "%s: %s is expected here", path, what)
		return "", false
	}
	return n.Value, true
}

// Text reads one line of text.
func Text(to *string) Field {
	return func(r *reader, n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "a text")
		if ok && (len(s) > 4096 || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })) {
			r.errorf(n, "%s: the text is too long or holds control characters", path)
			return
		}
		*to = s
	}
}

// maxLines bounds a text of several lines, in bytes.
const maxLines = 64 << 10

// Lines reads a text of several lines, such as a template.
func Lines(to *string) Field {
	return func(r *reader, n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "a text")
		bad := func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' || c == 0x7f }
		if ok && (len(s) > maxLines || strings.ContainsFunc(s, bad)) {
			r.errorf(n, "%s: the text is too long or holds control characters", path)
			return
		}
		*to = s
	}
}

// Path reads the path of a file or folder; one that is relative is so to the
// file.
func Path(to *string) Field {
	return func(r *reader, n *yaml.Node, path string) {
		Text(to)(r, n, path)
		*to = r.resolve(*to)
	}
}

// Texts reads a list of texts; one text stands for a list of it.
func Texts(to *[]string) Field {
	return func(r *reader, n *yaml.Node, path string) {
		*to = []string{} // an empty list is not none at all
		for i, item := range list(n) {
			var s string
			at := fmt.Sprintf("%s[%d]", path, i)
			r.places[at] = item
			Text(&s)(r, resolved(item), at)
			*to = append(*to, s)
		}
	}
}

// Networks reads a list of networks or addresses.
func Networks(to *[]netip.Prefix) Field {
	return func(r *reader, n *yaml.Node, path string) {
		var words []string
		Texts(&words)(r, n, path)
		*to = []netip.Prefix{} // an empty list is not none at all
		for i, w := range words {
			p, err := netip.ParsePrefix(w)
			if a, e := netip.ParseAddr(w); e == nil && a.Zone() == "" {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
			at := fmt.Sprintf("%s[%d]", path, i)
			switch {
			case err != nil:
				r.errorf(r.places[at], "%s: %q is not a network such as 10.0.0.0/8 or fd00::/8", at, bounded(w))
			case p.Addr().Is4In6():
				r.errorf(r.places[at], "%s: write %q as an IPv4 network", at, bounded(w))
			case p != p.Masked():
				r.errorf(r.places[at], "%s: %q has bits beyond its length; the network is %s", at, bounded(w), p.Masked())
			default:
				*to = append(*to, p)
			}
		}
	}
}

// Duration reads a duration such as 72h or 7d, of more than nothing.
func Duration(to *time.Duration) Field {
	return func(r *reader, n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "a duration such as 72h")
		if !ok {
			return
		}
		d, err := catalog.ParseDuration(s)
		if err == nil && d == 0 {
			err = errors.New("0 is no duration here")
		}
		if err != nil {
			r.errorf(n, "%s: %v", path, err)
		}
		*to = d
	}
}

// Count reads a whole number from 1.
func Count(to *int) Field {
	return func(r *reader, n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "a number")
		if !ok {
			return
		}
		v, err := strconv.Atoi(s)
		if err != nil || v < 1 {
			r.errorf(n, "%s: %q is not a whole number from 1", path, bounded(s))
		}
		*to = v
	}
}

// Flag reads true or false.
func Flag(to *bool) Field {
	return func(r *reader, n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "true or false")
		if ok && s != "true" && s != "false" {
			r.errorf(n, "%s: %q is not true or false", path, bounded(s))
		}
		*to = s == "true"
	}
}

var sizePattern = regexp.MustCompile(`^([0-9]{1,12}) ?(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)$`)

// Size reads a number of bytes such as 256MiB.
func Size(to *int64) Field {
	return func(r *reader, n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "a size such as 256MiB")
		if !ok {
			return
		}
		m := sizePattern.FindStringSubmatch(s)
		if m == nil {
			r.errorf(n, "%s: %q is not a size such as 256MiB or 1GB", path, bounded(s))
			return
		}
		v, _ := strconv.ParseInt(m[1], 10, 64) // 12 digits
		unit := map[string]int64{
			"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		}[m[2]]
		if v < 1 || v > (1<<50)/unit {
			r.errorf(n, "%s: %q is out of range", path, s)
			return
		}
		*to = v * unit
	}
}

// list is the items of a list, or one value as a list of it.
func list(n *yaml.Node) []*yaml.Node {
	n = resolved(n)
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// resolved is what an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// bounded is s cut short for a message.
func bounded(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
