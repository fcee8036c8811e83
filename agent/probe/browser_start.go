package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/slo"
)

// maxDevTools bounds what a browser may say over its pipe in one run, in
// bytes. Pages have a hand in it: their requests, elements and console.
const maxDevTools = 32 << 20

// Browsers lists the programs that are looked for in the search path, in order.
func Browsers() []string {
	return []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
}

// chromium is a browser that was started for one run, with an empty profile.
// It is driven over a pipe, so that it has no port that others could talk to.
type chromium struct {
	path  string
	proxy *webProxy
	view  slo.Viewport

	dir    string
	cmd    *exec.Cmd
	said   *cut // on standard error; complete once exited is closed
	exited chan struct{}
	pipe   *boundedPipe
	end    context.CancelFunc
}

// findBrowser is the path of the program to start.
func findBrowser(env *Env) (string, error) {
	names := Browsers()
	if env.browser != "" {
		names = []string{env.browser}
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err == nil {
			return path, nil
		}
	}
	return "", unknownf(slo.AgentUnsupported, "this machine has no browser to run: looked for %s", strings.Join(names, ", "))
}

// flags are the command line of Chromium. Nothing turns its sandbox off.
func (c *chromium) flags() []string {
	return []string{
		"--headless=new", "--remote-debugging-pipe", "--no-startup-window", "--user-data-dir=" + c.dir,
		fmt.Sprintf("--window-size=%d,%d", c.view.Width, c.view.Height),
		// The proxy is the one way out: for loopback too, for names, and for
		// what does not speak TCP.
		"--proxy-server=http://" + c.proxy.address, "--proxy-bypass-list=<-loopback>",
		"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--dns-prefetch-disable", "--disable-quic",
		"--webrtc-ip-handling-policy=disable_non_proxied_udp", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
		// An http page stays one, nothing looks for devices around, nothing
		// asks its maker for anything.
		"--disable-features=HttpsUpgrades,MediaRouter,DialMediaRouteProvider,OptimizationHints,Translate,AutofillServerCommunication",
		"--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-sync",
		"--disable-extensions", "--disable-default-apps", "--disable-breakpad", "--disable-crash-reporter", "--no-pings",
		"--no-first-run", "--no-default-browser-check", "--password-store=basic", "--use-mock-keychain",
		"--disable-dev-shm-usage", "--disable-gpu", "--mute-audio", "--hide-scrollbars",
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
	}
}

// start starts the browser and returns the chromedp context of an empty page.
// Both live until close or the end of ctx.
func (c *chromium) start(ctx context.Context) (context.Context, error) {
	life, end := context.WithCancel(ctx)
	c.end = end // until there is more to end
	if err := c.exec(life); err != nil {
		return nil, err
	}
	quiet := func(string, ...any) {}
	tab, endTab := chromedp.NewAllocatorContext(life, c)
	tab, closeTab := chromedp.NewContext(tab, chromedp.WithNewBrowserContext(), // which keeps nothing on disk
		chromedp.WithBrowserOption(chromedp.WithBrowserLogf(quiet), chromedp.WithBrowserErrorf(quiet)))
	c.end = func() { end(); closeTab(); endTab() }
	return tab, chromedp.Do(tab)
}

// exec starts the program in a process group of its own, which the end of life
// kills.
func (c *chromium) exec(life context.Context) error {
	var err error
	if c.dir, err = os.MkdirTemp("", "assay-browser-"); err != nil {
		return unstartedBrowser(err)
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return unstartedBrowser(err)
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		return unstartedBrowser(errors.Join(err, in.Close()))
	}
	defer theirOut.Close()
	c.pipe, c.said = &boundedPipe{ReadCloser: out, in: in}, &cut{most: maxErrors}
	c.cmd = exec.CommandContext(life, c.path, c.flags()...)
	c.cmd.Dir, c.cmd.Stderr, c.cmd.WaitDelay = c.dir, c.said, pipeGrace
	c.cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + c.dir, "TMPDIR=" + c.dir}
	c.cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4, as --remote-debugging-pipe has it
	killGroup(c.cmd)
	if err := startBare(c.cmd); err != nil {
		c.cmd = nil
		return unstartedBrowser(errors.Join(err, c.pipe.Close()))
	}
	c.exited = make(chan struct{})
	go func() {
		_ = c.cmd.Wait() // how it ended is in ProcessState
		close(c.exited)
	}()
	return nil
}

// unstartedBrowser is the failure of a browser that could not be started.
func unstartedBrowser(err error) *failure {
	if reason, ok := ownFault(err); ok {
		return unknownf(reason, "starting the browser: %v", err)
	}
	return unknownf(slo.AgentUnsupported, "starting the browser: %v", err)
}

// close kills the browser with all its children and removes its profile.
func (c *chromium) close() {
	c.end()
	if c.cmd != nil {
		<-c.exited
		endGroup(c.cmd)
		_ = c.pipe.Close()
	}
	for range 100 { // a child may write while it dies
		if os.RemoveAll(c.dir) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Allocate speaks DevTools with the browser that exec started; chromedp calls
// it.
func (c *chromium) Allocate(ctx context.Context, opts ...chromedp.BrowserOption) (*chromedp.Browser, error) {
	b, err := chromedp.NewBrowserTransport(ctx, chromedp.NewPipeConn(c.pipe, c.pipe.in), opts...)
	if err != nil {
		return nil, err
	}
	v, err := cdp.Call(ctx, b, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	c.proxy.run.trace.add("browser", "%s", v.Product)
	return b, nil
}

// Wait has nothing to wait for: close does.
func (c *chromium) Wait() {}

// Attaches tells chromedp that the process is not its own to end.
func (c *chromium) Attaches() bool { return true }

// gone is the failure of a browser that has ended by itself or has said too
// much, by the error that a call to it gave; nil where it still works.
func (c *chromium) gone(err error) *failure {
	if c.pipe.spent.Load() {
		return downf(slo.ResponseTooLarge, "the page made the browser tell of more than %d MiB of requests, elements and console", maxDevTools>>20)
	}
	if !errors.Is(err, context.Canceled) { // as chromedp has it where the pipe ends
		return nil
	}
	select {
	case <-c.exited:
	case <-time.After(2 * pipeGrace):
		return unknownf(slo.AgentInternal, "the browser does not speak any more: %v", err)
	}
	said := c.said.String()
	if strings.Contains(said, "No usable sandbox") || strings.Contains(said, "SUID sandbox helper") {
		return unknownf(slo.AgentPermission, "the browser gets no sandbox: this system lets the agent's user make no user namespaces")
	}
	return unknownf(slo.AgentInternal, "the browser ended (%s): %s", c.cmd.ProcessState, lastLine(said))
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// boundedPipe is the pipe to a browser, which ends where the browser says more
// than maxDevTools.
type boundedPipe struct {
	io.ReadCloser
	in    io.WriteCloser
	read  int64 // by one goroutine
	spent atomic.Bool
}

// Read is the pipe's.
func (p *boundedPipe) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if p.read += int64(n); p.read > maxDevTools {
		p.spent.Store(true)
		return 0, errTooLarge
	}
	return n, err
}

// Close closes both directions.
func (p *boundedPipe) Close() error { return errors.Join(p.ReadCloser.Close(), p.in.Close()) }
