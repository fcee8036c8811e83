package collector

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo/catalog"
)

var update = flag.Bool("update", false, "write the golden files")

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "collector.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// parseFile reads a configuration without a look at the files that it names.
func parseFile(t *testing.T, file string) (Config, catalog.Problems) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return ParseConfig(file, b)
}

// TestConfigFiles tells of every file that the start would stumble over, each
// at its place, and of what is wrong in it.
func TestConfigFiles(t *testing.T) {
	file := writeConfig(t, `catalogue: conf
data: data
users: users.yaml
tokens: missing.yaml
tls: {cert: junk.pem, key: junk.pem}
agents: {tokens: agents.yaml}
alerting: {alertmanagers: [{url: "ftp://am"}]}
mail: {host: mail, from: bad, tls: starttlss, passwordFile: none}
reports: [{agreement: g, to: [x]}]
`)
	dir := filepath.Dir(file)
	for name, text := range map[string]string{"users.yaml": "- {name: x}\n", "junk.pem": "junk", "agents.yaml": "- {name: a, sha256: x, role: viewer}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, problems := LoadConfig(file)
	var text strings.Builder
	if err := problems.Render(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"users.yaml:1: role: ", "yaml:4:9: error: tokens: open", "yaml:5:6: error: tls: reading the certificate",
		"yaml:6:18: error: agents.tokens: ", "yaml:7:27: error: alerting.alertmanagers: ", "yaml:8:26: error: mail.from: \"bad\" is not a mail address",
		"error: mail: ", "yaml:9:30: error: reports[0].to: \"x\" is not a mail address",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("nothing like %q in\n%s", want, text.String())
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	file := writeConfig(t, "catalogue: conf\ndata: /var/lib/assay\nreports: [{agreement: gold, to: [a@example.com]}]\nmail: {host: mail, from: a@example.com, ca: ca.pem}\n")
	c, problems := parseFile(t, file)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	dir := filepath.Dir(file)
	want := Config{
		Catalogue: filepath.Join(dir, "conf"), Data: "/var/lib/assay", Listen: "127.0.0.1:8420",
		Agents:  AgentsConfig{Listen: "127.0.0.1:8421", SilentAfter: time.Minute},
		Reports: []ReportConfig{{Agreement: "gold", Period: "month", To: []string{"a@example.com"}, Schedule: "0 7 1 * *"}},
		Mail:    MailConfig{Host: "mail", From: "a@example.com", CA: filepath.Join(dir, "ca.pem")},
		Sealing: SealingConfig{Grace: 6 * time.Hour},
		Series:  SeriesConfig{Retention: 90 * 24 * time.Hour}, Journal: JournalConfig{Size: 8 << 30},
	}
	if diff := gocmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestConfigPathsAreRelativeToTheFile(t *testing.T) {
	file := writeConfig(t, `
catalogue: ./conf
data: ../data
users: users.yaml
tokens: /etc/tokens
tls: {cert: a.pem, key: a.key, clientCA: b.pem}
agents: {tokens: agents, tls: {cert: c.pem, key: c.key, clientCA: d.pem}}
mail: {passwordFile: secret}
`)
	c, problems := parseFile(t, file)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	dir := filepath.Dir(file)
	for got, want := range map[string]string{
		c.Catalogue: "conf", c.Users: "users.yaml", c.TLS.Cert: "a.pem", c.TLS.Key: "a.key", c.TLS.ClientCA: "b.pem", c.Agents.Tokens: "agents",
		c.Agents.TLS.Cert: "c.pem", c.Agents.TLS.Key: "c.key", c.Agents.TLS.ClientCA: "d.pem", c.Mail.PasswordFile: "secret", c.Data: "../data",
	} {
		if got != filepath.Join(dir, want) {
			t.Errorf("%s is %s", want, got)
		}
	}
	if c.Tokens != "/etc/tokens" {
		t.Errorf("an absolute path became %s", c.Tokens)
	}
}

// TestBadConfigs compares what is said of each bad file with the golden text
// beside it. -update writes these.
func TestBadConfigs(t *testing.T) {
	files, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, problems := ParseConfig(filepath.Base(name), b)
		got := problems.String()
		if problems.Err() == nil {
			t.Errorf("%s has no problem", name)
		}
		golden := strings.TrimSuffix(name, ".yaml") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAConfigThatIsNotThere(t *testing.T) {
	if _, problems := LoadConfig(filepath.Join(t.TempDir(), "none.yaml")); problems.Err() == nil {
		t.Error("no problem")
	}
	big := writeConfig(t, strings.Repeat("# noise\n", settings.MaxFile/8+1))
	if _, problems := LoadConfig(big); problems.Err() == nil || !strings.Contains(problems.Err().Error(), "larger") {
		t.Errorf("of a file that is too large it says %v", problems.Err())
	}
}

// FuzzConfig holds that no file makes the reader panic, and that what it
// takes passes its own check.
func FuzzConfig(f *testing.F) {
	files, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(files, "../configs/collector.yaml") {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, problems := ParseConfig("collector.yaml", b)
		if problems.Err() != nil {
			for _, p := range problems {
				if p.Message == "" || p.Line < 1 {
					t.Errorf("a problem without place or message: %+v", p)
				}
			}
			return
		}
		if bad := c.check(); len(bad) > 0 {
			t.Errorf("taken, and wrong: %v", bad)
		}
	})
}

func TestConfigTakes(t *testing.T) {
	for name, text := range map[string]string{
		"beyond loopback with TLS and users":      "listen: 0.0.0.0:443\ntls: {cert: a, key: b}\nusers: u\n",
		"beyond loopback with TLS and tokens":     "listen: 0.0.0.0:443\ntls: {cert: a, key: b}\ntokens: t\n",
		"agents beyond loopback":                  "agents: {listen: ':8421', tls: {cert: a, key: b, clientCA: c}, tokens: t}\n",
		"any loopback":                            "listen: '[::1]:0'\nagents: {listen: 'localhost:0'}\n",
		"a URL beyond loopback behind a proxy":    "externalURL: https://assay.example/sla\n",
		"durations, and comments":                 "series: {retention: 720h, detail: essential} # a month\nagents: {silentAfter: 90s}\n",
		"an Alertmanager":                         "alerting: {alertmanagers: [{url: 'http://127.0.0.1:9093'}], resend: 10s}\n",
		"a report on Fridays":                     "mail: {host: m, from: a@b}\nreports: [{agreement: g, to: [a@b], schedule: '0 8 * * FRI'}]\n",
		"a report in Chinese, as files":           "mail: {host: m, from: a@b}\nreports: [{agreement: g, to: [a@b], language: zh, attach: [pdf, xlsx, csv]}]\n",
		"a report of a customer on quarters":      "mail: {host: m, from: a@b}\nreports: [{customer: Contoso Retail, period: quarter, to: [a@b]}, {all: true, period: year, to: [a@b]}]\n",
		"a port of the system's choice, loopback": "listen: 127.0.0.1:0\n",
	} {
		if _, problems := parseFile(t, writeConfig(t, "catalogue: conf\ndata: data\n"+text)); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
