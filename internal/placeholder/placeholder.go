// Package placeholder reads texts of a catalogue in which ${name} stands for a
// value that is known only when a probe runs. The catalogue checks with it
// what the agent fills in.
package placeholder

import (
	"fmt"
	"slices"
	"strings"
)

// MaxName bounds a name, in bytes.
const MaxName = 64

// Text is a text with its placeholders. The zero Text is empty.
type Text struct{ parts []part }

// part is a literal, or a name where that is not "".
type part struct{ literal, name string }

// Parse reads a text: ${name} is a placeholder, $$ a dollar, and every other
// dollar an error.
func Parse(s string) (Text, error) {
	var t Text
	var literal strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		literal.WriteString(before)
		switch {
		case !found:
			t.add(part{literal: literal.String()})
			return t, nil
		case strings.HasPrefix(rest, "$"):
			literal.WriteByte('$')
			s = rest[1:]
			continue
		}
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "{"), "}")
		if !strings.HasPrefix(rest, "{") || !closed {
			return Text{}, fmt.Errorf("a $ without {name} behind it; write $$ for a dollar")
		}
		if err := CheckName(name); err != nil {
			return Text{}, err
		}
		t.add(part{literal: literal.String()})
		t.add(part{name: name})
		literal.Reset()
		s = after
	}
}

func (t *Text) add(p part) {
	if p != (part{}) {
		t.parts = append(t.parts, p)
	}
}

// CheckName says whether a name can be a placeholder's: a letter or _, and
// then letters, digits and _.
func CheckName(name string) error {
	good := name != "" && len(name) <= MaxName
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
		good = good && (letter || i > 0 && '0' <= c && c <= '9')
	}
	if !good {
		return fmt.Errorf("%.40q is not a name of at most %d letters, digits and _ that does not begin with a digit", name, MaxName)
	}
	return nil
}

// Names are those of the placeholders, each once, in order.
func (t Text) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.name != "" && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}

// Plain reports whether there is no placeholder.
func (t Text) Plain() bool { return len(t.Names()) == 0 }

// Prefix is the text before the first placeholder.
func (t Text) Prefix() string {
	if len(t.parts) == 0 {
		return ""
	}
	return t.parts[0].literal
}

// Fill is the text with a value in each placeholder's place. so is the text
// that was filled up to there.
func (t Text) Fill(value func(name, so string) string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			b.WriteString(p.literal)
			continue
		}
		b.WriteString(value(p.name, b.String()))
	}
	return b.String()
}
