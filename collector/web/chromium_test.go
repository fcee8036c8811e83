package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/slo"
)

// browser starts a headless Chromium, or skips the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("left out: chromium is not installed; make test-servers installs it")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "en-US"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as this context
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// complaints collects what the browser's console says.
func complaints(t *testing.T, ctx context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var said []string
	err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventConsoleAPICalled:
			said = append(said, fmt.Sprint("console: ", e.Type, e.Args))
		case *runtime.EventExceptionThrown:
			said = append(said, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
		case *cdplog.EventEntryAdded:
			said = append(said, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := said
		said = nil
		return out
	}
}

// page is where to look and what must be seen there.
type page struct{ name, path, want string }

func TestInBrowser(t *testing.T) {
	ctx := browser(t)
	o, _ := options(t)
	srv := httptest.NewServer(build(t, o))
	defer srv.Close()
	empty := o
	empty.Figures, empty.Incidents, empty.Agents = nothing{}, nothing{}, nothing{}
	empty.Collector = broken{}
	bare := httptest.NewServer(build(t, empty))
	defer bare.Close()

	locked := o
	locked.Access = Access{Sessions: people(t)}
	door := httptest.NewServer(build(t, locked))
	defer door.Close()

	said := complaints(t, ctx)
	pages := []page{
		{"services", srv.URL + "/", "1 of 5 services is down"}, {"service", srv.URL + "/services/shop", "five-minutes"},
		{"api", srv.URL + "/services/api?day=2026-10-09", "overspent by"},
		{"incidents", srv.URL + "/incidents", "connection refused"}, {"incident", srv.URL + "/incidents/shop-20261021T141200Z", "Acknowledge"},
		{"agents", srv.URL + "/agents", "singapore-1"}, {"capacity", srv.URL + "/capacity", "shop-disk"},
		{"explain", srv.URL + "/services/shop/explain?objective=gold/monthly&window=2026-10", "good ÷ (good + bad)"}, {"explain-latency", srv.URL + "/services/shop/explain?objective=gold/quick", "The percentile of 95 %"},
		{"explain-slices", srv.URL + "/services/shop/explain?objective=gold/five-minutes", "Bad slices"}, {"explain-composite", srv.URL + "/services/shop/explain?objective=gold/both", "weight 2"}, {"empty", bare.URL + "/", "No services yet"}, {"login", door.URL + "/agents", "Password"}, {"dns", srv.URL + "/services/dns", "graphs cannot be read"}, {"missing", srv.URL + "/services/none", "nothing at this address"},
	}
	counted := o // with a page whose figure is by requests
	counted.Explain = func(context.Context, ExplainQuery) (*slo.Explanation, error) { return requestsExplained(20), nil }
	requests := httptest.NewServer(build(t, counted))
	defer requests.Close()
	pages = append(pages, page{"explain-requests", requests.URL + "/services/shop/explain", "30 bad, 970 good"})
	kept, _, _ := withOffice(t)
	registers := httptest.NewServer(build(t, kept))
	defer registers.Close()
	pages = append(pages, page{"registers", registers.URL + "/registers", "Improvement actions"}, page{"register", registers.URL + "/registers/complaints", "The shop was slow"},
		page{"register-risks", registers.URL + "/registers/risks", "Proposed by the figures"}, page{"item", registers.URL + "/registers/complaints/items/c-1", "On it."},
		page{"item-new", registers.URL + "/registers/reviews/new", "Participants"}, page{"import", registers.URL + "/registers/complaints/csv", "CSV file"}, page{"service-catalogue", registers.URL + "/registers/services", "Needed by"})
	for _, size := range []struct{ w, h int64 }{{1280, 800}, {900, 700}, {360, 740}} {
		for _, scheme := range []string{"light", "dark"} {
			for _, p := range pages {
				t.Run(fmt.Sprintf("%s-%d-%s", p.name, size.w, scheme), func(t *testing.T) {
					look(t, ctx, p, size.w, size.h, scheme)
					for _, c := range said() {
						if p.name != "missing" || !strings.Contains(c, "404") {
							t.Error(c)
						}
					}
				})
			}
		}
	}
	t.Run("chinese", func(t *testing.T) {
		look(t, ctx, page{"services-zh", srv.URL + "/?lang=zh", "个服务中有"}, 1280, 800, "light")
		look(t, ctx, page{"service-zh", srv.URL + "/services/shop", "错误预算"}, 360, 740, "light")
		look(t, ctx, page{"item-zh", registers.URL + "/registers/complaints/items/c-1?lang=zh", "调查中"}, 360, 740, "light")
		look(t, ctx, page{"explain-zh", srv.URL + "/services/shop/explain?objective=gold/monthly", "约定服务时间"}, 1280, 800, "light")
	})
}

// look opens a page, checks that it fits and says what it should, and keeps a
// picture where ASSAY_SCREENSHOTS names a folder.
func look(t *testing.T, ctx context.Context, p page, width, height int64, scheme string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, media)
		return err
	}), chromedp.EmulateViewport(width, height), chromedp.Navigate(p.path), chromedp.WaitReady(chromedp.CSS("footer")))
	if text := ask(t, ctx, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, p.want) {
		t.Errorf("%q is missing in:\n%s", p.want, text)
	}
	size := func(what string) int64 {
		return ask(t, ctx, chromedp.Evaluate[int64]("document.documentElement."+what))
	}
	if wide, view := size("scrollWidth"), size("clientWidth"); wide > view || view > width {
		t.Errorf("the page is %d wide on a screen of %d:\n%s", wide, view, ask(t, ctx, chromedp.Evaluate[string](tooWide)))
	}
	if tall := size("scrollHeight"); p.name == "services" && width > 1000 && tall > height {
		t.Errorf("the first page is %d high on a laptop's %d", tall, height)
	}
	if dir := os.Getenv("ASSAY_SCREENSHOTS"); dir != "" {
		picture := ask(t, ctx, chromedp.FullScreenshot(100))
		name := fmt.Sprintf("%s-%d-%s.png", p.name, width, scheme)
		if err := os.WriteFile(filepath.Join(dir, name), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tooWide lists what sticks out of the screen.
const tooWide = `[...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5).map(e => e.outerHTML.slice(0, 200)).join("\n")`

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// nothing is a collector that has just begun.
type nothing struct{}

func (nothing) Services(slo.Instant) []slo.ServiceStatus { return nil }
func (nothing) Service(string, slo.Instant) (slo.ServiceStatus, bool) {
	return slo.ServiceStatus{}, false
}
func (nothing) Days(string, string, []slo.Interval, slo.Instant) []DayFigure { return nil }
func (nothing) Timeline(string, slo.Interval, slo.Instant) []slo.TimedState  { return nil }
func (nothing) List(context.Context, IncidentFilter) ([]slo.Incident, error) { return nil, nil }
func (nothing) Get(context.Context, string) (slo.Incident, error) {
	return slo.Incident{}, ErrNoIncident
}
func (nothing) Parts(context.Context, string) ([]string, error) { return nil, nil }
func (nothing) Clocks(context.Context, *slo.Incident, slo.Instant) ([]slo.IncidentClock, error) {
	return nil, nil
}
func (nothing) Act(context.Context, string, slo.IncidentEvent) error {
	return ErrNoIncident
}
func (nothing) Agents(slo.Instant) []slo.AgentStatus { return nil }

// broken is a collector whose changed catalogue was refused.
type broken struct{}

func (broken) Status() Status {
	return Status{Version: "0.1.0", NotReady: "reading the archive", Revision: "9f2c61d0a4b7e83155aa", Refused: now(),
		Problems: []string{"shop.yaml:14:9: unknown field \"evry\"; did you mean \"every\"?\n  14 |   evry: 30s\n     |   ^^^^"}}
}
func (broken) Reload(context.Context, string) error { return nil }

// TestStaleInBrowser takes the collector away from under a page.
func TestStaleInBrowser(t *testing.T) {
	ctx := browser(t)
	o, _ := options(t)
	srv := httptest.NewServer(build(t, o))
	do(t, ctx, chromedp.Navigate(srv.URL+"/"), chromedp.WaitVisible(chromedp.CSS("table")))
	srv.CloseClientConnections()
	srv.Close()
	do(t, ctx, refresh(), chromedp.WaitVisible(chromedp.CSS("#stale")))
	if text := ask(t, ctx, chromedp.Text(chromedp.CSS("#stale"))); !strings.HasPrefix(text, "Not refreshed since 2026-10-21 14:30:07") {
		t.Errorf("the page says %q", text)
	}
}

// refresh makes the page do what it does every few seconds.
func refresh() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](`document.dispatchEvent(new Event("assay:refresh"))`)(ctx, tab)
		return err
	})
}

