package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Bounds of one YAML document.
const (
	maxDepth    = 32      // nested lists and mappings
	maxExpanded = 200_000 // nodes, each alias counted as what it stands for
)

// document is one YAML document of a file: its root, or what is wrong with it.
type document struct {
	root *yaml.Node // lines are those of the file
	text string
	err  *syntaxError
}

// syntaxError is a document that is not YAML, or more YAML than we take.
type syntaxError struct {
	line, column  int
	message, hint string
}

// documents cuts f where YAML does, at lines that begin with ---, and reads
// each piece by itself: so a mistake in one does not hide those in the others.
func (f *file) documents() []document {
	var docs []document
	from := 1
	for n := 2; n <= len(f.lines)+1; n++ {
		if n <= len(f.lines) && (!marker(f.lines[n-1]) || f.preamble(from, n)) {
			continue
		}
		docs = append(docs, f.read(from, n)...)
		from = n
	}
	return docs
}

// marker reports whether a line starts a document. Inside a quoted or block
// scalar YAML takes such a line for one as well.
func marker(line string) bool {
	rest, ok := strings.CutPrefix(line, "---")
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// preamble reports whether the lines hold nothing but directives, comments
// and blanks, which belong to the document after them.
func (f *file) preamble(from, to int) bool {
	directive := false
	for _, l := range f.lines[from-1 : to-1] {
		t := strings.TrimSpace(l)
		directive = directive || strings.HasPrefix(l, "%")
		if t != "" && t[0] != '#' && !strings.HasPrefix(l, "%") {
			return false
		}
	}
	return directive
}

// read decodes the lines [from, to), which hold one document, or several
// where some end with "...".
func (f *file) read(from, to int) []document {
	text := f.span(from, to)
	roots, err := decode(text)
	var docs []document
	for _, root := range roots {
		shift(root, from-1)
		d := document{root: root, text: text}
		if d.err = bounded(root); d.err != nil {
			d.root = nil
		}
		docs = append(docs, d)
	}
	if err != nil {
		e := locate(text, err)
		e.line += from - 1
		e.column = utf8.RuneCountInString(f.line(e.line)[:culprit(f.line(e.line), e.message)]) + 1
		docs = append(docs, document{text: text, err: e})
	}
	return docs
}

// decode reads YAML up to the first error. The YAML library panics on some
// inputs that are not its caller's fault; that is an error like any other.
func decode(text string) (roots []*yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the document cannot be read (%v)", p)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		root := new(yaml.Node)
		switch err := d.Decode(root); {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			return roots, err
		case len(root.Content) == 1 && !blank(root.Content[0]):
			roots = append(roots, root.Content[0])
		}
	}
}

// blank reports whether n is the nothing of an empty document.
func blank(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 }

// shift moves n and all in it down by some lines.
func shift(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		shift(c, lines)
	}
}

// bounded refuses documents that are too deep, that contain themselves, or
// whose aliases stand for more than maxExpanded nodes.
func bounded(root *yaml.Node) *syntaxError {
	w := walker{sizes: map[*yaml.Node]int{}, open: map[*yaml.Node]bool{}}
	w.size(root, 0)
	return w.err
}

type walker struct {
	sizes map[*yaml.Node]int // of anchored nodes, once walked
	open  map[*yaml.Node]bool
	err   *syntaxError
}

// size counts the nodes of n, with aliases expanded.
func (w *walker) size(n *yaml.Node, depth int) int {
	switch {
	case w.err != nil:
		return 0
	case depth > maxDepth:
		w.refuse(n, fmt.Sprintf("nested more than %d levels deep", maxDepth))
		return 0
	case n.Kind == yaml.AliasNode:
		return w.alias(n)
	}
	if n.Anchor != "" {
		w.open[n] = true
		defer delete(w.open, n)
	}
	total := 1
	for _, c := range n.Content {
		total = min(total+w.size(c, depth+1), maxExpanded+1)
	}
	if n.Anchor != "" {
		w.sizes[n] = total
	}
	if total > maxExpanded {
		w.refuse(n, fmt.Sprintf("aliases make this more than %d values", maxExpanded))
	}
	return total
}

