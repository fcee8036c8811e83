package catalog

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

var (
	// secretName is the name of what usually holds a secret. The catalogue's own
	// field secret holds the name of one.
	secretName = regexp.MustCompile(`(?i)(?:authorization|cookie|password|passwd|passphrase|secret|token|api[-_]?key|credentials?|x-auth[\w-]*)$`)

	// secretPart finds values under such names in queries and forms, and the user
	// part of a URL.
	secretPart = regexp.MustCompile(`(?i)(?:^|[?&;])[\w.-]*(?:password|passwd|secret|token|api[-_]?key|signature)=([^&#\s"'<>=][^&#\s"']*)` +
		`|//([^/\s?#"']+)@`)
)

// masker finds where in a file values lie that may be secrets, however YAML
// writes them: over several lines, with escapes, behind an anchor.
type masker struct {
	f     *file
	spans [][2]int            // bytes of the text
	done  map[*yaml.Node]bool // what aliases with the name of a secret stand for
}

// maskedValues is the text of a file with those values as so many x. White space
// stays, so that places do.
func maskedValues(s Source) string {
	m := masker{f: newFile(s), done: map[*yaml.Node]bool{}}
	for _, d := range m.f.documents() {
		if d.root != nil {
			m.node(d.root, false)
		}
	}
	slices.SortFunc(m.spans, func(a, b [2]int) int { return a[0] - b[0] })
	var b strings.Builder
	end := 0
	for _, span := range m.spans {
		if from := max(span[0], end); from < span[1] {
			b.WriteString(m.f.text[end:from])
			b.WriteString(crossed(m.f.text[from:span[1]]))
			end = span[1]
		}
	}
	return b.String() + m.f.text[end:]
}

// crossed is an x for each character that is no white space.
func crossed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return r
		}
		return 'x'
	}, s)
}

// node looks at a node; secret says that its name is that of a secret. The names
// in a mapping speak for themselves.
func (m *masker) node(n *yaml.Node, secret bool) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			m.node(n.Content[i+1], secretName.MatchString(name) && !strings.EqualFold(name, "secret"))
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			m.node(c, secret)
		}
	case yaml.AliasNode:
		if secret && n.Alias.Kind != yaml.MappingNode && !m.done[n.Alias] {
			m.done[n.Alias] = true
			m.node(n.Alias, true)
		}
	case yaml.ScalarNode:
		m.scalar(n, secret)
	}
}

// scalar masks a value, or what in it may be a secret by itself.
func (m *masker) scalar(n *yaml.Node, secret bool) {
	if secret && !strings.Contains(n.Value, "${") {
		m.spans = append(m.spans, m.extent(n)...)
		return
	}
	for _, found := range secretPart.FindAllStringSubmatch(n.Value, -1) {
		text := found[1] + found[2] // one of them
		if strings.Contains(text, "${") {
			continue
		}
		for _, part := range m.extent(n) {
			if i := strings.Index(m.f.text[part[0]:part[1]], text); i >= 0 {
				m.spans = append(m.spans, [2]int{part[0] + i, part[0] + i + len(text)})
			}
		}
	}
}

// extent is where a value stands in the text: between its quotes, or word by
// word, as plain and block scalars have their words as they are.
func (m *masker) extent(n *yaml.Node) [][2]int {
	at := m.begin(n)
	text := m.f.text
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return [][2]int{quotedText(text, at, '"')}
	case n.Style&yaml.SingleQuotedStyle != 0:
		return [][2]int{quotedText(text, at, '\'')}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		_, at = lineEnd(text, at)
	}
	var out [][2]int
	for word := range strings.FieldsSeq(n.Value) {
		i := strings.Index(text[at:], word)
		if i < 0 {
			break
		}
		out = append(out, [2]int{at + i, at + i + len(word)})
		at += i + len(word)
	}
	return out
}

// begin is the offset of a value, behind its anchor and its tag.
func (m *masker) begin(n *yaml.Node) int {
	at := 0
	if n.Line > 1 {
		at = m.f.ends[n.Line-2]
	}
	for column, i := 1, at; column < n.Column; column++ {
		_, size := utf8.DecodeRuneInString(m.f.text[i:])
		i += size
		at = i
	}
	for {
		rest := strings.TrimLeft(m.f.text[at:], " \t\r\n")
		if rest == "" || rest[0] != '&' && rest[0] != '!' {
			return len(m.f.text) - len(rest)
		}
		end := strings.IndexAny(rest, " \t\r\n")
		if end < 0 {
			return len(m.f.text)
		}
		at = len(m.f.text) - len(rest) + end
	}
}

// quotedText is what lies between the quotes of the scalar that begins at an
// offset.
func quotedText(text string, at int, quote byte) [2]int {
	from := at + 1
	for i := from; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return [2]int{from, i}
		}
	}
	return [2]int{min(from, len(text)), len(text)}
}
