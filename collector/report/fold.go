package report

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns is the width of a text where every character is as wide as another,
// but those of East Asia twice as wide.
func columns(s string) int {
	n := 0
	for _, c := range s {
		n++
		if wide(c) {
			n++
		}
	}
	return n
}

// wide reports whether a character fills a square: a line may break on both
// sides of it.
func wide(c rune) bool {
	if c < 0x1100 {
		return false
	}
	k := width.LookupRune(c).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}

// fit makes a cell of a width: filled up with blanks, or cut, with at least one
// blank at the end.
func fit(s string, n int) string {
	if columns(s) >= n {
		head, _ := cut(s, float64(n-2), func(s string) float64 { return float64(columns(s)) })
		s = head + "…"
	}
	return s + strings.Repeat(" ", n-columns(s))
}

// fold breaks words into lines.
type fold struct {
	most    float64              // width of a line
	measure func(string) float64 // of a text: the sum of its parts
	whole   func(string) bool    // what is never cut, also where it is longer than a line; nil: nothing
}

// wrap breaks words into lines of at most n columns; what is longer than a
// line is cut, unless it is a URL. It returns at least one line.
func wrap(words string, n int) []string {
	return fold{float64(n), func(s string) float64 { return float64(columns(s)) }, address}.lines(words)
}

// lines are at least one.
func (f fold) lines(words string) []string {
	var out []string
	line, used, blank := "", 0.0, f.measure(" ")
	for _, p := range pieces(words) {
		size, gap := f.measure(p.text), 0.0
		if p.apart && line != "" {
			gap = blank
		}
		if line != "" && used+gap+size > f.most {
			out = append(out, line)
			line, used, gap = "", 0, 0
		}
		for line == "" && size > f.most && (f.whole == nil || !f.whole(p.text)) {
			var head string
			head, p.text = cut(p.text, f.most, f.measure)
			out = append(out, head)
			size = f.measure(p.text)
		}
		if gap > 0 {
			line += " "
		}
		line += p.text
		used += gap + size
	}
	return append(out, line)
}

// cut splits a text after as much as there is room for, and one character at
// least.
func cut(s string, room float64, measure func(string) float64) (head, tail string) {
	end, used := 0, 0.0
	for end < len(s) {
		_, n := utf8.DecodeRuneInString(s[end:])
		used += measure(s[end : end+n])
		if used > room && end > 0 {
			break
		}
		end += n
	}
	return s[:end], s[end:]
}

// piece is what a line break does not part.
type piece struct {
	text  string
	apart bool // a blank stands before it
}

// Punctuation that does not begin, and does not end, a line.
const (
	closing = "，。；：、！？）》」』】％…"
	opening = "（《「『【"
)

// pieces splits words at blanks and around wide characters.
func pieces(words string) []piece {
	var out []piece
	for i, word := range strings.Split(words, " ") {
		apart, from := i > 0, 0
		var before rune
		for at, c := range word {
			if at > from && (wide(before) || wide(c)) && !strings.ContainsRune(closing, c) && !strings.ContainsRune(opening, before) {
				out = append(out, piece{word[from:at], apart})
				apart, from = false, at
			}
			before = c
		}
		out = append(out, piece{word[from:], apart})
	}
	return out
}

// address reports whether a word is a URL, which is of no use in pieces.
func address(word string) bool {
	return len(word) <= maxAddress && (strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://"))
}
