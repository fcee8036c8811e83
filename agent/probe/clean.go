package probe

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	redacted    = "***"
	ellipsis    = "..."
	cleanFactor = 4 // input bytes looked at for each byte of evidence
)

// What names of secrets are made of, and what else may stand before one.
var (
	secretWords = []string{"token", "passwd", "password", "pwd", "secret", "signature", "sig", "credential", "auth", "session", "apikey", "key", "jwt"}
	schemeWords = []string{"bearer", "basic", "negotiate", "digest"}
	headerWords = []string{"authorization", "cookie", "key", "token", "secret"}
)

var (
	// userinfo is the part of a URL before its host.
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#@"'<>]*(?:@[^\s/?#@"'<>]*)*@`)
	// headerValue is a header line that carries credentials, to its end.
	headerValue = regexp.MustCompile(`(?i)((?:authorization|cookie2?|api-?key|token|secret)[a-z0-9-]*\\*["']?\s*:\s*)[^\n]+`)
	// assigned is a value given to a secret's name, as in a query or in JSON.
	assigned = regexp.MustCompile(`(?i)((?:` + strings.Join(secretWords, "|") + `)(?:[-_.][a-z0-9]+|[0-9]+)?\\*["']?\s*[=:]\s*)(\\*"[^"\n]*"?|\\*'[^'\n]*'?|[^\s&;,#"'<>}\])]+)`)
	// scheme is a credential after the name of its scheme.
	scheme = regexp.MustCompile(`(?i)\b(` + strings.Join(schemeWords, "|") + `)\s+[A-Za-z0-9._~+/=-]{8,}`)
	// sensitiveName is the name of a query parameter, or of a plugin's option,
	// that holds a secret.
	sensitiveName = regexp.MustCompile(`(?i)(?:` + strings.Join(secretWords, "|") + `)$`)
)

// clean and quote are how all that a target sent comes into evidence. Whoever
// wants less of it than is there says so here, and quotes what is clean: a
// secret that was cut or escaped before is harder to find.
func (r *run) clean(text string, limit int) string { return r.hidden.clean(text, limit) }

// quote is clean in quotes, which are not escaped inside.
func (r *run) quote(text string, limit int) string { return `"` + r.clean(text, limit) + `"` }

// clean makes any bytes fit to be shown as one line: valid UTF-8 of printable
// characters, without control, escape, bidirectional or invisible ones,
// without secrets, and at most limit bytes.
func (s secrets) clean(text string, limit int) string {
	if len(text) > limit*cleanFactor {
		text = text[:limit*cleanFactor]
	}
	text = s.hide(printable(s.hide(text))) // again, as what was invisible may have split one
	return bound(strings.ReplaceAll(redact(text), "\n", " "), limit)
}

// printable keeps single line breaks, as they end a header's value, and turns
// the rest into characters that a terminal and a browser show as they are.
func printable(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	var gap rune // the blank to write before the next character; 0 is none
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch {
		case c == 0, // every other byte of a text in UTF-16
			unicode.In(c, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			continue
		case c == '\n':
			gap = '\n'
			continue
		case unicode.IsControl(c), unicode.IsSpace(c):
			if gap == 0 {
				gap = ' '
			}
			continue
		case !unicode.IsPrint(c):
			c = utf8.RuneError
		}
		if gap != 0 && b.Len() > 0 {
			b.WriteRune(gap)
		}
		gap = 0
		b.WriteRune(c)
	}
	return b.String()
}

// redact removes what looks like a credential. Expressions are costly, and are
// tried only where a word of theirs stands.
func redact(text string) string {
	if strings.Contains(text, "://") && strings.Contains(text, "@") {
		text = userinfo.ReplaceAllString(text, "${1}"+redacted+"@")
	}
	lower := strings.ToLower(text)
	if containsAny(lower, headerWords) {
		text = headerValue.ReplaceAllString(text, "${1}"+redacted)
	}
	if containsAny(lower, secretWords) {
		text = assigned.ReplaceAllString(text, "${1}"+redacted)
	}
	if containsAny(lower, schemeWords) {
		text = scheme.ReplaceAllString(text, "${1} "+redacted)
	}
	return text
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// bound cuts text to limit bytes at a character's end. It is for what was
// cleaned: of a secret that it cut, nobody could tell the rest.
func bound(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[:limit-len(ellipsis)]
	for len(text) > 0 {
		if c, n := utf8.DecodeLastRuneInString(text); c != utf8.RuneError || n != 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text + ellipsis
}
