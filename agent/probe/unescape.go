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
		if c, ok := utf16Unit(s[1:]); ok { // %u0041, as escape() of JavaScript has it
			if low, ok := utf16Unit(strings.TrimPrefix(s[6:], "%")); ok && utf16.IsSurrogate(c) && s[6] == '%' {
				return 12, string(utf16.DecodeRune(c, low))
			}
			return 6, string(c)
		}
		if len(s) >= 3 {
			if b, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
				return 3, string([]byte{byte(b)})
			}
		}
	case '&':
		if n, c, ok := reference(s); ok {
			return n, string(c)
		}
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
	if c, end, ok := braced(s[n:]); ok {
		return n + end, string(c)
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

// reference is a character of HTML by its number, &#65; or &#x41;, with any
// zeros before it and with or without the semicolon.
func reference(s string) (n int, c rune, ok bool) {
	digits, base := strings.TrimPrefix(s, "&#"), 10
	if len(digits) == len(s) {
		return 0, 0, false
	}
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	rest, c, ok := number(digits, base)
	return len(s) - len(strings.TrimPrefix(rest, ";")), c, ok
}

// braced reads u{41}, as JavaScript, Rust and Swift have it after a backslash.
func braced(s string) (c rune, n int, ok bool) {
	digits, ok := strings.CutPrefix(s, "u{")
	if !ok {
		return 0, 0, false
	}
	rest, c, ok := number(digits, 16)
	end, closed := strings.CutPrefix(rest, "}")
	return c, len(s) - len(end), ok && closed
}

// number reads the number of a character, and returns what follows it.
func number(s string, base int) (rest string, c rune, ok bool) {
	rest = strings.TrimLeft(s, map[int]string{10: "0123456789", 16: "0123456789abcdefABCDEF"}[base])
	v, err := strconv.ParseUint(s[:len(s)-len(rest)], base, 32)
	return rest, rune(v), err == nil && v > 0 && v <= utf8.MaxRune
}
