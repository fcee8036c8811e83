package probe

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxEscapes is how often a text may be escaped, one escape over another.
	maxEscapes = 8
	// escapes are the characters that unescape does not leave alone.
	escapes = "\\%&+'\"\a\b\t\n\v\f\r"
)

// unescaped is a text in which escapes are undone, and where in the original
// each of its bytes comes from.
type unescaped struct {
	text string
	from []int // where the escape of each byte begins, and the end; nil: as in text
}

// origin is where a byte comes from.
func (u unescaped) origin(i int) int {
	if u.from == nil {
		return i
	}
	return u.from[i]
}

// unescape undoes the usual ways to write a character in another text: those of
// Go, C, JSON and IMAP with a backslash, that of URLs with a percent sign, that
// of HTML with an ampersand, and quotes that are doubled, as in SQL, all of
// them over one another. What cannot be told apart becomes the same, so that
// the result is no text to read, but a value and that value escaped come to the
// same: backslashes are dropped, a line's end is an n, a plus is a blank.
func unescape(text string) unescaped {
	u := unescaped{text: text}
	for range maxEscapes {
		if !strings.ContainsAny(u.text, escapes) {
			break
		}
		next := u.once()
		if next.text == u.text {
			break
		}
		u = next
	}
	return u
}

// once undoes one layer of escapes.
func (u unescaped) once() unescaped {
	out := make([]byte, 0, len(u.text))
	from := make([]int, 0, len(u.text)+1)
	begin := -1 // of an escape that means nothing by itself; -1: there is none
	for i := 0; i < len(u.text); {
		n, means := unit(u.text[i:])
		if begin < 0 {
			begin = i
		}
		for range len(means) {
			from = append(from, u.origin(begin))
		}
		if means != "" {
			out = append(out, means...)
			begin = -1
		}
		i += n
	}
	return unescaped{string(out), append(from, u.origin(len(u.text)))}
}

// unit is how many bytes the first character of a text takes, escaped or not,
// and which it is; "" is one that only says that the next is escaped.
func unit(s string) (n int, means string) {
	switch c := s[0]; c {
	case '\\':
		return backslashed(s)
	case '%':
		if len(s) >= 3 {
			if b, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
				return 3, string([]byte{byte(b)})
			}
		}
	case '&':
		if end := strings.IndexByte(s[:min(len(s), 12)], ';'); end > 0 {
			if plain := html.UnescapeString(s[:end+1]); plain != s[:end+1] {
				return end + 1, plain
			}
		}
	case '+':
		return 1, " "
	case '"', '\'':
		return len(s) - len(strings.TrimLeft(s, s[:1])), s[:1]
	case '\a', '\b', '\t', '\n', '\v', '\f', '\r':
		return 1, "abtnvfr"[c-'\a' : c-'\a'+1]
	}
	return 1, s[:1]
}

// backslashed is a unit that begins with backslashes. Any number of them is
// one: each layer of escapes doubles them.
func backslashed(s string) (n int, means string) {
	n = len(s) - len(strings.TrimLeft(s, `\`))
	if high, ok := utf16Unit(s[n:]); ok && utf16.IsSurrogate(high) { // as JSON has it
		rest := s[n+5:]
		low := strings.TrimLeft(rest, `\`)
		if second, ok := utf16Unit(low); ok && len(low) < len(rest) {
			if c := utf16.DecodeRune(high, second); c != utf8.RuneError {
				return len(s) - len(low) + 5, string(c)
			}
		}
	}
	c, wide, rest, err := strconv.UnquoteChar(s[n-1:], 0)
	switch {
	case err != nil:
		return n, ""
	case wide:
		return len(s) - len(rest), string(c)
	}
	return len(s) - len(rest), string([]byte{byte(c)})
}

// utf16Unit reads uXXXX.
func utf16Unit(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	c, err := strconv.ParseUint(s[1:5], 16, 16)
	return rune(c), err == nil
}
