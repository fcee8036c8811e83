package configs_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unit reads a unit of systemd: the values of each setting of its sections, in
// order. A setting that is empty forgets those before it, as systemd does.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("systemd", name))
	if err != nil {
		t.Fatal(err)
	}
	settings, section := map[string][]string{}, ""
	for n, line := range strings.Split(string(b), "\n") {
		key, value, found := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = line[1 : len(line)-1]
		case !found || section == "":
			t.Fatalf("%s:%d: %q is neither a section nor a setting", name, n+1, line)
		case value == "":
			settings[section+"."+key] = nil
		default:
			settings[section+"."+key] = append(settings[section+"."+key], value)
		}
	}
	return settings
}

// TestUnits: each program runs without privileges, with the one capability
// that it needs and no way to another.
func TestUnits(t *testing.T) {
	for name, want := range map[string]struct{ command, capability string }{
		"assay-agent.service": {"/usr/bin/assay-agent run --config /etc/assay-agent/agent.yaml", "CAP_NET_RAW"},
		"assay.service":       {"/usr/bin/assay serve --config /etc/assay/collector.yaml", "CAP_NET_BIND_SERVICE"},
	} {
		u := unit(t, name)
		for key, value := range map[string]string{
			"ExecStart": want.command, "AmbientCapabilities": want.capability, "CapabilityBoundingSet": want.capability,
			"NoNewPrivileges": "yes", "ProtectSystem": "strict", "StateDirectoryMode": "0700", "UMask": "0077",
		} {
			if got := u["Service."+key]; !slices.Equal(got, []string{value}) {
				t.Errorf("%s: %s is %q, want %q", name, key, got, value)
			}
		}
		user, dynamic := strings.Join(u["Service.User"], " "), slices.Equal(u["Service.DynamicUser"], []string{"yes"})
		if user == "root" || (user == "") != dynamic {
			t.Errorf("%s runs as %q, dynamic: %t", name, user, dynamic)
		}
	}
}

// TestUnitForBrowsers: what browsers need opens the unit no further than that.
func TestUnitForBrowsers(t *testing.T) {
	u := unit(t, "assay-agent-browser.conf")
	got := slices.Sorted(maps.Keys(u))
	want := []string{"Service.MemoryDenyWriteExecute", "Service.MemoryMax", "Service.RestrictNamespaces", "Service.SystemCallFilter"}
	if !slices.Equal(got, want) {
		t.Errorf("it sets %q, want %q", got, want)
	}
	if got := u["Service.SystemCallFilter"]; !slices.Equal(got, []string{"chroot"}) {
		t.Errorf("it allows %q", got)
	}
}

// TestUnitsForSystemd has systemd read the units: it warns of settings that it
// does not know and of values that it cannot read.
func TestUnitsForSystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("left out: systemd (nothing reads its units here)")
	}
	dir := t.TempDir()
	for _, name := range []string{"assay-agent.service", "assay.service"} {
		b, err := os.ReadFile(filepath.Join("systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("/usr/bin/assay-agent", "/bin/true", "/usr/bin/assay", "/bin/true").Replace(string(b))
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, path+":") {
				t.Error(line)
			}
		}
	}
}
