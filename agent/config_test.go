package agent

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTheExample loads what is shipped: it says the defaults where there are any.
func TestTheExample(t *testing.T) {
	got, problems := LoadConfig("../configs/agent.yaml")
	if len(problems) > 0 {
		t.Fatalf("it has problems:\n%s", problems)
	}
	want := Config{
		Collectors: []string{"https://assay.example.com:8421"}, Name: "fra-1", Location: "frankfurt",
		Labels: map[string]string{"network": "dmz"},
		Data:   "/var/lib/assay-agent", TokenFile: "/etc/assay-agent/token",
		TLS: TLSFiles{CA: "/etc/assay-agent/ca.pem", Cert: "/etc/assay-agent/agent.pem", Key: "/etc/assay-agent/agent.key"},
		Allow: Allow{
			Kinds:    slo.Kinds(),
			Networks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
		},
		Deny:  Deny{Networks: metadata()},
		Queue: QueueBounds{Size: 256 << 20, Age: 72 * time.Hour},
		Inputs: []Input{{Name: "cpu"}, {Name: "mem"}, {Name: "swap"}, {Name: "disk", Interval: time.Minute}, {Name: "diskio"}, {Name: "net"},
			{Name: "processes"}, {Name: "system", Interval: time.Minute}},
		Metrics: Listen{Address: "127.0.0.1:8422"}, Concurrency: 1000,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("it says (-want +got):\n%s", diff)
	}
}

// TestServersOfTheExample: what stands there as a comment, because it needs a
// server, loads as well.
func TestServersOfTheExample(t *testing.T) {
	b, err := os.ReadFile("../configs/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, line := range []string{"nginx:", "redis: {servers", "postgresql: {servers", "mysql: {servers", "docker:", "secrets:", "  redis: {file", "  postgresql: {file"} {
		if !strings.Contains(text, "# "+line) {
			t.Fatalf("there is no %q", line)
		}
		text = strings.Replace(text, "# "+line, line, 1)
	}
	c, problems := ParseConfig("/etc/assay-agent/agent.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatalf("it has problems:\n%s", problems)
	}
	want := []Input{
		{Name: "nginx", Servers: []string{"http://127.0.0.1/stub_status"}},
		{Name: "redis", Servers: []string{"redis://127.0.0.1:6379"}, Password: "redis"},
		{Name: "postgresql", Servers: []string{"postgres://127.0.0.1:5432/postgres?security=none"}, User: "assay", Password: "postgresql"},
		{Name: "mysql", Servers: []string{"unix:///run/mysqld/mysqld.sock"}, User: "assay-agent"},
		{Name: "docker", Servers: []string{"unix:///var/run/docker.sock"}},
	}
	if diff := cmp.Diff(want, c.Inputs[len(c.Inputs)-len(want):]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheDefaults(t *testing.T) {
	c, problems := ParseConfig("/etc/agent.yaml", []byte(
		"collectors: http://127.0.0.1:8421\nname: eu-1\nlocation: eu\ndata: data\nmetrics: {listen: \":8422\"}\ninputs:\n  cpu:\n  mem: {interval: 30s}\n"))
	if len(problems) > 0 {
		t.Fatalf("it has problems:\n%s", problems)
	}
	got := c.withDefaults()
	want := Config{
		Collectors: []string{"http://127.0.0.1:8421"}, Name: "eu-1", Location: "eu", Data: "/etc/data",
		Queue: QueueBounds{Size: 256 << 20, Age: 72 * time.Hour}, Concurrency: 1000, Metrics: Listen{Address: "127.0.0.1:8422"}, Deny: Deny{Networks: metadata()},
		Inputs: []Input{{Name: "cpu", Interval: 10 * time.Second}, {Name: "mem", Interval: 30 * time.Second}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("the defaults are (-want +got):\n%s", diff)
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
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAConfigThatIsNotThere(t *testing.T) {
	if _, problems := LoadConfig(filepath.Join(t.TempDir(), "none.yaml")); problems.Err() == nil {
		t.Error("no problem")
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, []byte(strings.Repeat("# noise\n", settings.MaxFile/8+1)), 0o600); err != nil {
		t.Fatal(err)
	}
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
	for _, name := range append(files, "../configs/agent.yaml") {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, problems := ParseConfig("agent.yaml", b)
		if problems.Err() != nil {
			for _, p := range problems {
				if p.Message == "" || p.Line < 1 {
					t.Errorf("a problem without place or message: %+v", p)
				}
			}
			return
		}
		if bad := c.withDefaults().check(); len(bad) > 0 {
			t.Errorf("taken, and wrong: %v", bad)
		}
	})
}
