package probe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// plugin writes a shell script and returns what runs it.
func plugin(t *testing.T, script string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plugin")
	if err := os.WriteFile(file, []byte(script+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"/bin/sh", file}
}

func TestExec(t *testing.T) {
	var evidence told
	for _, c := range []struct {
		name, script, warning string
		outcome               slo.State
		reason                slo.Reason
		status                int
		evidence              string
	}{
		{"ok", "echo 'DISK OK | /=80%;90;95;0;100'", "", slo.Up, "", 0, ""},
		{"a warning is up", "echo WARNING; exit 1", "", slo.Up, "", 1, ""},
		{"a warning is down", "echo 'DISK WARNING: / is full|/=91%'; exit 1", "down", slo.Down, slo.CheckWarning, 1, "p warns: DISK WARNING: / is full"},
		{"critical", "printf 'LOAD CRITICAL\\033[2J\\nmore'; exit 2", "", slo.Down, slo.CheckCritical, 2, "p says critical: LOAD CRITICAL"},
		{"unknown", "echo 'cannot tell' >&2; exit 3", "", slo.Unknown, slo.CheckUnknown, 3, "p ended with exit code 3: cannot tell"},
		{"another code", "exit 77", "", slo.Unknown, slo.CheckUnknown, 77, "p ended with exit code 77"},
		{"a signal", "kill -9 $$", "", slo.Unknown, slo.CheckUnknown, 0, "p was ended by a signal"},
		{"endless output", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "", slo.Unknown, slo.CheckTimeout, 0, "did not end in time"},
		{"a child that stays", "sleep 60 & echo OK; exit 0", "", slo.Up, "", 0, ""},
		{"never ends", "sleep 60", "", slo.Unknown, slo.CheckTimeout, 0, "did not end in time"},
		{"no environment", `[ -z "$HOME$ASSAY_SECRET" ] && [ "$(pwd)" = / ] && ! read -r line && echo OK || exit 2`, "", slo.Up, "", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("ASSAY_SECRET", "x")
			timeout := 5 * time.Second
			if c.reason == slo.CheckTimeout {
				timeout = short
			}
			env := newEnv(t, Options{Commands: map[string][]string{"p": plugin(t, c.script)}})
			m := prepare(t, &slo.Exec{Command: "p", Warning: c.warning}, timeout, env).Run(t.Context(), now, nil)
			want(t, m, c.outcome, c.reason)
			evidence.add(c.name, m)
			if m.Status != c.status || !strings.Contains(m.Evidence, c.evidence) || strings.ContainsRune(m.Evidence, 0x1b) {
				t.Errorf("status %d, evidence %q; want %d, %q", m.Status, m.Evidence, c.status, c.evidence)
			}
			if m.Latency > timeout+slack+2*pipeGrace {
				t.Errorf("took %s of %s", m.Latency, timeout)
			}
		})
	}
	evidence.golden(t, "testdata/exec_evidence.golden")
	env := newEnv(t, Options{Commands: map[string][]string{"gone": {"/nowhere/plugin"}, "closed": {plugin(t, "")[1]}}})
	want(t, prepare(t, &slo.Exec{Command: "gone"}, time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentUnsupported)
	want(t, prepare(t, &slo.Exec{Command: "closed"}, time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentPermission)
}

func TestExecRefusals(t *testing.T) {
	env := newEnv(t, Options{Commands: map[string][]string{"relative": {"sh", "-c", "true"}, "p": {"/bin/true"}}})
	for _, spec := range []slo.Exec{{}, {Command: "other"}, {Command: "/bin/true"}, {Command: "relative"}, {Command: "p", Warning: "unknown"}} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, env); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}

func TestPerfdata(t *testing.T) {
	var got []slo.Sample
	env := newEnv(t, Options{
		Commands: map[string][]string{"p": plugin(t, `echo "OK | time=0.25s;1;2 'a b''c'=5% size=-3.5MB bad=x =1 n=1e3"; echo more; echo "text | second=7c"`)},
		Samples:  func(_ slo.Instant, s []slo.Sample) { got = s },
	})
	want(t, prepare(t, &slo.Exec{Command: "p"}, 5*time.Second, env).Run(t.Context(), now, nil), slo.Up, "")
	of := func(label, unit string, v float64) slo.Sample {
		return slo.Sample{Name: "exec_perfdata", Value: v, Labels: map[string]string{"probe": "p", "label": label, "unit": unit}}
	}
	if diff := cmp.Diff([]slo.Sample{of("time", "s", 0.25), of("a b'c", "%", 5), of("size", "MB", -3.5), of("n", "", 1000), of("second", "c", 7)}, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzPerfdata: any bytes give samples within their bounds.
func FuzzPerfdata(f *testing.F) {
	for _, s := range []string{"a=1", "'a b'=2s;3;4", "'" + "''=1", "a=1 b=2;;;; c=", "x=\x00", "=", "''='", "a=NaN", "a=1e999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range perfSamples(s, "p") {
			if l := x.Labels["label"]; l == "" || len(l) > maxPerfKey || len(x.Labels["unit"]) > 10 || x.Value != x.Value {
				t.Errorf("%+v", x)
			}
		}
	})
}
