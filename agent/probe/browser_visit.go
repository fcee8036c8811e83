package probe

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performancetimeline"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/slo"
)

const (
	maxOpen = 1000 // unfinished requests of a page that are remembered
	// paintGrace is how long a page that has loaded is awaited to paint.
	paintGrace = 300 * time.Millisecond
)

// visit is what one run's browser shows and tells.
type visit struct {
	run      *run
	ctx      context.Context // the browser's life; its cause may be a failure
	breakOff func(*failure)
	until    time.Time // when the work ends
	proxy    *webProxy
	browser  *chromium
	dialogs  chan struct{}
	painted  chan struct{} // closed at the first paint with content

	mu       sync.Mutex
	over     bool        // what comes later is not seen any more
	frame    cdp.FrameID // of the page itself
	document document
	open     map[network.RequestID]string // requests without an end, with their URLs
	first    network.RequestID            // the request that the visit begins with
	begun    float64                      // when that was, in the browser's monotonic seconds
	begunAt  float64                      // and in those since 1970
	marks    map[string]float64           // seconds from there, by the name of the series
	hosts    map[string]bool              // whose connections are in the phases
	errors   int                          // that no script caught
	said     string                       // by the last of them
}

// document is the page's own answer, as opposed to what it loads.
type document struct {
	request  network.RequestID
	url      string
	sent     bool    // its request went out
	headed   float64 // when its answer's header was there, in monotonic seconds
	response *network.Response
}

// The series of a visit, in seconds from its first request.
const (
	contentLoadedName = "browser_dom_content_loaded_seconds"
	loadName          = "browser_load_seconds"
	firstPaintName    = "browser_first_contentful_paint_seconds"
	largestPaintName  = "browser_largest_contentful_paint_seconds"
)

// watch begins to listen to what the page does.
func (v *visit) watch(tab context.Context) error {
	v.dialogs, v.painted = make(chan struct{}, 1), make(chan struct{})
	v.open, v.marks, v.hosts = map[network.RequestID]string{}, map[string]float64{}, map[string]bool{}
	v.frame = cdp.FrameID(chromedp.FromContext(tab).Target.TargetID)
	go v.answerDialogs(tab)
	return chromedp.Listen(tab, v.see)
}

// end closes the eyes.
func (v *visit) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.over = true
}

// answerDialogs agrees to whatever the page asks in a dialog of its own, as it
// stands still until then.
func (v *visit) answerDialogs(tab context.Context) {
	for {
		select {
		case <-tab.Done():
			return
		case <-v.dialogs:
			_, _ = chromedp.Call(tab, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) // gone is answered
		}
	}
}

// see takes one event. chromedp calls it, one at a time, and waits for it.
func (v *visit) see(ev any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return
	}
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		v.requested(ev)
	case *network.EventRequestWillBeSentExtraInfo:
		v.document.sent = v.document.sent || ev.RequestID == v.document.request
	case *network.EventResponseReceived:
		v.answered(ev)
	case *network.EventLoadingFinished:
		delete(v.open, ev.RequestID)
		if ev.RequestID == v.document.request && v.document.headed > 0 {
			v.run.m.Phases.Transfer += seconds(ev.Timestamp.Float64() - v.document.headed)
		}
	case *network.EventLoadingFailed:
		delete(v.open, ev.RequestID)
		if ev.RequestID == v.document.request && !ev.Canceled {
			v.breakOff(v.unloaded(v.document.url, ev.ErrorText))
		}
	case *page.EventFrameNavigated:
		if ev.Frame.ParentID == "" {
			v.frame = ev.Frame.ID
		}
	case *page.EventLifecycleEvent:
		v.mark(ev)
	case *performancetimeline.EventTimelineEventAdded:
		if d := ev.Event.LcpDetails; d != nil && v.begunAt > 0 && ev.Event.Time.Float64() > v.begunAt {
			v.marks[largestPaintName] = ev.Event.Time.Float64() - v.begunAt
		}
	case *page.EventJavascriptDialogOpening:
		v.run.trace.add("dialog", "%s: %s", ev.Type, ev.Message)
		select {
		case v.dialogs <- struct{}{}:
		default:
		}
	case *runtime.EventExceptionThrown:
		v.errors++
		v.said = v.thrown(ev.ExceptionDetails)
		v.run.trace.add("script error", "%s", v.said)
	case *inspector.EventTargetCrashed:
		v.breakOff(unknownf(slo.AgentInternal, "the browser's process for the page ended, which a lack of memory can do as well as the page"))
	}
}

