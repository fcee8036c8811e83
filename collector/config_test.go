package collector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "collector.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfigDefaults(t *testing.T) {
	file := writeConfig(t, "catalogue: conf\ndata: /var/lib/assay\nreports: [{agreement: gold, to: [a@example.com]}]\nmail: {host: mail, from: a@example.com, ca: ca.pem}\n")
	c, err := LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	want := Config{
		Catalogue: filepath.Join(dir, "conf"), Data: "/var/lib/assay", Listen: "127.0.0.1:8420",
		Agents:  AgentsConfig{Listen: "127.0.0.1:8421", SilentAfter: time.Minute},
		Reports: []ReportConfig{{Agreement: "gold", To: []string{"a@example.com"}, Schedule: "0 7 1 * *"}},
		Mail:    MailConfig{Host: "mail", From: "a@example.com", CA: filepath.Join(dir, "ca.pem")},
		Series:  SeriesConfig{Retention: 90 * 24 * time.Hour}, Journal: JournalConfig{MaxBytes: 8 << 30},
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
	c, err := LoadConfig(file)
	if err != nil {
		t.Fatal(err)
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

func TestConfigRefuses(t *testing.T) {
	const ok = "catalogue: conf\ndata: data\n"
	for _, c := range []struct {
		name, text string
		want       []string // parts of the error
	}{
		{"an empty file", "", []string{"catalogue: is missing", "data: is missing"}},
		{"an unknown field", ok + "listne: x\n", []string{"line 3", "listne"}},
		{"an unknown field further in", ok + "agents:\n  tls:\n    sert: x\n", []string{"line 5", "sert"}},
		{"a field twice", ok + "data: x\n", []string{"line 3", "data"}},
		{"a value of another kind", ok + "journal: {maxBytes: much}\n", []string{"line 3", "much"}},
		{"a duration without a unit", ok + "agents: {silentAfter: 60}\n", []string{"line 3", "time.Duration"}},
		{"agents silent at once", ok + "agents: {silentAfter: 10ms}\n", []string{"agents.silentAfter: 10ms is less than a second"}},
		{"broken YAML", "catalogue: [\n", []string{"line"}},
		{"too large a file", ok + strings.Repeat("# comment\n", maxConfig/10), []string{"larger than 1048576 bytes"}},
		{"beyond loopback", ok + "listen: 0.0.0.0:8420\n", []string{"listen: ", "needs TLS and users or tokens"}},
		{"beyond loopback with TLS only", ok + "listen: ':8420'\ntls: {cert: a, key: b}\n", []string{"needs users or tokens"}},
		{"beyond loopback with users only", ok + "listen: assay.example:8420\nusers: u\n", []string{"needs TLS"}},
		{"agents beyond loopback", ok + "agents: {listen: '[::]:8421'}\n", []string{"agents.listen: ", "needs TLS and"}},
		{"agents beyond loopback with the pages' tokens", ok + "tokens: x\nagents: {listen: '[::]:8421', tls: {cert: a, key: b}}\n", []string{"agents.listen: "}},
		{"no port", ok + "listen: localhost\n", []string{"listen: ", "host:port"}},
		{"a certificate without its key", ok + "tls: {cert: a}\nagents: {tls: {key: b}}\n", []string{"\ntls: cert and key", "agents.tls: cert and key"}},
		{"no URL", ok + "externalURL: assay.example\n", []string{"externalURL: "}},
		{"another scheme", ok + "externalURL: ftp://assay.example\n", []string{"externalURL: "}},
		{"another detail", ok + "series: {detail: some}\n", []string{"series.detail: "}},
		{"reports without mail", ok + "reports: [{agreement: gold, to: [a@b]}]\n", []string{"mail: host and from"}},
		{"half a report", ok + "mail: {host: m, from: a@b}\nreports: [{schedule: 'now'}]\n", []string{"reports[0]: agreement is missing", "reports[0]: to is missing", "reports[0].schedule: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := writeConfig(t, c.text)
			_, err := LoadConfig(file)
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, part := range append(c.want, file) {
				if !strings.Contains("\n"+strings.ReplaceAll(err.Error(), file+": ", file+": \n"), part) {
					t.Errorf("%v\nlacks %q", err, part)
				}
			}
		})
	}
	if _, err := LoadConfig(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a file that there is not is taken")
	}
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
		"a port of the system's choice, loopback": "listen: 127.0.0.1:0\n",
	} {
		if _, err := LoadConfig(writeConfig(t, "catalogue: conf\ndata: data\n"+text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
