package report

import (
	"fmt"
	"maps"
)

// Language is what a report is written in. The zero value is English.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh" // simplified
)

// languages are the texts of each language. Another one is another file
// beside each text_en and its line here.
func languages() map[Language]func() texts {
	return map[Language]func() texts{English: englishTexts, Chinese: chineseTexts}
}

// joined are the texts of several subjects, each in a file of its own.
func joined(list ...texts) texts {
	out := texts{}
	for _, t := range list {
		maps.Copy(out, t)
	}
	return out
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
	return "", fmt.Errorf("%.20q is no language that reports are written in: %s", s, listOf(Languages()))
}

// words are those of the language, or English ones where it has none.
func (l Language) words() words {
	if t, ok := languages()[l]; ok {
		return words{t()}
	}
	return words{englishTexts()}
}
