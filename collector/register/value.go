package register

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

// Known says whether what a field refers to is there: a service of the
// catalogue, or an item of another register that was not withdrawn.
type Known func(f *slo.RegisterField, value string) bool

// parse is a value of a field in its canonical form; reason is "" where it is
// one. An empty value is one of every kind.
func parse(f *slo.RegisterField, typed string, known Known) (value string, reason slo.RegisterReason) {
	if !utf8.ValidString(typed) {
		return "", slo.FieldNotUTF8
	}
	value = printable(typed, f.Kind == slo.FieldText)
	switch {
	case f.Kind == slo.FieldProduct && value != "":
		return "", slo.FieldComputed
	case value == "":
		return "", ""
	case len(value) > most(f.Kind):
		return "", slo.FieldTooLong
	}
	switch f.Kind {
	case slo.FieldDate:
		return dated(value)
	case slo.FieldNumber:
		return decimal(value)
	case slo.FieldChoice:
		if !slices.Contains(f.Choices, value) {
			return "", slo.FieldNoChoice
		}
	case slo.FieldEmail:
		if a, err := mail.ParseAddress(value); err != nil || a.Address != value {
			return "", slo.FieldNoEmail
		}
	case slo.FieldService:
		if !known(f, value) {
			return "", slo.FieldNoService
		}
	case slo.FieldItem:
		if !known(f, value) {
			return "", slo.FieldNoItem
		}
	}
	return value, ""
}

func most(k slo.FieldKind) int {
	if k == slo.FieldText {
		return slo.MaxRegisterText
	}
	return slo.MaxRegisterLine
}

func dated(s string) (string, slo.RegisterReason) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2199 {
		return "", slo.FieldNoDate
	}
	return s, ""
}

// Digits of a number before and behind its point.
const (
	maxWhole    = 12
	maxFraction = 6
)

// decimal is a decimal number without what says nothing: no plus, no zeros ahead
// of the whole part or at the end of the fraction, no minus before zero.
func decimal(s string) (string, slo.RegisterReason) {
	digits, minus := strings.CutPrefix(s, "-")
	if !minus {
		digits = strings.TrimPrefix(digits, "+")
	}
	whole, fraction, pointed := strings.Cut(digits, ".")
	if whole == "" || pointed && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", slo.FieldNoNumber
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(whole) > maxWhole || len(fraction) > maxFraction {
		return "", slo.FieldNoNumber
	}
	out := whole
	if fraction != "" {
		out += "." + fraction
	}
	if minus && out != "0" {
		out = "-" + out
	}
	return out, ""
}

// printable is a text without what does not print or turns the direction of
// writing. Where lines is false line breaks become spaces.
func printable(s string, lines bool) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r), r == '\ufeff', !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s))
}