// requested takes note of a request; one for the page itself begins anew.
func (v *visit) requested(ev *network.EventRequestWillBeSent) {
	ours := strings.HasPrefix(ev.Request.URL, "http://"+greeting+"/") // the icon of the proxy's greeting, which may come late
	if len(v.open) < maxOpen && !ours {
		v.open[ev.RequestID] = ev.Request.URL
	}
	if ev.Type != network.ResourceTypeDocument || ev.FrameID != v.frame {
		return
	}
	if r := ev.RedirectResponse; r != nil {
		v.run.trace.add("redirect", "%d from %s to %s", r.Status, r.URL, ev.Request.URL)
		v.addPhases(r)
	}
	if v.begun == 0 {
		v.first, v.begun, v.begunAt = ev.RequestID, ev.Timestamp.Float64(), ev.WallTime.Float64()
	}
	v.run.trace.add("request", "%s %s", ev.Request.Method, ev.Request.URL)
	v.document = document{request: ev.RequestID, url: ev.Request.URL}
}

// answered takes the head of the page's own answer.
func (v *visit) answered(ev *network.EventResponseReceived) {
	if ev.RequestID != v.document.request {
		return
	}
	v.document.response, v.document.sent = ev.Response, true
	if t := ev.Response.Timing; t != nil {
		v.document.headed = t.RequestTime + t.ReceiveHeadersEnd/1000
	}
	v.run.trace.add("status", "%s %d %s", ev.Response.Protocol, ev.Response.Status, ev.Response.StatusText)
	v.addPhases(ev.Response)
	if d := ev.Response.SecurityDetails; d != nil && d.ValidTo > 0 {
		v.run.seen(slo.At(time.Unix(int64(d.ValidTo), 0)))
	}
}

// addPhases adds how an answer of the page came to the run's phases. Resolving
// and connecting are the proxy's; they are counted once for each host. Plain
// http waits for them between its request and its answer.
func (v *visit) addPhases(a *network.Response) {
	p := &v.run.m.Phases
	var dialled time.Duration
	if host := hostPortOf(a.URL); !v.hosts[host] {
		v.hosts[host] = true
		if way := v.proxy.route(host); way != nil {
			p.Resolve += way.resolve
			p.Connect += way.connect
			dialled = way.resolve + way.connect
		}
	}
	if t := a.Timing; t != nil {
		p.TLS += seconds((t.SslEnd - t.SslStart) / 1000)
		wait := seconds((t.ReceiveHeadersStart - t.SendEnd) / 1000)
		if strings.HasPrefix(a.URL, "http:") {
			wait = max(0, wait-dialled)
		}
		p.FirstByte += wait
	}
}

// mark notes when the first document reached a point of its life.
func (v *visit) mark(ev *page.EventLifecycleEvent) {
	if string(ev.LoaderID) != string(v.first) { // the request of a document bears its loader's name
		return
	}
	name := map[string]string{"DOMContentLoaded": contentLoadedName, "load": loadName, "firstContentfulPaint": firstPaintName}[ev.Name]
	if _, known := v.marks[name]; name == "" || known {
		return
	}
	v.marks[name] = ev.Timestamp.Float64() - v.begun
	if name == firstPaintName {
		close(v.painted)
	}
}

// tell writes the status of the page that was shown last into the measurement,
// and gives the series away. A page that has just loaded is given a moment to
// paint.
func (v *visit) tell() {
	v.mu.Lock()
	loaded := v.marks[loadName] > 0
	v.mu.Unlock()
	if loaded && v.run.env.samples != nil {
		select {
		case <-v.painted:
		case <-v.ctx.Done():
		case <-time.After(paintGrace):
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.document.response != nil {
		v.run.m.Status = int(v.document.response.Status)
	}
	var samples []slo.Sample
	for _, name := range slices.Sorted(maps.Keys(v.marks)) {
		samples = append(samples, slo.Sample{Name: name, Value: v.marks[name], Labels: map[string]string{"probe": v.run.m.Probe}})
	}
	if len(samples) > 0 && v.run.env.samples != nil {
		v.run.env.samples(v.run.at, samples)
	}
}

// status is that of the page's own answer, 0 where there is none.
func (v *visit) status() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.document.response == nil {
		return 0
	}
	return int(v.document.response.Status)
}

// seconds is a duration that the browser gives in seconds; what did not happen
// it gives as less than zero.
func seconds(s float64) time.Duration {
	return max(0, time.Duration(s*float64(time.Second)))
}

// hostPortOf is the host:port that a URL leads to, as the browser asks the
// proxy for it.
func hostPortOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return hostPort(u)
}

// thrown is an uncaught error of a script, in a line.
func (v *visit) thrown(d *runtime.ExceptionDetails) string {
	text := d.Text
	if d.Exception != nil && d.Exception.Description != "" {
		text, _, _ = strings.Cut(d.Exception.Description, "\n")
	}
	return fmt.Sprintf("%s at %s:%d", v.run.clean(text, 200), v.run.clean(d.URL, 200), d.LineNumber+1)
}
