package probe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/performancetimeline"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/slo"
)

const (
	// maxBrowsers is how many browsers an agent runs at the same time.
	maxBrowsers = 2
	// maxMargin is kept at the end of a run, to look at the page and to end
	// the browser; short runs keep a tenth.
	maxMargin = 500 * time.Millisecond
)

// browserTest opens a page in Chromium and uses it.
type browserTest struct {
	url     string
	secrets map[string]slo.Secret
	status  httpRules
	view    slo.Viewport
	anyCert bool
	steps   []browserStep
}

func newBrowser(spec slo.Spec, _ *Env) (Test, error) {
	s, ok := spec.(*slo.Browser)
	if !ok {
		return nil, fmt.Errorf("browser: spec is a %T", spec)
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("browser: the URL is not http or https")
	}
	t := &browserTest{url: s.URL, secrets: s.Secrets, status: httpRules{status: s.Status}, view: s.Viewport, anyCert: s.TLS.SkipVerify}
	if len(t.status.status) == 0 {
		t.status.status = []slo.StatusRange{{From: 200, To: 299}}
	}
	if t.view.Width == 0 {
		t.view.Width = 1280
	}
	if t.view.Height == 0 {
		t.view.Height = 800
	}
	if t.steps, err = newBrowserSteps(s); err != nil {
		return nil, fmt.Errorf("browser: %w", err)
	}
	return t.run, nil
}

// run starts a browser of its own, and ends it.
func (t *browserTest) run(r *run) error {
	if why := browserRefused(); why != "" {
		return unknownf(slo.AgentPermission, "%s", why)
	}
	path, err := findBrowser(r.env)
	if err != nil {
		return err
	}
	values, err := r.values(t.secrets)
	if err != nil {
		return err
	}
	timed, cancel := r.timed()
	defer cancel()
	select {
	case r.env.browsing <- struct{}{}:
		defer func() { <-r.env.browsing }()
	case <-timed.Done():
		if r.stopped() {
			return r.fail(awaiting, context.Canceled)
		}
		return unknownf(slo.AgentOverloaded, "the %d browsers of this agent were in use all the time", maxBrowsers)
	}
	ctx, breakOff := context.WithCancelCause(timed)
	defer breakOff(nil)
	margin := min(maxMargin, r.deadline.Sub(r.start)/10)
	v := &visit{run: r, ctx: ctx, breakOff: func(f *failure) { breakOff(f) }, until: r.deadline.Add(-margin)}
	if v.proxy, err = newWebProxy(r, v.until.Add(-margin), v.breakOff); err != nil {
		return err
	}
	defer v.proxy.close()
	v.browser = &chromium{path: path, proxy: v.proxy, view: t.view}
	defer v.browser.close()
	tab, err := v.browser.start(ctx)
	if err == nil {
		err = t.furnish(tab, v.proxy)
	}
	if err != nil {
		return v.broken("the browser did not start in time", err)
	}
	if whole := r.deadline.Sub(r.start); time.Until(r.deadline) < whole/2 {
		return unknownf(slo.AgentOverloaded, "the browser was ready so late in %s that the page cannot be judged", whole)
	}
	return t.visit(tab, v, values)
}

// furnish readies an empty page: it signs in at the proxy, keeps downloads off
// the disk, and has the paints reported.
func (t *browserTest) furnish(tab context.Context, proxy *webProxy) error {
	off := browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: chromedp.FromContext(tab).BrowserContextID}
	if _, err := chromedp.CallBrowser(tab, browser.SetDownloadBehavior, off); err != nil {
		return fmt.Errorf("turning downloads off: %w", err)
	}
	if _, err := chromedp.Call(tab, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: t.anyCert}); err != nil {
		return fmt.Errorf("setting how certificates are taken: %w", err)
	}
	paints := performancetimeline.EnableParams{EventTypes: []string{"largest-contentful-paint"}}
	if _, err := chromedp.Call(tab, performancetimeline.Enable, paints); err != nil {
		return fmt.Errorf("asking for paints: %w", err)
	}
	return signIn(tab, proxy)
}

// signIn loads the proxy's own page, which asks for the run's password. The
// browser keeps it for all that this page and its scripts ask for later; its
// own background traffic never learns it.
func signIn(tab context.Context, proxy *webProxy) error {
	ctx, stop := context.WithCancel(tab)
	defer stop()
	if err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *fetch.EventRequestPaused:
			go func() {
				_, _ = chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
			}()
		case *fetch.EventAuthRequired:
			answer := fetch.AuthChallengeResponse{Response: fetch.AuthChallengeResponseResponseProvideCredentials, Username: proxyUser, Password: proxy.password}
			go func() {
				_, _ = chromedp.Call(ctx, fetch.ContinueWithAuth, fetch.ContinueWithAuthParams{RequestID: ev.RequestID, AuthChallengeResponse: &answer})
			}()
		}
	}); err != nil {
		return fmt.Errorf("listening for the proxy's question: %w", err)
	}
	yes := true
	if _, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{HandleAuthRequests: &yes}); err != nil {
		return fmt.Errorf("waiting for the proxy's question: %w", err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("http://"+greeting+"/")); err != nil {
		return fmt.Errorf("signing in at the agent's proxy: %w", err)
	}
	if _, err := chromedp.Call(ctx, fetch.Disable, cdp.Empty{}); err != nil {
		return fmt.Errorf("leaving requests alone: %w", err)
	}
	return nil
}

// visit opens the page, judges it, and goes the steps.
func (t *browserTest) visit(tab context.Context, v *visit, values map[string]string) error {
	defer v.end()
	if err := v.watch(tab); err != nil {
		return v.broken("the browser did not answer in time", err)
	}
	work, cancel := context.WithDeadline(tab, v.until)
	defer cancel()
	began := time.Now()
	err := t.open(tab, work, v)
	if err == nil {
		err = t.walk(tab, work, v, values)
	}
	v.run.m.Latency = time.Since(began)
	v.tell()
	if err != nil {
		return v.broken("the browser did not answer in time", err)
	}
	return nil
}

// open loads the page, and judges its status.
func (t *browserTest) open(tab, work context.Context, v *visit) error {
	err := chromedp.Do(work, chromedp.Navigate(t.url))
	var load *chromedp.LoadError
	switch {
	case errors.As(err, &load):
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.unloaded(t.url, load.ErrorText)
	case errors.Is(err, context.DeadlineExceeded):
		return v.late()
	case err != nil:
		return err
	}
	if status := v.status(); !t.status.accepts(status) {
		return downf(slo.StatusUnexpected, "expected status %s, got %d; %s", ranges(t.status.status), status, v.look(tab))
	}
	return nil
}
