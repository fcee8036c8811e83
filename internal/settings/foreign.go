package settings

import (
	"bytes"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Foreign reads a value that another library decodes, such as the HTTP client
// settings that Prometheus defines. Fields that the library does not know are
// a problem.
func Foreign(to any) Field {
	return func(r *reader, n *yaml.Node, path string) {
		text, err := yaml.Marshal(n)
		if err == nil {
			d := yaml.NewDecoder(bytes.NewReader(text))
			d.KnownFields(true)
			err = d.Decode(to)
		}
		if err != nil {
			at, message := culprit(n, err)
			r.errorf(at, "%s: %s", path, message)
		}
	}
}

var (
	unmarshalErrors = regexp.MustCompile(`(?s)^yaml: unmarshal errors:\n\s*(line \d+: )?|^yaml: (line \d+: )?`)
	unknownField    = regexp.MustCompile(`field (\S+) not found in type \S+`)
)

// culprit is where in n the library's error is, as near as it tells, and what
// it says without the lines of another text and the names of Go types.
func culprit(n *yaml.Node, err error) (*yaml.Node, string) {
	message, _, _ := strings.Cut(unmarshalErrors.ReplaceAllString(err.Error(), ""), "\n")
	if m := unknownField.FindStringSubmatch(message); m != nil {
		if key := find(n, m[1]); key != nil {
			n = key
		}
		message = unknownField.ReplaceAllString(message, `unknown field "$1"`)
	}
	return n, message
}

// find returns the first key of n, or of what is in it, that has a name.
func find(n *yaml.Node, name string) *yaml.Node {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Value == name {
			return c
		}
		if key := find(c, name); key != nil {
			return key
		}
	}
	return nil
}
