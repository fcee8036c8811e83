// Package settings reads the YAML file that a command is configured by.
// Every unknown, missing or malformed field is a problem with its place, all
// of them at once.
package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo/catalog"
)

// MaxFile bounds the file, in bytes.
const MaxFile = 1 << 20

// Mistake is a field that could be read and is wrong, such as one that
// contradicts another. Its path is that of the file, such as queue.size or
// reports[0].to.
type Mistake struct {
	Field   string
	Message string
}

func (m Mistake) Error() string { return m.Field + ": " + m.Message }

// Load reads the file into where the fields point to, and asks check what is
// wrong with their values. With a problem these are of no use.
func Load(name string, fields Fields, check func() []Mistake) catalog.Problems {
	b, err := ReadBounded(name, MaxFile)
	if err != nil {
		return catalog.Problems{{File: name, Message: fmt.Sprintf("cannot be read: %v", err)}}
	}
	return Parse(name, b, fields, check)
}

// ReadBounded reads a file of at most limit bytes.
func ReadBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return b, err
}

// Parse is Load for bytes; name is for problems and for relative paths.
func Parse(name string, b []byte, fields Fields, check func() []Mistake) catalog.Problems {
	r := reader{file: name, lines: strings.Split(string(b), "\n"), places: map[string]*yaml.Node{}}
	root, err := r.document(b)
	if err != nil {
		r.syntax(err)
		return r.problems
	}
	r.mapping(root, "", fields)
	r.note(check(), root)
	slices.SortStableFunc(r.problems, func(a, b catalog.Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return r.problems
}

// reader decodes the file and remembers where each field stands.
type reader struct {
	file     string
	lines    []string
	places   map[string]*yaml.Node // of values, by path
	problems catalog.Problems
}

// note adds what is wrong with values that could be read. A place that has a
// problem already is passed over.
func (r *reader) note(mistakes []Mistake, root *yaml.Node) {
	type place struct{ line, column int }
	told := map[place]bool{}
	for _, p := range r.problems {
		told[place{p.Line, p.Column}] = true
	}
	for _, m := range mistakes {
		if n := r.place(m.Field, root); !told[place{n.Line, n.Column}] {
			r.errorf(n, "%s: %s", m.Field, m.Message)
		}
	}
}

// document reads the one YAML document of the file.
func (r *reader) document(b []byte) (root *yaml.Node, err error) {
	defer func() { // the YAML library panics on some inputs
		if v := recover(); v != nil {
			err = fmt.Errorf("yaml: line 1: the document cannot be read (%v)", v)
		}
	}()
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(b))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
	case err != nil:
		return nil, err
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("yaml: line %d: there is more than one document", max(1, more.Line))
	}
	if n := doc.Content[0]; n.Kind != yaml.ScalarNode || n.Tag != "!!null" {
		return n, nil
	}
	return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntax notes an error of the YAML library.
func (r *reader) syntax(err error) {
	n, text := &yaml.Node{Line: 1, Column: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n.Line, _ = strconv.Atoi(m[1])
		text = err.Error()[len(m[0]):]
	}
	r.errorf(n, "not YAML: %s", text)
}

// credentials is a URL with a user, or a field that holds a secret: neither
// is to be shown.
var credentials = regexp.MustCompile(`://[^/\s]*@|(?i)\b(\w*password|\w*secret|credentials|\w*token|authorization)\s*:`)

func (r *reader) errorf(n *yaml.Node, format string, args ...any) {
	p := catalog.Problem{File: r.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)}
	if n.Line >= 1 && n.Line <= len(r.lines) {
		if line := r.lines[n.Line-1]; len(line) <= 160 && !credentials.MatchString(line) {
			p.Source, p.Caret = line, n.Column
		}
	}
	r.problems = append(r.problems, p)
}

// place is where a field stands, or what holds it.
func (r *reader) place(path string, root *yaml.Node) *yaml.Node {
	for path != "" {
		if n := r.places[path]; n != nil {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return root
}

// resolve makes a path of the file one of the machine: relative ones are
// relative to the file.
func (r *reader) resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.file), path)
}
