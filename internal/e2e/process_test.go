// Package e2e tests the product as it ships: real processes, real servers.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bin holds the binaries, built once for all tests.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "assay-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		build := exec.Command("go", "build", "-o", dir+"/", "github.com/assay-sla/assay/cmd/assay", "github.com/assay-sla/assay/cmd/assay-agent")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building the binaries: %v\n%s", err, out)
			return 1
		}
		bin = dir
		return m.Run()
	}())
}

// process is a running program. Its output is kept for when the test fails.
type process struct {
	name string
	cmd  *exec.Cmd
	out  *output
	done chan struct{}
	err  error
}

// output is what programs print, safe for concurrent use.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// start runs a program until the test ends. Where out is given it is appended
// to, so that a restarted program has one log.
func start(t *testing.T, name string, out *output, path string, args ...string) *process {
	t.Helper()
	if out == nil {
		out = &output{}
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("--- output of %s\n%s", name, tail(out.String(), 8000))
			}
		})
	}
	p := &process{name: name, cmd: exec.Command(path, args...), out: out, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

func tail(s string, n int) string {
	if len(s) > n {
		return "..." + s[len(s)-n:]
	}
	return s
}

// kill ends the process as a power switch would, and waits for it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	<-p.done
}

// stop asks the process to end, and fails the test where it does not do so
// cleanly.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stopping %s: %v", p.name, err)
	}
	select {
	case <-p.done:
		if p.err != nil {
			t.Errorf("%s ended with %v", p.name, p.err)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%s does not stop", p.name)
	}
}

// freePort is an address on loopback that nothing listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually waits until f returns nil, and fails the test with its last error
// after a while.
func eventually(t *testing.T, what string, most time.Duration, f func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %s: %v", what, most, err)
		case <-tick.C:
		}
	}
}

// get fetches a URL.
func get(url string) ([]byte, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, resp.Status, tail(string(b), 300))
	}
	return b, err
}

// write makes a file and its folders.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// needs skips the test where a program is missing.
func needs(t *testing.T, pkg, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("left out: %s", pkg)
	}
	return path
}

// collector is one collector with its folder.
type collector struct {
	dir, pages, agents string
	out                *output
	*process
}

// newCollector writes the configuration of a collector; serve starts it.
func newCollector(t *testing.T, catalogue, more string) *collector {
	t.Helper()
	c := &collector{dir: t.TempDir(), pages: freePort(t), agents: freePort(t), out: &output{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("--- output of the collector\n%s", tail(c.out.String(), 12000))
		}
	})
	write(t, filepath.Join(c.dir, "catalogue", "catalogue.yaml"), catalogue)
	write(t, filepath.Join(c.dir, "collector.yaml"), fmt.Sprintf("catalogue: catalogue\ndata: data\nlisten: %s\nagents: {listen: %q}\n%s", c.pages, c.agents, more))
	return c
}

func (c *collector) serve(t *testing.T) {
	t.Helper()
	c.process = start(t, "assay serve", c.out, filepath.Join(bin, "assay"), "serve", "--config", filepath.Join(c.dir, "collector.yaml"))
}

func (c *collector) url(path string) string { return "http://" + c.pages + path }

// agent is one agent with its folder.
type agent struct {
	name, dir string
	out       *output
	before    int // bytes of output of earlier runs
	*process
}

func newAgent(t *testing.T, c *collector, name, location string) *agent {
	t.Helper()
	a := &agent{name: name, dir: t.TempDir(), out: &output{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("--- output of agent %s\n%s", name, tail(a.out.String(), 4000))
		}
	})
	write(t, filepath.Join(a.dir, "agent.yaml"), strings.Join([]string{
		"collectors: [http://" + c.agents + "]", "name: " + name, "location: " + location, "data: data", "",
	}, "\n"))
	return a
}

func (a *agent) run(t *testing.T) {
	t.Helper()
	a.before = len(a.out.String())
	a.process = start(t, "assay-agent "+a.name, a.out, filepath.Join(bin, "assay-agent"), "run", "--config", filepath.Join(a.dir, "agent.yaml"))
}

// running is nil when the agent's present run has begun, and so listens to
// signals.
func (a *agent) running() error {
	if !strings.Contains(a.out.String()[a.before:], "the agent runs") {
		return fmt.Errorf("agent %s has not begun", a.name)
	}
	return nil
}
