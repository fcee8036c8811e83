package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	maxOutput = 64 << 10 // bytes of a plugin's output that are read
	maxErrors = 4 << 10  // bytes of what it says on standard error
	// pipeGrace is how long a plugin's pipes are read after its end or its
	// kill: a child of it may hold them open.
	pipeGrace = 500 * time.Millisecond
)

// execTest runs a plugin (Monitoring Plugins Development Guidelines).
type execTest struct {
	name    string
	argv    []string
	hidden  []string  // arguments that are secrets
	warning slo.State // what exit code 1 counts as
}

func newExec(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.Exec)
	if !ok {
		return nil, fmt.Errorf("exec: spec is a %T", spec)
	}
	t := &execTest{name: s.Command, warning: slo.Up}
	switch s.Warning {
	case "", "up":
	case "down":
		t.warning = slo.Down
	default:
		return nil, fmt.Errorf("exec: warning %q is not up or down", s.Warning)
	}
	if t.argv = env.commands[s.Command]; len(t.argv) == 0 {
		return nil, fmt.Errorf("exec: this agent's file has no command %q", s.Command)
	}
	if !filepath.IsAbs(t.argv[0]) {
		return nil, fmt.Errorf("exec: the program of command %q is not an absolute path", s.Command)
	}
	t.hidden = secretArguments(t.argv[1:])
	return t.run, nil
}

// secretArguments are the values of options that are named for a secret, such
// as --password VALUE and --token=VALUE.
func secretArguments(args []string) (hidden []string) {
	for i, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if !strings.HasPrefix(name, "-") || !sensitiveName.MatchString(name) {
			continue
		}
		if given {
			hidden = append(hidden, value)
		} else if i+1 < len(args) {
			hidden = append(hidden, args[i+1])
		}
	}
	return hidden
}

func (t *execTest) run(r *run) error {
	r.hide(t.hidden...)
	ctx, cancel := r.timed()
	defer cancel()
	out, bad := &cut{most: maxOutput}, &cut{most: maxErrors}
	cmd := exec.CommandContext(ctx, t.argv[0], t.argv[1:]...)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "LC_ALL=C.UTF-8"}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, bad, pipeGrace
	killGroup(cmd)
	if r.trace != nil {
		r.trace.add("run", "%s", strings.Join(t.argv, " "))
	}
	err := cmd.Run()
	if r.trace != nil {
		r.trace.add("output", "%s", out.String())
		if bad.buf.Len() > 0 {
			r.trace.add("errors", "%s", bad.String())
		}
	}
	said, perfdata := splitOutput(out.String())
	if said == "" {
		said = strings.TrimSpace(bad.String())
	}
	switch {
	case r.stopped():
		return r.fail(awaiting, context.Canceled)
	case cmd.Process == nil:
		return t.unstarted(err)
	case ctx.Err() != nil:
		return unknownf(slo.CheckTimeout, "%s did not end in time; it said: %s", t.name, said)
	}
	if r.env.samples != nil {
		if samples := perfSamples(perfdata, r.m.Probe); len(samples) > 0 {
			r.env.samples(r.at, samples)
		}
	}
	return t.judge(r, cmd, said)
}

// judge makes an outcome of how the plugin ended.
func (t *execTest) judge(r *run, cmd *exec.Cmd, said string) error {
	code := cmd.ProcessState.ExitCode()
	r.m.Status = max(0, code)
	switch {
	case code == 0, code == 1 && t.warning == slo.Up:
		if _, ok := slo.ReadCanary(said); ok {
			r.m.Evidence = r.hidden.clean(said, slo.MaxEvidence)
		}
		return nil
	case code == 1:
		return downf(slo.CheckWarning, "%s warns: %s", t.name, said)
	case code == 2:
		return downf(slo.CheckCritical, "%s says critical: %s", t.name, said)
	case code < 0:
		return unknownf(slo.CheckUnknown, "%s was ended by a signal (%s): %s", t.name, cmd.ProcessState, said)
	}
	return unknownf(slo.CheckUnknown, "%s ended with exit code %d: %s", t.name, code, said)
}

// unstarted is the failure of a program that could not be run.
func (t *execTest) unstarted(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unknownf(slo.AgentUnsupported, "the program of %s is not there: %v", t.name, err)
	case errors.Is(err, fs.ErrPermission):
		return unknownf(slo.AgentPermission, "the program of %s may not be run: %v", t.name, err)
	}
	if reason, ok := ownFault(err); ok {
		return unknownf(reason, "running %s: %v", t.name, err)
	}
	return unknownf(slo.AgentInternal, "running %s: %v", t.name, err)
}

// splitOutput divides a plugin's output into what it says on its first line
// and its performance data, on the first line and on those after a second bar.
func splitOutput(out string) (said, perfdata string) {
	first, rest, _ := strings.Cut(out, "\n")
	said, perfdata, _ = strings.Cut(first, "|")
	if _, more, ok := strings.Cut(rest, "|"); ok {
		perfdata += " " + more
	}
	return strings.TrimSpace(said), perfdata
}

// cut keeps the first bytes that are written to it.
type cut struct {
	most int
	buf  bytes.Buffer
}

// Write takes all and keeps what there is room for.
func (c *cut) Write(p []byte) (int, error) {
	c.buf.Write(p[:min(len(p), c.most-c.buf.Len())])
	return len(p), nil
}

func (c *cut) String() string { return c.buf.String() }
