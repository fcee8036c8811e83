package differential

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// TestVerdicts asks both about every server. They agree, or differ as the
// table says.
func TestVerdicts(t *testing.T) {
	path, found := probetest.FindBlackbox()
	if !found {
		t.Skip("left out: prometheus-blackbox-exporter")
	}
	agent, ca := buildAgent(t), caFile(t)
	exporter := probetest.StartBlackbox(t, path, modules(ca))
	for _, k := range kinds() {
		for i, c := range k.all {
			t.Run(k.name+"/"+c.server, func(t *testing.T) {
				t.Parallel()
				address := c.serve(t)
				theirs, log, err := exporter.Ask(t.Context(), module(k, i), filled(cmp.Or(c.target, "ADDRESS"), address, ca), true)
				if err != nil {
					t.Fatal(err)
				}
				ours := ask(t, agent, k.name, c, address, ca)
				if ours.Reason == slo.AgentPermission {
					t.Skipf("left out, as the system gives no ICMP socket: %s", ours.Evidence)
				}
				if ours.Reason != c.reason || (ours.Outcome == slo.Up) != (c.reason == "") {
					t.Errorf("the agent says %s %q (%s), want %q", ours.Outcome, ours.Reason, ours.Evidence, c.reason)
				}
				if up := expectedOfTheirs(k.name, c); theirs != up {
					t.Errorf("blackbox_exporter says %s, want %s; the agent says %s %q. If that is so, differences() wants a line\n%s",
						state(theirs), state(up), ours.Outcome, ours.Reason, log)
				}
			})
		}
	}
}

// expectedOfTheirs is what the exporter should say of a server: what the
// agent says, or the other thing where the table has it.
func expectedOfTheirs(kind string, c contest) bool {
	for _, d := range differences() {
		if d.kind == kind && d.server == c.server {
			return c.reason != ""
		}
	}
	return c.reason == ""
}

func state(up bool) slo.State {
	if up {
		return slo.Up
	}
	return slo.Down
}

// buildAgent builds the agent as it ships.
func buildAgent(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "assay-agent")
	build := exec.Command("go", "build", "-o", path, "github.com/assay-sla/assay/cmd/assay-agent")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the agent: %v\n%s", err, out)
	}
	return path
}

// verdict is what the agent prints, as far as it is looked at here.
type verdict struct {
	Outcome  slo.State  `json:"outcome"`
	Reason   slo.Reason `json:"reason"`
	Evidence string     `json:"evidence"`
}

// ask runs one probe of the agent.
func ask(t *testing.T, agent, kind string, c contest, address, ca string) (v verdict) {
	t.Helper()
	args := []string{"probe", kind, "-o", "json", "--timeout", c.timeout().String()}
	for _, a := range c.args {
		args = append(args, filled(a, address, ca))
	}
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), agent, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("running the agent: %v", err)
	}
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("assay-agent %s printed no JSON: %v\n%s%s", strings.Join(args, " "), err, out.String(), complaints.String())
	}
	return v
}

// module is the name of a contest's module in the exporter's file.
func module(k kind, i int) string { return fmt.Sprintf("%s_%d", k.name, i) }

// modules is the exporter's file.
func modules(ca string) string {
	var b strings.Builder
	b.WriteString("modules:\n")
	for _, k := range kinds() {
		for i, c := range k.all {
			fmt.Fprintf(&b, "  %s: {prober: %s, timeout: %s, %s: {%s}}\n", module(k, i), k.prober, c.timeout(), k.prober, filled(c.module, "", ca))
		}
	}
	return b.String()
}
