package catalog

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// However YAML writes a value that may be a secret, it is not kept, and nothing
// else moves.
func TestMaskedValues(t *testing.T) {
	for _, c := range []string{
		"password: &p hunter2",
		"password: !!str \"hunter2 x\"",
		"x: &p hunter2\npassword: *p",
		"password: a,hunter2",
		"password: a\"hunter2",
		"password: a}hunter2",
		"password: | # as it is\n  hunter2\n  hunter2 too\n",
		"password: >-\n  hunter2\n\n  hunter2",
		"password:\n  hunter2",
		"Authorization: Digest username=\"x\", response=\"hunter2\"",
		"Authorization: Bearer\n  hunter2",
		"Authorization: \"Bearer\n  hunter2\"",
		"Authorization: \"Bearer \\\n  hunter2\"",
		"Authorization: 'it''s hunter2'",
		"? Authorization\n: Bearer hunter2",
		"\"Auth\\x6frization\": hunter2",
		"{token: [a, \"hunter2\"], b: c}",
		"Set-Cookie: [a=hunter2]",
		"x-auth-request: hunter2",
		"client_credentials: hunter2",
		"url: https://example.com/?x=1&access_token=hunter2&y=1",
		"url: https://example.com/?api_key=hunter2",
		"url: https://u:p@hunter2@example.com/",
		"url: \"https:\\x2f\\x2fu:hunter2@example.com/\"",
		"body: password=hunter2&x=1",
		"body: \"{\\\"password\\\": \\\"hunter2\\\", \\\"n\\\": 1}\"",
		"a: é\n---\n# a comment\nb: {é: 1, password: 'hunter2 é'}\n",
		"\ufeffpassword: 'hunter2'\r\nx: 1\r\n",
	} {
		got := string(Masked([]Source{{"f", []byte(c)}})[0].Data)
		if strings.Contains(got, "hunter2") || utf8.RuneCountInString(got) != utf8.RuneCountInString(c) || strings.Count(got, "\n") != strings.Count(c, "\n") {
			t.Errorf("%q is masked %q", c, got)
		}
		if _, err := decode(got); err != nil {
			t.Errorf("%q is masked %q, which is not YAML: %v", c, got, err)
		}
	}
	for _, c := range []string{
		"password: {secret: db}",
		"secrets: {password: {secret: shop-probe}}",
		"total: sum(increase(x{token=\"a\"}[${window}]))",
		"assert: body.token == \"abc\"",
		"Authorization: \"Bearer ${token}\"",
		"url: https://example.com/?token=${token}&to=me@example.org",
	} {
		if got := string(Masked([]Source{{"f", []byte(c)}})[0].Data); got != c {
			t.Error(cmp.Diff(c, got))
		}
	}
}

// Whatever a file holds, masking keeps its places.
func FuzzMaskedValues(f *testing.F) {
	for _, s := range []string{"password: &p |\n  a\n", "token: [\"a\\\"b\", 'c''d']", "\ufeffa: ?token=b", "x: &a b\npassword: *a\n...\n---\nq: \"\\", "cookie: \"\xff\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // no catalogue
		}
		if got := maskedValues(Source{"f", []byte(s)}); utf8.RuneCountInString(got) != utf8.RuneCountInString(s) {
			t.Errorf("%q is masked %q", s, got)
		}
	})
}
