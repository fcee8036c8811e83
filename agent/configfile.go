package agent

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

// maxConfigFile bounds the file, in bytes.
const maxConfigFile = 1 << 20

// LoadConfig reads a configuration file. Every unknown or malformed field is
// a problem with its place, all of them at once; with one the configuration
// is of no use. Paths in the file are relative to it.
func LoadConfig(name string) (Config, catalog.Problems) {
	b, err := readConfig(name)
	if err != nil {
		return Config{}, catalog.Problems{{File: name, Message: err.Error()}}
	}
	return ParseConfig(name, b)
}

func readConfig(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	if err == nil && len(b) > maxConfigFile {
		err = fmt.Errorf("is larger than %d bytes", maxConfigFile)
	}
	return b, err
}

// ParseConfig is LoadConfig for bytes; name is for problems and for relative
// paths.
func ParseConfig(name string, b []byte) (Config, catalog.Problems) {
	r := configReader{file: name, lines: strings.Split(string(b), "\n"), places: map[string]*yaml.Node{}}
	root, err := r.document(b)
	if err != nil {
		r.syntax(err)
		return Config{}, r.problems
	}
	c := r.config(root)
	r.check(c, root)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b catalog.Problem) int {
			return cmp.Or(a.Line-b.Line, a.Column-b.Column)
		})
		return Config{}, r.problems
	}
	c.relativeTo(filepath.Dir(name))
	return c, nil
}

// check notes what is wrong with values that could be read. A place that has
// a problem already is passed over.
func (r *configReader) check(c Config, root *yaml.Node) {
	type place struct{ line, column int }
	told := map[place]bool{}
	for _, p := range r.problems {
		told[place{p.Line, p.Column}] = true
	}
	for _, e := range c.withDefaults().check() {
		if n := r.place(e.Field, root); !told[place{n.Line, n.Column}] {
			r.errorf(n, "%s: %s", e.Field, e.Message)
		}
	}
}

func (c *Config) relativeTo(dir string) {
	for _, p := range []*string{&c.Data, &c.TokenFile, &c.TLS.CA, &c.TLS.Cert, &c.TLS.Key} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// configReader decodes the file and remembers where each field stands.
type configReader struct {
	file     string
	lines    []string
	places   map[string]*yaml.Node // of values, by path
	problems catalog.Problems
}

// document reads the one YAML document of the file.
func (r *configReader) document(b []byte) (root *yaml.Node, err error) {
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
func (r *configReader) syntax(err error) {
	n, text := &yaml.Node{Line: 1, Column: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n.Line, _ = strconv.Atoi(m[1])
		text = err.Error()[len(m[0]):]
	}
	r.errorf(n, "not YAML: %s", text)
}

// credentials is a URL with a user, which is not to be shown.
var credentials = regexp.MustCompile(`://[^/\s]*@`)

func (r *configReader) errorf(n *yaml.Node, format string, args ...any) {
	p := catalog.Problem{File: r.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)}
	if n.Line >= 1 && n.Line <= len(r.lines) {
		if line := r.lines[n.Line-1]; len(line) <= 160 && !credentials.MatchString(line) {
			p.Source, p.Caret = line, n.Column
		}
	}
	r.problems = append(r.problems, p)
}

// place is where a field stands, or what holds it.
func (r *configReader) place(path string, root *yaml.Node) *yaml.Node {
	for path != "" {
		if n := r.places[path]; n != nil {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return root
}

func (r *configReader) config(root *yaml.Node) (c Config) {
	r.mapping(root, "", map[string]func(*yaml.Node, string){
		"collectors":  r.texts(&c.Collectors),
		"name":        r.text(&c.Name),
		"location":    r.text(&c.Location),
		"data":        r.text(&c.Data),
		"tokenFile":   r.text(&c.TokenFile),
		"concurrency": r.count(&c.Concurrency),
		"tls": r.block(map[string]func(*yaml.Node, string){
			"ca": r.text(&c.TLS.CA), "cert": r.text(&c.TLS.Cert), "key": r.text(&c.TLS.Key),
		}),
		"allow": r.block(map[string]func(*yaml.Node, string){
			"kinds": r.texts(&c.Allow.Kinds), "networks": r.networks(&c.Allow.Networks),
		}),
		"queue": r.block(map[string]func(*yaml.Node, string){
			"size": r.size(&c.Queue.Size), "age": r.duration(&c.Queue.Age),
		}),
		"metrics": r.block(map[string]func(*yaml.Node, string){
			"listen": r.text(&c.Metrics.Address), "beyondLoopback": r.flag(&c.Metrics.BeyondLoopback),
		}),
		"inputs": r.inputs(&c.Inputs),
	})
	return c
}
