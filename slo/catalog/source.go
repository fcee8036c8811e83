package catalog

import (
	"strings"
	"unicode/utf8"
)

// Source is the text of one file.
type Source struct {
	Name string // as problems shall call it
	Data []byte
}

// file is a source cut into lines where YAML cuts it.
type file struct {
	name  string
	lines []string // without their breaks
	ends  []int    // the offset in text behind each line's break
	text  string
}

func newFile(s Source) *file {
	f := &file{name: s.Name, text: string(s.Data)}
	for from := 0; from < len(f.text); {
		end, next := lineEnd(f.text, from)
		f.lines = append(f.lines, f.text[from:end])
		f.ends = append(f.ends, next)
		from = next
	}
	return f
}

// lineEnd returns where the line that begins at from ends and where the next
// one begins. YAML 1.1 breaks lines at CR, LF, CR LF, NEL, LS and PS.
func lineEnd(s string, from int) (end, next int) {
	const breaks = "\r\n\u0085\u2028\u2029"
	i := strings.IndexAny(s[from:], breaks)
	if i < 0 {
		return len(s), len(s)
	}
	end = from + i
	if strings.HasPrefix(s[end:], "\r\n") {
		return end, end + 2
	}
	_, n := utf8.DecodeRuneInString(s[end:])
	return end, end + n
}

// line returns line n, from 1; "" where the file has no such line.
func (f *file) line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// maxShown bounds the lines that problems show, in bytes: a line of megabytes
// is nothing to look at, and not to be searched once for each problem in it.
const maxShown = 64 << 10

// shown returns line n, or nothing where it is longer than maxShown.
func (f *file) shown(n int) string {
	if l := f.line(n); len(l) <= maxShown {
		return l
	}
	return ""
}

// span returns the text of the lines from (from 1) up to but without to.
func (f *file) span(from, to int) string {
	start := 0
	if from > 1 {
		start = f.ends[from-2]
	}
	return f.text[start:f.ends[to-2]]
}

// invalid returns the place of the first byte that is not UTF-8, and false
// where there is none.
func (f *file) invalid() (line, column int, found bool) {
	for i, l := range f.lines {
		column = 1
		for len(l) > 0 {
			r, n := utf8.DecodeRuneInString(l)
			if r == utf8.RuneError && n == 1 {
				return i + 1, column, true
			}
			l = l[n:]
			column++
		}
	}
	return 0, 0, false
}
