package probe

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

const minSecret = 4 // bytes; shorter values would blot out ordinary text

// secrets are values that must not appear in what a probe says, even where
// the target sends them back, however they are escaped there. The longer ones
// come first, so that none is left over from a shorter one inside it.
type secrets []secretText

// secretText is one of them.
type secretText struct {
	text  string // as it is
	plain string // without escapes, as in a text without them; "" where too little is left
}

// with adds values, in base64 and hexadecimal as well. What is too short to
// hide is dropped.
func (s secrets) with(values ...string) secrets {
	s = slices.Clone(s)
	for _, v := range values {
		for _, text := range encodings(v) {
			if len(text) < minSecret || slices.ContainsFunc(s, func(known secretText) bool { return known.text == text }) {
				continue
			}
			plain := unescape(text).text
			if len(plain) < minSecret {
				plain = ""
			}
			s = append(s, secretText{text, plain})
		}
	}
	slices.SortStableFunc(s, func(a, b secretText) int { return cmp.Compare(len(b.text), len(a.text)) })
	return s
}

// encodings are a value, and the usual ways to write its bytes.
func encodings(v string) []string {
	b := []byte(v)
	out := []string{v, base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b)}
	if len(v) >= minSecret {
		digits := hex.EncodeToString(b)
		out = append(out, digits, strings.ToUpper(digits))
	}
	return out
}

// secretsOf collects the credentials of a spec: the values of its sensitive
// headers, its URL's user information and the secret values of its query.
func secretsOf(spec slo.Spec) secrets {
	var rawURL string
	var headers map[string]string
	var s secrets
	switch spec := spec.(type) {
	case *slo.HTTP:
		rawURL, headers = spec.URL, spec.Headers
	case *slo.Browser:
		rawURL = spec.URL
	case *slo.PromQL:
		rawURL, headers = spec.URL, spec.Headers
	case *slo.WebSocket:
		rawURL, headers = spec.URL, spec.Headers
	case *slo.GRPC:
		headers = spec.Metadata
	case *slo.Steps:
		for i := range spec.Do {
			for _, v := range secretsOf(&spec.Do[i].HTTP) {
				s = s.with(v.text)
			}
		}
		return s
	default:
		return nil
	}
	for name, value := range headers {
		if sensitiveHeader(name) {
			_, credential, _ := strings.Cut(value, " ")
			s = s.with(value, strings.TrimSpace(credential))
		}
	}
	if u, err := url.Parse(rawURL); err == nil {
		if password, ok := u.User.Password(); ok {
			s = s.with(password, u.User.Username()+":"+password)
		}
		for name, values := range u.Query() {
			if sensitiveName.MatchString(name) {
				s = s.with(values...)
			}
		}
	}
	return s
}

// sensitiveHeader reports whether a header's value is a credential.
func sensitiveHeader(name string) bool {
	n := strings.ToLower(name)
	return containsAny(n, secretWords) || strings.Contains(n, "cookie")
}

// span is a part of a text.
type span struct{ from, to int }

// hide removes the secrets, escaped or not, and the part of one that a bound
// has cut.
func (s secrets) hide(text string) string {
	if len(s) == 0 {
		return text
	}
	var found []span
	plain := unescape(text)
	whole := plain // without an escape that the bound has cut
	if cut := cutEscape.FindString(text); cut != "" {
		whole = unescape(text[:len(text)-len(cut)])
	}
	for _, v := range s {
		found = append(found, occurrences(text, v.text)...)
		if n := begun(text, v.text); n > 0 {
			found = append(found, span{len(text) - n, len(text)})
		}
		if v.plain == "" {
			continue
		}
		for _, o := range occurrences(plain.text, v.plain) {
			found = append(found, span{plain.origin(o.from), plain.origin(o.to)})
		}
		if n := begun(whole.text, v.plain); n > 0 {
			found = append(found, span{whole.origin(len(whole.text) - n), len(text)})
		}
	}
	return blotted(text, found)
}

// cutEscape is an escape at a text's end that lacks its own.
var cutEscape = regexp.MustCompile(`(?:\\+(?:[xuU]\{?[0-9A-Fa-f]{0,7}|[0-7]{0,2})|%(?:25)*(?:[0-9A-Fa-f]?|u[0-9A-Fa-f]{0,3})|&(?:#[xX]?0*)?[0-9A-Za-z]{0,8})$`)

// occurrences are where a value stands in a text.
func occurrences(text, value string) (found []span) {
	for from := 0; ; {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return found
		}
		found = append(found, span{from + i, from + i + len(value)})
		from += i + len(value)
	}
}

// begun is how much of a value's beginning a text ends with, 0 where that is
// too little to tell.
func begun(text, value string) int {
	for n := min(len(value)-1, len(text)); n >= minSecret; n-- {
		if strings.HasSuffix(text, value[:n]) {
			return n
		}
	}
	return 0
}

// blotted is a text without the parts that were found.
func blotted(text string, found []span) string {
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	end := 0
	for _, f := range found {
		if f.from >= end {
			b.WriteString(text[end:f.from])
			b.WriteString(redacted)
		}
		end = max(end, f.to)
	}
	b.WriteString(text[end:])
	return b.String()
}
