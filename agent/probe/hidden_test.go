package probe

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// oddSecret has what the ways of writing texts escape.
const oddSecret = `p"a\ss'wörd`

// writings are ways in which a value may come back, by name.
func writings() map[string]func(string) string {
	inside := func(quoted string) string { return quoted[1 : len(quoted)-1] }
	inGo := func(s string) string { return inside(strconv.Quote(s)) }
	inURL := url.QueryEscape
	inJSON := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err) // a string
		}
		return inside(string(b))
	}
	return map[string]func(string) string{
		"as it is":        func(s string) string { return s },
		"in Go":           inGo,
		"in Go, ASCII":    func(s string) string { return inside(strconv.QuoteToASCII(s)) },
		"in Go, in Go":    func(s string) string { return inGo(inGo(s)) },
		"in JSON":         inJSON,
		"in JSON, in Go":  func(s string) string { return inGo(inJSON(s)) },
		"in JSON, thrice": func(s string) string { return inJSON(inJSON(inJSON(s))) },
		"in a query":      inURL,
		"in a query, twice": func(s string) string {
			return inURL(inURL(s))
		},
		"in a path":     url.PathEscape,
		"in lower case": func(s string) string { return lowerEscapes(inURL(s)) },
		"in HTML":       html.EscapeString,
		"in XML": func(s string) string {
			return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&apos;", "<", "&lt;", ">", "&gt;").Replace(s)
		},
		"in HTML, by number": func(s string) string {
			return strings.NewReplacer("&", "&#38;", `"`, "&#x22;", "'", "&#039;", `\`, "&#92;").Replace(s)
		},
		"in HTML, padded":             func(s string) string { return each(s, "&#%09d;") },
		"in HTML, without semicolons": func(s string) string { return each(s, "&#x%X") },
		"in braces":                   func(s string) string { return each(s, `\u{%x}`) },
		"by escape()": func(s string) string {
			var b strings.Builder
			for _, unit := range utf16.Encode([]rune(s)) {
				fmt.Fprintf(&b, "%%u%04X", unit)
			}
			return b.String()
		},
		"in hexadecimal": func(s string) string { return hex.EncodeToString([]byte(s)) },
		"in IMAP":        func(s string) string { return inside(quoted(s)) },
		"in SQL":         func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "'", "''"), `"`, `""`) },
		"in MySQL":       func(s string) string { return strings.NewReplacer(`\`, `\\`, "'", `\'`, `"`, `\"`).Replace(s) },
		"in base64":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"in a JWT":       func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"base64 in Go":   func(s string) string { return inGo(base64.StdEncoding.EncodeToString([]byte(s))) },
	}
}

// each writes every character of a value by its number.
func each(s, format string) string {
	var b strings.Builder
	for _, c := range s {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// What nobody sees between the letters of a secret hides it from no search.
func TestSecretsWithInvisibleLetters(t *testing.T) {
	for _, between := range []string{"\x00", "\u034f", "\u115f", "\u200b", "\ufe0f"} {
		if got := secrets(nil).with("opensesame").clean("so "+strings.Join(strings.Split("opensesame", ""), between), 100); got != "so ***" {
			t.Errorf("%q: %s", between, got)
		}
	}
}

// lowerEscapes writes %AB as %ab.
func lowerEscapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			b.WriteString(strings.ToLower(s[i : i+3]))
			i += 2
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// tells fails the test where a text has the beginning of a value, in whichever
// writing; less than minSecret of it may be left where a bound has cut it.
func tells(t interface {
	Helper()
	Fatalf(string, ...any)
}, text, value string) {
	t.Helper()
	for way, write := range writings() {
		written := write(value)
		if begin := written[:max(len(written)/2, min(len(written), minSecret+2))]; strings.Contains(text, begin) {
			t.Fatalf("%s: %s tells %s", way, text, begin)
		}
	}
}

func TestSecretsInEveryWriting(t *testing.T) {
	for _, secret := range []string{oddSecret, "opensesame", "100%41 & more", `\\server\share`, "tab\tand\nline", "a+b/c==", "日本語\U0001f600", `"quoted"`, "x\\x41\\u00e9", "me&amp;you&lt;"} {
		hidden := secrets(nil).with(secret)
		for way, write := range writings() {
			text := "the answer was <<" + write(secret) + ">>, no more"
			if got := hidden.clean(text, slo.MaxEvidence); !strings.HasPrefix(got, "the answer was <<***") || !strings.HasSuffix(got, ">>, no more") {
				t.Errorf("%q %s: %s gave %s", secret, way, text, got)
			}
		}
	}
}

// Of a secret, and of one in two layers of any writing, nothing is told but
// for what a bound leaves of its first characters, wherever the bound falls.
func TestSecretsAgainstWritings(t *testing.T) {
	all := writings()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom([]rune("abcxnuU019 '\"\\%&;+#/=äö語\U0001f600"))
		secret := "Zq" + rapid.StringOfN(alphabet, 6, 20, -1).Draw(t, "secret") + "qZ"
		write := all[rapid.SampledFrom(names).Draw(t, "way")]
		before := strings.Repeat("-", rapid.IntRange(0, 40).Draw(t, "before"))
		limit := rapid.IntRange(10, 80).Draw(t, "limit")
		got := secrets(nil).with(secret).clean(before+write(secret)+" after", limit)
		if !utf8.ValidString(got) || len(got) > limit {
			t.Fatalf("%q of at most %d bytes", got, limit)
		}
		if plain, begin := unescape(got).text, unescape(secret).text; strings.Contains(plain, begin[:minSecret+1]) {
			t.Fatalf("%s tells %s", got, begin)
		}
	})
}

// A bound may cut a secret anywhere, and an escape in it as well.
func TestSecretsThatAreCut(t *testing.T) {
	hidden := secrets(nil).with(oddSecret)
	for way, write := range writings() {
		written := write(oddSecret)
		for n := range len(written) {
			got := hidden.hide("so " + written[:n])
			if whole := unescape(written[:n-len(cutEscape.FindString(written[:n]))]).text; len(whole) >= minSecret && got != "so ***" {
				t.Errorf("%s: of %s came %s", way, written[:n], got)
			}
		}
	}
}

// What was escaped comes to the same as what was not.
func FuzzUnescape(f *testing.F) {
	for _, s := range []string{"", oddSecret, `\u00e9\ud83d\ude00\x41\101`, "%25%32%35", "%u0041%ud83d%ude00%ud83d%", `\u{1f600}\u{`, "&#x41&#00065;&#", "&#x26;amp;", `\\\`, "%", "&", `\ud83d\n`, "''''"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u := unescape(s)
		if u.from != nil && len(u.from) != len(u.text)+1 {
			t.Fatalf("%d places of %d bytes", len(u.from), len(u.text))
		}
		for i := range len(u.text) {
			if u.origin(i) > u.origin(i+1) || u.origin(i+1) > len(s) {
				t.Fatalf("%q at %v of %q", u.text, u.from, s)
			}
		}
		got := secrets(nil).with(oddSecret).hide(s)
		if strings.Contains(got, oddSecret) {
			t.Fatalf("%q tells", got)
		}
	})
}
