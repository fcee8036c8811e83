package report

import (
	"strings"
	"unicode"
)

// clean makes one printable line of at most limit characters of a text from
// outside: without control, escape, invisible and bidirectional characters.
func clean(s string, limit int) string {
	var b strings.Builder
	n, space := 0, false
	for _, c := range s {
		if unicode.IsSpace(c) {
			space = b.Len() > 0
			continue
		}
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) { // IsPrint leaves out Cc, Cf, Co, Cs
			c = '\uFFFD'
		}
		if space {
			b.WriteByte(' ')
			n, space = n+1, false
		}
		if n >= limit {
			return strings.TrimSpace(b.String()) + "…"
		}
		b.WriteRune(c)
		n++
	}
	return b.String()
}