// TestAcknowledgeInBrowser walks through the whole of a sign-in, an
// acknowledgement, a comment and a sign-out, and a refresh in between.
func TestAcknowledgeInBrowser(t *testing.T) {
	ctx := browser(t)
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	srv := httptest.NewServer(build(t, o))
	defer srv.Close()
	said := complaints(t, ctx)
	do(t, ctx,
		chromedp.Navigate(srv.URL+"/incidents/shop-20261021T141200Z"),
		chromedp.WaitVisible(chromedp.CSS("#password")),
		chromedp.SendKeys(chromedp.CSS("#name"), "operator"),
		chromedp.SendKeys(chromedp.CSS("#password"), "operator"+secretOf),
		chromedp.Submit(chromedp.CSS("#password")),
		chromedp.WaitVisible(chromedp.CSS("#ack")),
	)
	where := ask(t, ctx, chromedp.Location())
	do(t, ctx,
		chromedp.Click(chromedp.CSS("#ack")),
		chromedp.WaitVisible(chromedp.CSS("li.acknowledged")),
		chromedp.SendKeys(chromedp.CSS("#text"), "Looking into <b>it</b>"),
	)
	if err := l.Act(t.Context(), "shop-20261021T141200Z", slo.IncidentEvent{At: now(), Kind: slo.EventCommented, Actor: "wei", Text: "Me too"}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx,
		refresh(),
		chromedp.WaitVisible(chromedp.CSS("li.commented")),
	)
	typed := ask(t, ctx, chromedp.Value(chromedp.CSS("#text")))
	focus := ask(t, ctx, chromedp.Evaluate[string](`document.activeElement.id`))
	do(t, ctx,
		chromedp.Submit(chromedp.CSS("#text")),
		chromedp.WaitVisible(chromedp.CSS("li.commented + li.commented")),
	)
	timeline := ask(t, ctx, chromedp.Text(chromedp.CSS("ol.events")))
	do(t, ctx,
		chromedp.Submit(chromedp.CSS(".who button")),
		chromedp.WaitVisible(chromedp.CSS("#password")),
	)
	if !strings.HasSuffix(where, "/incidents/shop-20261021T141200Z") {
		t.Errorf("the sign-in led to %s", where)
	}
	if typed != "Looking into <b>it</b>" || focus != "text" {
		t.Errorf("a refresh left %q in the field, with the focus on %q", typed, focus)
	}
	for _, want := range []string{"acknowledged operator", "Looking into <b>it</b>", "Me too"} {
		if !strings.Contains(timeline, want) {
			t.Errorf("%q is missing in the timeline:\n%s", want, timeline)
		}
	}
	var actions []string
	for _, e := range l.audit() {
		actions = append(actions, fmt.Sprint(e.Actor, " ", e.Action, " ", e.Outcome))
	}
	if got := strings.Join(actions, ", "); got != "operator session.open allowed, operator incident.acknowledge allowed, operator incident.comment allowed, operator session.close allowed" {
		t.Errorf("the audit has %s", got)
	}
	for _, c := range said() {
		t.Error(c)
	}
}
