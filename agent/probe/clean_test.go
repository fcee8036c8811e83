package probe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

func TestClean(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":           {"expected 200, got 503", "expected 200, got 503"},
		"spaces":          {"  a\r\n\r\n\tb  ", "a b"},
		"escape":          {"a\x1b[31mred", "a [31mred"},
		"bidi":            {"user\u202egnp.exe", "usergnp.exe"},
		"isolates":        {"a\u2066b\u2069c", "abc"},
		"zero width":      {"a\u200bb\ufeffc", "abc"},
		"separators":      {"a\u2028b\u2029c\u0085d", "a b c d"},
		"invalid":         {"a\xff\xfeb", "a\ufffd\ufffdb"},
		"chinese":         {"服务不可用", "服务不可用"},
		"private use":     {"a\ue000b", "a\ufffdb"},
		"userinfo":        {"see https://bob:hunter2@host/x", "see https://***@host/x"},
		"userinfo twice":  {"ftp://a:b@c http://d@e", "ftp://***@c http://***@e"},
		"userinfo with @": {"https://bob:p@ss@host/", "https://***@host/"},
		"no userinfo":     {"https://host/a@b", "https://host/a@b"},
		"query":           {"GET /?token=abc&x=1;sig=def#f", "GET /?token=***&x=1;sig=***#f"},
		"query names":     {"?access_token=a1&api-key=b2&client_secret=c3&X-Amz-Signature=d4&page=2", "?access_token=***&api-key=***&client_secret=***&X-Amz-Signature=***&page=2"},
		"json":            {`{"password":"abc def","user":"bob"}`, `{"password":***,"user":"bob"}`},
		"escaped json":    {`{\"password\":\"abc\",\"user\":\"bob\"}`, `{\"password\":***,\"user\":\"bob\"}`},
		"header":          {"Authorization: Basic Zm9v\nDate: today", "Authorization: *** Date: today"},
		"cookie":          {"x\nset-cookie: sid=1; Path=/\ny", "x set-cookie: *** y"},
		"bearer":          {"sent Bearer abcdefghij to it", "sent Bearer *** to it"},
		"known":           {"the value opensesame and open\u200bsesame", "the value *** and ***"},
		"cut known":       {"the value opense", "the value ***"},
		"no keyword":      {"unknown authority: a, author: b", "unknown authority: a, author: b"},
		"keyword alone":   {"the token was refused", "the token was refused"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := secrets(nil).with("opensesame").clean(tt.in, slo.MaxEvidence); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestCleanBounds(t *testing.T) {
	for limit := 4; limit < 40; limit++ {
		got := secrets(nil).clean(strings.Repeat("服务", 100), limit)
		if len(got) > limit || !utf8.ValidString(got) || !strings.HasSuffix(got, "...") {
			t.Fatalf("limit %d: %q", limit, got)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\x1b]0;t\a", "https://a:b@c/?token=d", "Cookie: a=b\n", "\xff\u202e\u2066", `{"secret":"x"}`, "openses", "open\u200bsesame"} {
		f.Add(s, 64)
	}
	const secret = "opensesame"
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 8 + max(limit, -limit, 0)%4096
		got := secrets(nil).with(secret).clean(s, limit)
		if len(got) > limit {
			t.Errorf("%d bytes of %d", len(got), limit)
		}
		if !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		for _, c := range got {
			if !unicode.IsPrint(c) || unicode.Is(unicode.Cf, c) {
				t.Errorf("%q has %U", got, c)
			}
		}
		if strings.Contains(got, secret) {
			t.Errorf("%q tells the secret", got)
		}
	})
}
