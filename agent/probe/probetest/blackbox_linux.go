package probetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Blackbox is a running blackbox_exporter, as Debian ships it.
type Blackbox struct {
	PID  int
	base string
}

// FindBlackbox returns the exporter's program, and false where its package,
// prometheus-blackbox-exporter, is not installed.
func FindBlackbox() (path string, found bool) {
	path, err := exec.LookPath("prometheus-blackbox-exporter")
	return path, err == nil
}

// blackboxStarts is how long the exporter may take to listen.
const blackboxStarts = 20 * time.Second

// StartBlackbox runs the exporter under a configuration until the test ends,
// and returns when it listens.
func StartBlackbox(t testing.TB, path, config string) *Blackbox {
	t.Helper()
	file := filepath.Join(t.TempDir(), "blackbox.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := ClosedPort(t)
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
	b := &Blackbox{PID: cmd.Process.Pid, base: "http://" + address}
	late, tick := time.After(blackboxStarts), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		_, err := b.get(t.Context(), "/-/healthy")
		if err == nil {
			return b
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

// Ask has the exporter probe a target by one of its modules, and returns its
// verdict with what it printed: metrics, and with debug its log before them.
func (b *Blackbox) Ask(ctx context.Context, module, target string, debug bool) (up bool, text string, err error) {
	query := url.Values{"module": {module}, "target": {target}}
	if debug {
		query.Set("debug", "true")
	}
	if text, err = b.get(ctx, "/probe?"+query.Encode()); err != nil {
		return false, text, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "probe_success "); ok {
			return strings.TrimSpace(value) == "1", text, nil
		}
	}
	return false, text, fmt.Errorf("blackbox_exporter gave no verdict: %s", text)
}

// get fetches a page of the exporter's.
func (b *Blackbox) get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", path, resp.Status, text)
	}
	return string(text), err
}