func (w *walker) alias(n *yaml.Node) int {
	if w.open[n.Alias] {
		w.refuse(n, fmt.Sprintf("the alias *%s contains itself", n.Value))
		return 0
	}
	return w.sizes[n.Alias] // an anchor stands before its aliases
}

func (w *walker) refuse(n *yaml.Node, message string) {
	if w.err == nil {
		w.err = &syntaxError{line: n.Line, column: n.Column, message: message}
	}
}

var (
	yamlLine    = regexp.MustCompile(`^yaml: line (\d+): `)
	yamlUnknown = regexp.MustCompile(`^unknown anchor '([^']*)' referenced$`)
)

// locate turns an error of the YAML library, which tells a line at most and
// for some errors the one where the surrounding mapping starts, into a place.
func locate(text string, err error) *syntaxError {
	e := &syntaxError{line: 1, message: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		e.line, _ = strconv.Atoi(m[1])
		e.message = err.Error()[len(m[0]):]
	}
	if m := yamlUnknown.FindStringSubmatch(e.message); m != nil {
		e.message = fmt.Sprintf("the alias *%s stands for nothing in this document", m[1])
		e.line = 1 + strings.Count(text[:max(0, strings.Index(text, "*"+m[1]))], "\n")
		return e
	}
	if strings.HasPrefix(e.message, "did not find expected ") && !strings.Contains(e.message, "alphabetic") {
		e.line = firstBad(text, e.message, e.line+1)
	}
	e.hint = yamlHint(e.message)
	e.message = "not YAML: " + e.message
	return e
}

var (
	startsOddly = regexp.MustCompile(`(?:^|[-:,\[{])\s*([*&!])`)
	reserved    = regexp.MustCompile("(?:^|[-:,\\[{])\\s*([@`%\t])")
	secondColon = regexp.MustCompile(`:\s.*?(:)(?:\s|$)`)
	anyAlias    = regexp.MustCompile(`(\*)`)
)

// culprit returns the byte of a line that a message of the YAML library most
// likely speaks of, by default the first that is not blank.
func culprit(line, message string) int {
	var pattern *regexp.Regexp
	switch {
	case strings.Contains(message, "alphabetic or numeric"):
		pattern = startsOddly
	case strings.Contains(message, "cannot start any token"):
		pattern = reserved
	case strings.Contains(message, "mapping values are not allowed"):
		pattern = secondColon
	case strings.Contains(message, "the alias"):
		pattern = anyAlias
	}
	if pattern != nil {
		if m := pattern.FindStringSubmatchIndex(line); m != nil {
			return m[2]
		}
	}
	return len(line) - len(strings.TrimLeft(line, " \t"))
}

// firstBad returns the first line up to which text already fails with
// message; the fallback for texts that are too long to read again and again.
func firstBad(text, message string, fallback int) int {
	const longest = 64 << 10
	lines := strings.SplitAfter(text, "\n")
	if len(text) > longest {
		return min(fallback, len(lines))
	}
	low, high := 1, len(lines) // the answer is in [low, high]
	for low < high {
		mid := (low + high) / 2
		_, err := decode(strings.Join(lines[:mid], ""))
		if err != nil && strings.HasSuffix(err.Error(), message) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// yamlHint says what usually is behind a message of the YAML library.
func yamlHint(message string) string {
	switch {
	case strings.Contains(message, "alphabetic or numeric"):
		return `a value that begins with * or & needs quotes, such as "*/5 * * * *"`
	case strings.Contains(message, "mapping values are not allowed"):
		return `a value that holds ": " needs quotes, and fields of one block the same indentation`
	case strings.Contains(message, "cannot start any token"):
		return "YAML indents by spaces, not by tabs; a value that begins with @, % or ` needs quotes"
	case strings.Contains(message, "unknown escape"):
		return `a backslash means itself in 'single quotes'`
	case strings.Contains(message, "expected key"), strings.Contains(message, "could not find expected ':'"):
		return "fields of one block need the same indentation, and a colon and a space after the name"
	case strings.Contains(message, "expected ',' or"), strings.Contains(message, "expected node content"):
		return "what is in brackets or braces needs commas and its closing bracket or brace"
	}
	return ""
}
