//go:build linux

package probe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestBrowserNeverAsRoot needs no browser: it is refused before one is looked for.
func TestBrowserNeverAsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can show what root may not")
	}
	env := newEnv(t, Options{Browser: standInBrowser(t, "touch "+filepath.Join(t.TempDir(), "started"))})
	m := prepare(t, &slo.Browser{URL: "http://127.0.0.1/"}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentPermission)
	if m.Evidence != "a browser is never run as root; give the agent a user of its own" {
		t.Errorf("evidence %q", m.Evidence)
	}
}

// standInBrowser writes a shell script that stands for a browser.
func standInBrowser(t *testing.T, script string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBrowserStart: what keeps a browser from starting is the agent's.
func TestBrowserStart(t *testing.T) {
	if asNobody(t) {
		return
	}
	for _, c := range []struct {
		name, script string
		timeout      time.Duration
		reason       slo.Reason
		evidence     string
	}{
		{"no sandbox", `echo "[1:1:ERROR:zygote_host_impl_linux.cc] No usable sandbox! If this is a Debian system" >&2; kill -ABRT $$`, 20 * time.Second, slo.AgentPermission,
			"the browser gets no sandbox: this system lets the agent's user make no user namespaces"},
		{"an early end", "echo first >&2; echo cannot open display >&2; exit 7", 20 * time.Second, slo.AgentInternal, "the browser ended (exit status 7): cannot open display"},
		{"no answer", "sleep 60 & wait", 300 * time.Millisecond, slo.AgentOverloaded, "the browser did not start in time"},
		{"garbage", `printf 'not json\0' >&4; sleep 60`, 20 * time.Second, slo.AgentInternal, "the browser does not speak any more"},
		{"its sandbox is not turned off", "case \"$*\" in *no-sandbox*) exit 1;; esac; exit 7", 20 * time.Second, slo.AgentInternal, "exit status 7"},
		{"no capabilities", "grep -q '^CapEff:.*0000$' /proc/self/status && exit 7", 20 * time.Second, slo.AgentInternal, "exit status 7"},
		{"no environment", `[ -z "$ASSAY_SECRET" ] && [ "$HOME" = "$(pwd)" ] && exit 7`, 20 * time.Second, slo.AgentInternal, "exit status 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("ASSAY_SECRET", "x")
			t.Setenv("TMPDIR", t.TempDir())
			env := newEnv(t, Options{Browser: standInBrowser(t, c.script)})
			m := prepare(t, &slo.Browser{URL: "http://127.0.0.1/"}, c.timeout, env).Run(t.Context(), now, nil)
			want(t, m, slo.Unknown, c.reason)
			if !strings.Contains(m.Evidence, c.evidence) {
				t.Errorf("evidence %q, want %q", m.Evidence, c.evidence)
			}
			if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "assay-browser-*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
	env := newEnv(t, Options{Browser: "/nowhere/chromium"})
	want(t, prepare(t, &slo.Browser{URL: "http://127.0.0.1/"}, time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentUnsupported)
	t.Setenv("PATH", t.TempDir())
	want(t, prepare(t, &slo.Browser{URL: "http://127.0.0.1/"}, time.Second, newEnv(t, Options{})).Run(t.Context(), now, nil), slo.Unknown, slo.AgentUnsupported)
}

func TestBrowserRefusals(t *testing.T) {
	for name, s := range map[string]*slo.Browser{
		"no URL":           {},
		"a file":           {URL: "file:///etc/passwd"},
		"no host":          {URL: "https://"},
		"an empty step":    {URL: "https://a.test/", Do: []slo.BrowserStep{{}}},
		"two in a step":    {URL: "https://a.test/", Do: []slo.BrowserStep{{Click: "a", Wait: "b"}}},
		"into nothing":     {URL: "https://a.test/", Do: []slo.BrowserStep{{Type: slo.Typing{Text: "b"}}}},
		"no secret":        {URL: "https://a.test/", Do: []slo.BrowserStep{{Type: slo.Typing{Into: "a", Text: "${b}"}}}},
		"a lone dollar":    {URL: "https://a.test/", Do: []slo.BrowserStep{{Type: slo.Typing{Into: "a", Text: "$"}}}},
		"a bad expression": {URL: "https://a.test/", Do: []slo.BrowserStep{{Assert: "json.a"}}},
		"too many":         {URL: "https://a.test/", Do: make([]slo.BrowserStep, slo.MaxBrowserSteps+1)},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: s}, newEnv(t, Options{})); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
