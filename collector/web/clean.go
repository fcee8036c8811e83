package web

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text from outside fit to be kept and shown: valid UTF-8
// without control, escape or bidirectional characters, at most n bytes. Line
// breaks become spaces.
func clean(s string, n int) string {
	return cleaned(s, n, func(r rune) bool { return false })
}

// cleanLines is clean, but keeps line breaks.
func cleanLines(s string, n int) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return cleaned(s, n, func(r rune) bool { return r == '\n' })
}

func cleaned(s string, n int, keep func(rune) bool) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case keep(r):
		case r == '\n', r == '\r', r == '\t':
			r = ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cs, r),
			r == '\u2028', r == '\u2029', r == '\ufeff':
			continue
		}
		if b.Len()+utf8.RuneLen(r) > n {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// scrub takes out of a whole answer what no text of ours needs: control
// characters but line breaks and tabs, and those that turn the direction of
// writing, wherever they came from.
func scrub(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, b)
}

// shownTarget is a probe's target without the password that a URL may hold.
func shownTarget(target string) string {
	if !strings.Contains(target, "@") || !strings.Contains(target, "://") {
		return target
	}
	u, err := url.Parse(target)
	if err != nil {
		return "(not shown)"
	}
	if u.User != nil {
		u.User = url.User("redacted")
	}
	return u.String()
}
