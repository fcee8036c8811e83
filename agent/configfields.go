package agent

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

// mapping reads the fields of a block, each once.
func (r *configReader) mapping(n *yaml.Node, path string, fields map[string]func(*yaml.Node, string)) {
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
		read(value, at)
	}
}

// pairs yields the keys and values of a block, and notes what is no block and
// what is there twice.
func (r *configReader) pairs(n *yaml.Node, path string) func(yield func(key, value *yaml.Node) bool) {
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

func (r *configReader) block(fields map[string]func(*yaml.Node, string)) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) { r.mapping(n, path, fields) }
}

// scalar notes what is no single value.
func (r *configReader) scalar(n *yaml.Node, path, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.errorf(n, "%s: %s is expected here", path, what)
		return "", false
	}
	return n.Value, true
}

func (r *configReader) text(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "a text")
		if ok && (len(s) > 4096 || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })) {
			r.errorf(n, "%s: the text is too long or holds control characters", path)
			return
		}
		*to = s
	}
}

// texts reads a list of texts; one text stands for a list of it.
func (r *configReader) texts(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		for i, item := range list(n) {
			var s string
			at := fmt.Sprintf("%s[%d]", path, i)
			r.places[at] = item
			r.text(&s)(resolved(item), at)
			*to = append(*to, s)
		}
	}
}

func (r *configReader) networks(to *[]netip.Prefix) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		var words []string
		r.texts(&words)(n, path)
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

func (r *configReader) duration(to *time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
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

func (r *configReader) count(to *int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
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

func (r *configReader) flag(to *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		s, ok := r.scalar(n, path, "true or false")
		if ok && s != "true" && s != "false" {
			r.errorf(n, "%s: %q is not true or false", path, bounded(s))
		}
		*to = s == "true"
	}
}

var sizePattern = regexp.MustCompile(`^([0-9]{1,12}) ?(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)$`)

func (r *configReader) size(to *int64) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
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

// inputs reads the inputs, each with its interval or nothing.
func (r *configReader) inputs(to *[]Input) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		for key, value := range r.pairs(n, path) {
			in := Input{Name: key.Value}
			at := join(path, key.Value)
			r.places[at] = key
			r.mapping(value, at, map[string]func(*yaml.Node, string){"interval": r.duration(&in.Interval)})
			*to = append(*to, in)
		}
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
