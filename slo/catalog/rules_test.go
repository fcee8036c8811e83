package catalog

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestDNSNames holds the names of types and response codes against the
// library that the agent asks with.
func TestDNSNames(t *testing.T) {
	for _, n := range dnsTypes() {
		if _, ok := dns.StringToType[n]; !ok {
			t.Errorf("no type %s", n)
		}
	}
	for _, n := range dnsRcodes() {
		if _, ok := dns.StringToRcode[n]; !ok {
			t.Errorf("no response code %s", n)
		}
	}
}

func TestRules(t *testing.T) {
	tests := []struct {
		name      string
		rule      func(string) error
		good, bad []string
	}{
		{"url", validURL,
			[]string{"http://a", "https://a.example:8443/x?y=z&%20", "http://[::1]:80/", "http://[::1]/", "HTTPS://A/", "http://127.0.0.1:8420/-/healthy"},
			[]string{"", "a.example", "/x", "http:", "http://", "http:///x", "http:a", "http://a b/", "http://a/ b", "http://a:0/", "http://a:/",
				"http://a:65536/", "http://[::1", "http://::1/", "http://a/\x00", "http://a/\u202e", "javascript:alert(1)", "http://u@a/", "http://a/#",
				"http://bücher.example/", "http://a..b/", "http://a/%zz", "http://-a b/", "http://1.2.3.4.5/"}},
		{"address", validAddress,
			[]string{"x:1", "a.example:443", "[::1]:65535", "10.0.0.1:53", "[fe80::1%eth0]:22"},
			[]string{"", "x", ":1", "x:", "x:0", "x:65536", "x:http", "x:+1", "::1:1", "x:1:2", "a b:1", "x\n:1", "[fe80::1%a\nb]:1"}},
		{"host", validHost,
			[]string{"x", "localhost", "a.b.", "xn--bcher-kva.example", "under_score", "127.0.0.1", "::1"},
			[]string{"", ".", "a..b", ".a", "a b", "a/b", "256.1.1.1", "1.2.3", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a", "a:1", "[::1]"}},
		{"dns name", validDNSName,
			[]string{".", "localhost", "a.example.", "*.a.example", "_25._tcp.a", "0/25.2.0.192.in-addr.arpa"},
			[]string{"", "..", "a..b", "a b", strings.Repeat("a", 64), "a\x00b"}},
		{"method", validMethod, []string{"GET", "PROPFIND", "M-SEARCH"}, []string{"", "get", "GE T", "GET\r\n", "CONNECT", strings.Repeat("A", 33)}},
		{"pattern", validPattern, []string{"ok", "(?i)^a.*b$", `\d{1,3}`}, []string{"", "(", "a{1001}", `(?=a)`, strings.Repeat("a", 4097)}},
		{"family", validFamily, []string{"", "4", "6"}, []string{"v4", "46", " "}},
		{"certificates", validCertificates, nil, []string{"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
			"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}},
		{"name", func(s string) error { _, err := parseName(s); return err },
			[]string{"a", "A.b_c-9", strings.Repeat("a", 200)}, []string{"", "a b", "a/b", "é", "a\n", strings.Repeat("a", 201)}},
		{"line", func(s string) error { _, err := parseLine(s); return err },
			[]string{"availability", "可用性 99", "a b"}, []string{"", " a", "a ", "a\nb", "a\u2028b", "a\x1b", "a\u202eb", strings.Repeat("a", 201)}},
		{"status", func(s string) error { _, err := parseStatus(s); return err },
			[]string{"200", "200-299", "100-999"}, []string{"", "20", "2000", "299-200", "99-100", "200-", "+20", "200-+30", "2xx"}},
	}
	for _, test := range tests {
		for _, s := range test.good {
			if err := test.rule(s); err != nil {
				t.Errorf("%s: %q: %v", test.name, s, err)
			}
		}
		for _, s := range test.bad {
			if test.rule(s) == nil {
				t.Errorf("%s: %q is allowed", test.name, s)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"every", "timeout", "hold", "confirm", "locations", "http", "tcp"}
	for word, want := range map[string]string{"evry": "every", "tiemout": "timeout", "TCP": "tcp", "https": "http", "hold ": "hold",
		"zzz": "", "": "", "x": "", "location": "locations"} {
		s := &suggester{budget: 100}
		if got := s.nearest(word, known); got != want {
			t.Errorf("%q is near %q, want %q", word, got, want)
		}
	}
	if s := (&suggester{budget: 6}); s.nearest("evry", known) != "" {
		t.Error("the budget is not kept")
	}
}

func TestMasked(t *testing.T) {
	for line, want := range map[string]string{
		`url: "https://me:pass@a/"`:          `url: "https://*******@a/"`,
		`Authorization: Bearer x`:            `Authorization: ********`,
		`{X-Api-Key: 'é', Accept: a}`:        `{X-Api-Key: ***, Accept: a}`,
		`# the token is elsewhere`:           `# the token is elsewhere`,
		`url: https://a.example/x?to=me@b.c`: `url: https://a.example/x?to=me@b.c`,
	} {
		if got := masked(line); got != want {
			t.Errorf("%s is masked %s, want %s", line, got, want)
		}
	}
}

// What is kept for good holds no secret, and is still the YAML that it was.
func TestMaskedSources(t *testing.T) {
	for line, want := range map[string]string{
		`url: "https://me:pass@a/"`:                      `url: "https://xxxxxxx@a/"`,
		`Authorization: Bearer x`:                        `Authorization: xxxxxxxx`,
		`Authorization: "Bearer ${token}"`:               `Authorization: "Bearer ${token}"`,
		`{X-Api-Key: 'é', Accept: a}`:                    `{X-Api-Key: 'x', Accept: a}`,
		`body: '{"token": "abc", "n": 1}'`:               `body: '{"token": "xxx", "n": 1}'`,
		`- 'Cookie: a=b'`:                                `- 'Cookie: xxx'`,
		`password: {secret: db}`:                         `password: {secret: db}`,
		"password:\n  secret: db\n":                      "password:\n  secret: db\n",
		`oauth2: {tokenURL: "https://a/", clientID: me}`: `oauth2: {tokenURL: "https://a/", clientID: me}`,
		"# password: old one\n":                          "# password: xxxxxxx\n",
	} {
		if got := string(Masked([]Source{{"f", []byte(line)}})[0].Data); got != want {
			t.Errorf("%s is masked %s, want %s", line, got, want)
		}
	}
}

// Every example of the catalogue can be kept.
func TestMaskedSourcesAreRead(t *testing.T) {
	for _, dir := range []string{"../../configs/quickstart/catalogue", "testdata/golden"} {
		c, sources, problems := LoadSources(dir)
		if problems.Err() != nil {
			continue
		}
		again, problems := Parse(Masked(sources))
		if err := problems.Err(); err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		if len(again.Probes) != len(c.Probes) {
			t.Errorf("%s: %d probes, %d when masked", dir, len(c.Probes), len(again.Probes))
		}
	}
}
