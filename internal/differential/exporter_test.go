package differential

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// startExporter runs Debian's blackbox_exporter until the test ends.
func startExporter(t *testing.T, ca string) blackbox {
	t.Helper()
	path, err := exec.LookPath("prometheus-blackbox-exporter")
	if err != nil {
		t.Skip("left out: prometheus-blackbox-exporter")
	}
	file := filepath.Join(t.TempDir(), "blackbox.yml")
	if err := os.WriteFile(file, []byte(modules(ca)), 0o600); err != nil {
		t.Fatal(err)
	}
	address := closed(t)
	var out bytes.Buffer
	cmd := exec.Command(path, "--config.file", file, "--web.listen-address", address)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone already
		<-ended
		if t.Failed() {
			t.Logf("--- output of blackbox_exporter\n%s", out.String())
		}
	})
	late := time.After(ready)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if _, err = get(t.Context(), "http://"+address+"/-/healthy"); err == nil {
			tick.Stop()
			return blackbox{"http://" + address}
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("blackbox_exporter ended:\n%s", out.String())
		case <-late:
			t.Fatalf("blackbox_exporter does not listen: %v", err)
		}
	}
}
