//go:build linux

package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/sys/unix"

	"github.com/assay-sla/assay/slo"
)

// benchBrowser is the variable that makes the test binary one that loads the
// page at a URL.
const benchBrowser = "ASSAY_PROBE_BENCH_BROWSER"

// compareBrowsers has the page loaded by chromedp with its defaults, which is
// the bare loop, and by the agent's probe, in turns, and reports the CPU time of
// each with the processes that it started. They run in a process of their own,
// as nobody where root runs this.
func compareBrowsers(b *testing.B) {
	if _, err := findBrowser(&Env{}); err != nil {
		b.Skip("left out: no browser is installed (package chromium)")
	}
	ask := startBrowsers(b, "http://"+benchServers(b).at["browser"]+"/")
	var bare, agent time.Duration
	_, _ = ask() // the first fills the system's caches
	for b.Loop() {
		one, other := ask()
		bare, agent = bare+one, agent+other
	}
	b.ReportMetric(float64(bare.Microseconds())/float64(b.N), "bare-µs")
	b.ReportMetric(float64(agent.Microseconds())/float64(b.N), "agent-µs")
	b.ReportMetric(float64(agent)/float64(bare), "agent/bare")
	b.ReportMetric(0, "ns/op")
}

// startBrowsers returns what has the page loaded once in each way.
func startBrowsers(b *testing.B, url string) func() (bare, agent time.Duration) {
	b.Helper()
	dir, err := os.MkdirTemp("", "assay-bench-") // b.TempDir is shut to others
	if err != nil {
		b.Fatal(err)
	}
	program := filepath.Join(dir, "probe.test")
	copyProgram(b, program)
	cmd := exec.Command(program)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, benchBrowser + "=" + url}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			b.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	})
	lines := bufio.NewReader(out)
	return func() (bare, agent time.Duration) {
		if _, err := io.WriteString(in, "\n"); err != nil {
			b.Fatal(err)
		}
		line, err := lines.ReadString('\n')
		if err == nil {
			_, err = fmt.Sscan(line, &bare, &agent)
		}
		if err != nil {
			b.Fatalf("the browsers said %q: %v", line, err)
		}
		return bare, agent
	}
}

// loadPages is the process: for each line it reads, it loads the page in both
// ways, and prints the nanoseconds that they took. What is left of a browser
// becomes its child, so that no process is forgotten.
func loadPages(url string) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	env, err := NewEnv(Options{})
	if err != nil {
		panic(err)
	}
	p, err := New(slo.Probe{Name: "p", Timeout: time.Minute, Spec: &slo.Browser{URL: url}}, env)
	if err != nil {
		panic(err)
	}
	path, err := findBrowser(env)
	if err != nil {
		panic(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		bare := usedBy(func() { loadPage(path, url) })
		agent := usedBy(func() {
			if m := p.Run(context.Background(), slo.At(time.Now()), nil); m.Outcome != slo.Up {
				panic(m.Evidence)
			}
		})
		fmt.Println(bare.Nanoseconds(), agent.Nanoseconds())
	}
}

// loadPage has chromedp load a page with its defaults, and the browser ended.
func loadPage(path, url string) {
	ctx, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))...)
	defer end()
	tab, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	if err := chromedp.Do(tab, chromedp.Navigate(url)); err != nil {
		panic(err)
	}
}

// usedBy is the CPU time of what is done, with that of all processes that it
// leaves behind, once they have ended. What is killed inside Chromium's sandbox,
// as the page's renderer is, nobody waits for, and it is in neither figure.
func usedBy(do func()) time.Duration {
	before := cpuOfAll()
	do()
	for {
		_, err := unix.Wait4(-1, nil, 0, nil)
		if err == unix.ECHILD {
			return cpuOfAll() - before
		}
	}
}

// cpuOfAll is what this process and those that it waited for have used.
func cpuOfAll() (sum time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			panic(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}
