package catalog

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Render writes every problem as
//
//	file:line:column: error: message
//	    the source line
//	         ^
//	    hint
//
// What comes from the files is made harmless to a terminal on the way:
// control, escape and bidirectional characters show as U+FFFD.
func (ps Problems) Render(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, p := range ps {
		p.render(b)
	}
	return b.Flush()
}

// String is what Render writes.
func (ps Problems) String() string {
	var b strings.Builder
	_ = ps.Render(&b) // a strings.Builder does not fail
	return b.String()
}

const indent = "    "

func (p Problem) render(b *bufio.Writer) {
	fmt.Fprintln(b, p.Error())
	if p.Line > 0 && strings.TrimSpace(p.Source) != "" {
		fmt.Fprintf(b, "%s%s\n", indent, strings.TrimRight(clean(p.Source), " \t"))
		fmt.Fprintf(b, "%s%s^\n", indent, under(p.Source, p.Caret))
	}
	if p.Hint != "" {
		fmt.Fprintf(b, "%s%s\n", indent, clean(p.Hint))
	}
}

// under returns white space as wide as the first caret-1 characters of line:
// a tab stays a tab, a wide character is two columns, a combining one none.
func under(line string, caret int) string {
	var b strings.Builder
	n := 1
	for _, r := range clean(line) {
		if n >= caret {
			break
		}
		n++
		switch {
		case r == '\t':
			b.WriteByte('\t')
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wide(r):
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	for ; n < caret; n++ { // a place past the end of the line
		b.WriteByte(' ')
	}
	return b.String()
}

// wide reports whether a terminal gives r two columns.
func wide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}

// clean replaces, one for one, the characters of s that a terminal would obey
// instead of showing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && hostile(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// hostile reports whether r is a control character, a line break, or an
// invisible character that changes the order or look of what is beside it.
func hostile(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// excerptWidth bounds Problem.Source, in characters.
const excerptWidth = 160

// excerpt returns line, or the part of a long one around column, and which
// character of it column is.
func excerpt(line string, column int) (string, int) {
	if len(line) <= excerptWidth {
		return line, column
	}
	r := []rune(line)
	from := max(0, min(column-1-excerptWidth/2, len(r)-excerptWidth))
	return string(r[from:min(len(r), from+excerptWidth)]), column - from
}
