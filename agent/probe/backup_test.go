package probe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, size int, age time.Duration) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := time.Now().Add(-age); os.Chtimes(path, at, at) != nil {
			t.Fatal(path)
		}
	}
	save("shop-1.dump", 2<<20, 50*time.Hour)
	save("shop-2.dump", 2<<20, 2*time.Hour)
	save("shop-3.other", 5<<20, time.Hour)
	save("empty-1.dump", 0, time.Minute)
	if err := os.Symlink(filepath.Join(dir, "shop-2.dump"), filepath.Join(dir, "link-1.dump")); err != nil {
		t.Fatal(err)
	}
	sets := map[string]string{
		"shop": filepath.Join(dir, "shop-*.dump"), "empty": filepath.Join(dir, "empty-?.dump"), "link": filepath.Join(dir, "link-*.dump"),
		"nobody": filepath.Join(dir, "nobody-*"), "gone": filepath.Join(dir, "gone", "*"),
	}
	for _, c := range []struct {
		name     string
		spec     slo.Backup
		outcome  slo.State
		reason   slo.Reason
		evidence string
	}{
		{"fresh", slo.Backup{Set: "shop", Within: 3 * time.Hour, MinSize: 2}, slo.Up, "", "shop-2.dump"},
		{"stale", slo.Backup{Set: "shop", Within: time.Hour}, slo.Down, slo.BackupStale, "2h0m0s old"},
		{"small", slo.Backup{Set: "shop", Within: 3 * time.Hour, MinSize: 3}, slo.Down, slo.BackupSmall, "3 MiB"},
		{"empty", slo.Backup{Set: "empty", Within: time.Hour}, slo.Down, slo.BackupSmall, "0 bytes"},
		{"a link", slo.Backup{Set: "link", Within: time.Hour}, slo.Down, slo.BackupMissing, "no backup"},
		{"none", slo.Backup{Set: "nobody", Within: time.Hour}, slo.Down, slo.BackupMissing, "no backup"},
		{"no folder", slo.Backup{Set: "gone", Within: time.Hour}, slo.Down, slo.BackupMissing, "folder"},
	} {
		m := prepare(t, &c.spec, 10*time.Second, newEnv(t, Options{Backups: sets})).Run(t.Context(), now, nil)
		if m.Outcome != c.outcome || m.Reason != c.reason {
			t.Errorf("%s: %s %s", c.name, m.Outcome, m.Reason)
		}
		if !strings.Contains(m.Evidence, c.evidence) {
			t.Errorf("%s: %q", c.name, m.Evidence)
		}
	}
	if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &slo.Backup{Set: "other", Within: time.Hour}}, newEnv(t, Options{Backups: sets})); err == nil {
		t.Error("an agent without the set takes the probe")
	}
}

func TestCheckBackups(t *testing.T) {
	for pattern, fine := range map[string]bool{
		"/var/backups/shop-*.dump": true, "/b": true, "": false, "b/*": false, "/var/*/b": false, "/var/": false, "/var/[": false,
	} {
		if err := CheckBackups(pattern); (err == nil) != fine {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// TestExecCanary keeps what a plugin says of a canary, and nothing else.
func TestExecCanary(t *testing.T) {
	for said, want := range map[string]string{
		"canary 2026-10-01T11:00:00Z of table a": "canary 2026-10-01T11:00:00Z of table a",
		"canary yesterday":                       "", "OK": "",
	} {
		env := newEnv(t, Options{Commands: map[string][]string{"say": {"/bin/echo", said}}})
		m := prepare(t, &slo.Exec{Command: "say"}, 10*time.Second, env).Run(t.Context(), now, nil)
		if m.Outcome != slo.Up || m.Evidence != want {
			t.Errorf("%q: %s %q", said, m.Outcome, m.Evidence)
		}
	}
}
