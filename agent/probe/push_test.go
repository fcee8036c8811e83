package probe

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestPush(t *testing.T) {
	spec := &slo.Push{Job: "backup", Within: time.Hour}
	var evidence told
	for _, c := range []struct {
		name     string
		known    *Heartbeat
		outcome  slo.State
		reason   slo.Reason
		evidence string
	}{
		{"in time", &Heartbeat{At: now.Add(-time.Hour), Awaited: now.Add(-48 * time.Hour)}, slo.Up, "", ""},
		{"late", &Heartbeat{At: now.Add(-time.Hour - time.Millisecond), Awaited: now}, slo.Down, slo.HeartbeatLate, "1h0m0s ago"},
		{"failed", &Heartbeat{At: now.Add(-time.Minute), Failed: true, Text: "exit code 2. disk full"}, slo.Down, slo.HeartbeatFailed, "disk full"},
		{"failed and late since", &Heartbeat{At: now.Add(-2 * time.Hour), Failed: true, Text: "x"}, slo.Down, slo.HeartbeatFailed, "it failed: x"},
		{"none yet", &Heartbeat{Awaited: now.Add(-time.Hour)}, slo.Unknown, slo.HeartbeatAwaited, "has come since"},
		{"none for too long", &Heartbeat{Awaited: now.Add(-time.Hour - 1e9)}, slo.Down, slo.HeartbeatLate, "has come since"},
		{"not awaited", nil, slo.Unknown, slo.HeartbeatAwaited, "does not wait"},
	} {
		env := newEnv(t, Options{Heartbeats: func(job string) (Heartbeat, bool) {
			if job != "backup" || c.known == nil {
				return Heartbeat{}, false
			}
			return *c.known, true
		}})
		m := prepare(t, spec, time.Second, env).Run(t.Context(), now, nil)
		want(t, m, c.outcome, c.reason)
		evidence.add(c.name, m)
		if !strings.Contains(m.Evidence, c.evidence) {
			t.Errorf("%s: %q", c.name, m.Evidence)
		}
	}
	evidence.golden(t, "testdata/push_evidence.golden")
	if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: spec}, newEnv(t, Options{})); err == nil {
		t.Error("an agent without heartbeats takes the probe")
	}
}
