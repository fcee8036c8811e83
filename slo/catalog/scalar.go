package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of names and texts, in bytes.
const (
	maxName = 200
	maxText = 1 << 20
)

// raw is a scalar's own text, whatever YAML takes it for: 99.95 stays exact
// and a timestamp stays as it was written.
func (r reader) raw(n *yaml.Node) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || isNull(n):
		r.errorf(n, "", "%s where a single value is expected", describe(n))
		return "", false
	case !r.untagged(n):
		return "", false
	case len(n.Value) > maxText:
		r.errorf(n, "", "a value of %d bytes is longer than %d", len(n.Value), maxText)
		return "", false
	}
	return n.Value, true
}

// parsed is a parser of scalars made of one of their text.
func parsed[T any](r reader, parse func(string) (T, error)) func(*yaml.Node) (T, bool) {
	return func(n *yaml.Node) (T, bool) {
		var none T
		s, ok := r.raw(n)
		if !ok {
			return none, false
		}
		v, err := parse(s)
		if err != nil {
			r.errorf(n, "", "%v", err)
			return none, false
		}
		return v, true
	}
}

// line parses one line of plain text, such as an objective's name.
func (r reader) line(n *yaml.Node) (string, bool) { return parsed(r, parseLine)(n) }

func parseLine(s string) (string, error) {
	switch {
	case s == "" || strings.TrimSpace(s) != s:
		return "", fmt.Errorf("%s is empty or has blanks around it", quote(s))
	case len(s) > maxName:
		return "", fmt.Errorf("%s is longer than %d bytes", quote(s), maxName)
	}
	return s, noHostile(s)
}

// noHostile refuses control characters, line breaks and invisible characters.
func noHostile(s string) error {
	if i := strings.IndexFunc(s, hostile); i >= 0 {
		c, _ := utf8.DecodeRuneInString(s[i:])
		return fmt.Errorf("%s holds the character %U, which is invisible or breaks the line", quote(s), c)
	}
	return nil
}

// name parses the name of a thing.
func (r reader) name(n *yaml.Node) (string, bool) { return parsed(r, parseName)(n) }

func parseName(s string) (string, error) {
	if s == "" || len(s) > maxName {
		return "", fmt.Errorf("a name of %d bytes: names have 1 to %d", len(s), maxName)
	}
	for _, c := range s {
		if !nameRune(c) {
			return "", fmt.Errorf("the name %s holds %q: names are of letters, digits, '.', '_' and '-'", quote(s), c)
		}
	}
	return s, nil
}

func nameRune(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// instant parses an RFC 3339 time.
func (r reader) instant(n *yaml.Node) (slo.Instant, bool) { return parsed(r, slo.ParseInstant)(n) }

// instantOrDate returns a parser of RFC 3339 times and of dates, which stand for
// their first instant in a zone.
func (r reader) instantOrDate(zone *time.Location) func(*yaml.Node) (slo.Instant, bool) {
	return parsed(r, func(s string) (slo.Instant, error) {
		if len(s) != len(time.DateOnly) {
			return slo.ParseInstant(s)
		}
		d, err := parseDate(s)
		if err != nil {
			return 0, err
		}
		noon := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone)
		return slo.Day.Holding(slo.At(noon), zone).From, nil
	})
}

// date parses a date such as 2026-12-24.
func (r reader) date(n *yaml.Node) (slo.Date, bool) { return parsed(r, parseDate)(n) }

func parseDate(s string) (slo.Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() >= 2200 {
		return slo.Date{}, fmt.Errorf("%s is not a date such as 2026-12-24", quote(s))
	}
	return slo.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
}

// timezone parses the name of an IANA time zone.
func (r reader) timezone(n *yaml.Node) (*time.Location, bool) {
	return parsed(r, func(s string) (*time.Location, error) {
		if s == "Local" {
			return nil, fmt.Errorf("the time zone Local is another one on each machine: name it, such as Europe/Berlin")
		}
		z, err := r.zone(s)
		if s == "" || err != nil {
			return nil, fmt.Errorf("%s is not a time zone such as UTC or Europe/Berlin", quote(s))
		}
		return z, nil
	})(n)
}

// percent returns a parser of percentages of at most 100.
func (r reader) percent(n *yaml.Node) (slo.Ratio, bool) {
	return parsed(r, func(s string) (slo.Ratio, error) {
		p, err := slo.ParsePercent(s)
		if trimmed := strings.TrimSpace(strings.TrimSuffix(s, "%")); err != nil && trimmed != s {
			return 0, fmt.Errorf("%s is not a percentage: write the number alone, such as %s", quote(s), trimmed)
		}
		if err == nil && p > slo.One {
			err = fmt.Errorf("%s is more than 100 percent", s)
		}
		return p, err
	})(n)
}

// integer returns a parser of whole numbers from lo to hi.
func (r reader) integer(lo, hi int) func(*yaml.Node) (int, bool) {
	return func(n *yaml.Node) (int, bool) {
		s, ok := r.raw(n)
		if !ok {
			return 0, false
		}
		v, err := strconv.Atoi(s)
		if err != nil || n.Tag != "!!int" {
			r.errorf(n, "", "%s is not a whole number", quote(s))
			return 0, false
		}
		if v < lo || v > hi {
			r.errorf(n, "", "%d is not in %d to %d", v, lo, hi)
			return 0, false
		}
		return v, true
	}
}

// boolean parses true or false.
func (r reader) boolean(n *yaml.Node) (bool, bool) {
	s, ok := r.raw(n)
	if ok && (n.Tag != "!!bool" || s != "true" && s != "false") {
		r.errorf(n, "", "%s is neither true nor false", quote(s))
		return false, false
	}
	return s == "true", ok
}

// choice returns a parser of one of some words; its value is the word's index.
func (r reader) choice(words ...string) func(*yaml.Node) (int, bool) {
	return func(n *yaml.Node) (int, bool) {
		s, ok := r.raw(n)
		if !ok {
			return 0, false
		}
		for i, w := range words {
			if w == s {
				return i, true
			}
		}
		r.errorf(n, r.suggest.hint(s, words), "%s is not one of %s", quote(s), strings.Join(words, ", "))
		return 0, false
	}
}
