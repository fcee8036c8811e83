package influx

import "bytes"

// line is one entry of a body with the number of the line that it begins on,
// from 1. An entry has several lines where the text of a field holds a line
// break.
type line struct {
	text   []byte
	number int
}

// lines yields the entries of a body, without empty lines and comments. The
// decoder tells no line numbers of what it takes for good, and a bound on one
// entry is asked before it is decoded; hence the cutting here.
func lines(body []byte) func(yield func(line) bool) {
	return func(yield func(line) bool) {
		for number := 1; len(body) > 0; {
			text := body[:entryLength(body)]
			body = body[len(text):]
			if t := bytes.TrimSpace(text); len(t) > 0 && t[0] != '#' && !yield(line{text, number}) {
				return
			}
			number += bytes.Count(text, []byte{'\n'})
		}
	}
}

// entryLength is the length of the entry that b begins with, line end
// included. A quote begins a text only where a field's value begins; a text
// ends at the next quote without a backslash. One that never ends is cut at its
// line, so that the lines behind it are not lost; since any quote behind it
// would have ended it, that happens once in a body.
func entryLength(b []byte) int {
	var fields, quoted bool
	start := len(b) - len(bytes.TrimLeft(b, " "))
	comment := start < len(b) && b[start] == '#'
	for i := start; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && !comment && i+1 < len(b) && (quoted || b[i+1] != '\n'):
			i++
		case c == '"' && quoted:
			quoted = false
		case quoted:
		case c == '\n':
			return i + 1
		case c == ' ':
			fields = true
		case c == '"' && fields && !comment && b[i-1] == '=':
			quoted = true
		}
	}
	if end := bytes.IndexByte(b, '\n'); quoted && end >= 0 {
		return end + 1
	}
	return len(b)
}
