package probe

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

const (
	redacted    = "***"
	ellipsis    = "..."
	minSecret   = 4 // shorter values would blot out ordinary text
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
	// sensitiveName is the name of a query parameter that holds a secret.
	sensitiveName = regexp.MustCompile(`(?i)(?:` + strings.Join(secretWords, "|") + `)$`)
)

// secrets are values that must not appear in what a probe says, even where
// the target sends them back.
type secrets []string

// secretsOf collects the credentials of a spec: the values of its sensitive
// headers, its URL's user information and the secret values of its query.
func secretsOf(spec slo.Spec) secrets {
	var rawURL string
	var headers map[string]string
	switch spec := spec.(type) {
	case *slo.HTTP:
		rawURL, headers = spec.URL, spec.Headers
	case *slo.Browser:
		rawURL = spec.URL
	case *slo.WebSocket:
		rawURL, headers = spec.URL, spec.Headers
	case *slo.GRPC:
		headers = spec.Metadata
	case *slo.Steps:
		var s secrets
		for i := range spec.Do {
			s = append(s, secretsOf(&spec.Do[i].HTTP)...)
		}
		return s
	default:
		return nil
	}
	var s secrets
	for name, value := range headers {
		if sensitiveHeader(name) {
			s = append(s, value)
			if _, credential, ok := strings.Cut(value, " "); ok {
				s = append(s, strings.TrimSpace(credential))
			}
		}
	}
	if u, err := url.Parse(rawURL); err == nil {
		if password, ok := u.User.Password(); ok {
			pair := u.User.Username() + ":" + password
			s = append(s, password, base64.StdEncoding.EncodeToString([]byte(pair)))
		}
		for name, values := range u.Query() {
			if sensitiveName.MatchString(name) {
				s = append(s, values...)
			}
		}
	}
	for _, v := range s[:len(s):len(s)] {
		if escaped := url.QueryEscape(v); escaped != v {
			s = append(s, escaped)
		}
	}
	return s.usable()
}

// sensitiveHeader reports whether a header's value is a credential.
func sensitiveHeader(name string) bool {
	n := strings.ToLower(name)
	return containsAny(n, secretWords) || strings.Contains(n, "cookie")
}

// usable drops what is too short to hide and puts longer values first, so
// that none is left over from a shorter one inside it.
func (s secrets) usable() secrets {
	kept := s[:0]
	for _, v := range s {
		if len(v) >= minSecret {
			kept = append(kept, v)
		}
	}
	sort.Slice(kept, func(i, j int) bool { return len(kept[i]) > len(kept[j]) })
	return kept
}

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

// hide removes the secrets, and the part of one that a bound has cut.
func (s secrets) hide(text string) string {
	for _, v := range s {
		text = strings.ReplaceAll(text, v, redacted)
		for n := min(len(v)-1, len(text)); n >= minSecret; n-- {
			if strings.HasSuffix(text, v[:n]) {
				text = text[:len(text)-n] + redacted
				break
			}
		}
	}
	return text
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
		case unicode.In(c, unicode.Cf, unicode.Variation_Selector):
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

// bound cuts text to limit bytes at a character's end.
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
