package evidence

import (
	"fmt"
	"slices"
	"strings"
)

// Language is what a pack or a readiness is written in. The zero value is
// English.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh" // simplified
)

// texts are what is said in a language: a key's text, with fmt verbs for what it
// is about. A key that begins with term. is a word of the records themselves: a
// column, the name of a fact, a state.
type texts map[string]string

// languages are the texts of each language. Another one is another file beside
// text_en.go and its line here.
func languages() map[Language]texts {
	return map[Language]texts{English: english, Chinese: chinese}
}

// Languages lists what ParseLanguage reads.
func Languages() []Language { return []Language{English, Chinese} }

// ParseLanguage reads a language such as en or zh; "" is English. Others are
// errors.
func ParseLanguage(s string) (Language, error) {
	if s == "" {
		return English, nil
	}
	if _, ok := languages()[Language(s)]; ok {
		return Language(s), nil
	}
	return "", fmt.Errorf("%.20q is no language that evidence is written in: en or zh", s)
}

// Tag is how html names the language.
func (l Language) Tag() string { return l.Text("lang") }

// Text is the text of a key, with what it is about.
func (l Language) Text(key string, args ...any) string {
	t, ok := languages()[l][key]
	if !ok {
		t = english[key]
	}
	if len(args) == 0 {
		return t
	}
	return fmt.Sprintf(t, args...)
}

// Count is the text of a key for a number of things, which it begins with:
// that of KEY.one for one, and that of KEY.other for the rest.
func (l Language) Count(key string, n int, args ...any) string {
	form := ".other"
	if _, ok := languages()[l][key+".one"]; ok && n == 1 {
		form = ".one"
	}
	return l.Text(key+form, append([]any{n}, args...)...)
}

// maxTerm bounds what can be a term, in bytes: longer texts are people's.
const maxTerm = 40

// Term is a word of the records in the language: itself where the language has
// no other for it, as for whatever people wrote.
func (l Language) Term(word string) string {
	if len(word) > maxTerm {
		return word
	}
	if t, ok := languages()[l]["term."+strings.ReplaceAll(strings.ToLower(word), " ", "_")]; ok {
		return t
	}
	return word
}

// Value is a cell of a column, or the value of a fact, in the language: names
// and whatever people wrote stay as they are.
func (l Language) Value(column, value string) string {
	if slices.Contains(worded, strings.ToLower(column)) {
		return l.Term(value)
	}
	return value
}

// worded are the columns and facts whose values are words of ours.
var worded = []string{
	"act", "cause", "channel", "closure", "criticality", "day", "during a freeze", "event", "good", "grade", "importance", "in reports", "kind", "major",
	"marked as sent again", "met", "method", "opened by", "passed", "role", "severity", "source", "stage", "state", "told by", "treatment",
	"unknown time counts as", "verdict", "what people said of it", "window",
}

// Months is a period of months, as people write it.
func (l Language) Months(from, to string) string {
	if from == to {
		return from
	}
	return l.Text("months", from, to)
}
