//go:build linux

package probe

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestBrowser drives a real Chromium, as nobody where root runs it.
func TestBrowser(t *testing.T) {
	if _, err := findBrowser(&Env{}); err != nil {
		t.Skip("left out: no browser is installed (package chromium)")
	}
	if asNobody(t) {
		return
	}
	t.Run("journey", browserJourney)
	t.Run("phases", browserPhases)
	t.Run("containment", browserContainment)
	t.Run("failures", browserFailures)
	t.Run("busy", browserBusy)
	t.Run("stop", browserStop)
}

// store is a shop as a browser sees it: a form that a script completes, and a
// page behind it.
func store(dead string) http.Handler {
	mux := http.NewServeMux()
	page := func(path, html string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<!doctype html><title>Store</title>", html)
		})
	}
	page("/", `<h1>Welcome</h1><div id=later></div><script>
		alert("cookies!");
		setTimeout(() => later.innerHTML = '<form action=/in method=post><input id=user name=user><input type=password id=word name=word><button>Go</button></form>', 200);
		</script>`)
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.FormValue("word") != `s3"cr'\et pä$$` {
			w.WriteHeader(http.StatusForbidden)
		}
		fmt.Fprintf(w, "<title>Orders</title><p>hello %s, not %s<p><a href=http://%s/ id=dead>on</a>", r.FormValue("user"), r.FormValue("word"), dead)
	})
	page("/broken-script", `<h1>Half</h1><script>nothing.there()</script>`)
	page("/busy-script", `<h1>Busy</h1><script>for (;;);</script>`)
	page("/chatty", `<script>const s = "x".repeat(1<<20); for (let i = 0; i < 40; i++) console.log(s + i)</script>`)
	page("/heavy", `<script>fetch("/endless").then(r => r.arrayBuffer())</script>`)
	page("/waits", `<h1>Waits</h1><img src=/never>`)
	page("/file", `<input type=file id=f><script>f.onchange = () => f.files[0].text().then(t => document.title = t)</script>`)
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for b := make([]byte, 1<<20); ; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/ill", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "out of stock", http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/to-file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/attached", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", "attachment; filename=a.bin")
		fmt.Fprint(w, "bytes")
	})
	return mux
}

// login are the steps into the store.
func login(password string) []slo.BrowserStep {
	return []slo.BrowserStep{
		{Wait: "h1"}, {Type: slo.Typing{Into: "#user", Text: "ann"}}, {Type: slo.Typing{Into: "#word", Text: password + "\n"}},
	}
}

func browserJourney(t *testing.T) {
	s := httptest.NewServer(store(""))
	defer s.Close()
	var mu sync.Mutex
	var series []string
	env := newEnv(t, Options{
		Secrets: func(string) (string, error) { return `s3"cr'\et pä`, nil },
		Samples: func(_ slo.Instant, got []slo.Sample) {
			mu.Lock()
			defer mu.Unlock()
			for _, x := range got {
				if x.Labels["probe"] != "p" || x.Value <= 0 || x.Value > 60 {
					t.Errorf("sample %+v", x)
				}
				series = append(series, x.Name)
			}
		},
	})
	spec := &slo.Browser{URL: s.URL + "/", Secrets: map[string]slo.Secret{"word": {Name: "store"}},
		Do: append(login("${word}$$$$"), slo.BrowserStep{Assert: `page.title == "Orders" && page.text.startsWith("hello ann") && page.status == 200 && page.errors == 0`})}
	m := prepare(t, spec, 30*time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Up, "")
	if m.Status != 200 || m.Latency <= 0 || m.Phases.Connect <= 0 || m.Phases.FirstByte <= 0 {
		t.Errorf("%+v", m)
	}
	for _, name := range []string{contentLoadedName, loadName, firstPaintName, largestPaintName} {
		if !slices.Contains(series, name) {
			t.Errorf("no %s in %q", name, series)
		}
	}

	spec.Do[3].Assert = `page.title == "Paid"`
	m = prepare(t, spec, 8*time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Down, slo.AssertionFailed)
	if !strings.Contains(m.Evidence, `step 4 of 4, assert page.title == "Paid": it did not come to hold in time; the page is "Orders"`) || strings.Contains(m.Evidence, "s3") {
		t.Errorf("evidence %q", m.Evidence)
	}
}

// browserPhases goes over TLS, to a name that the agent's resolver alone knows.
func browserPhases(t *testing.T) {
	s := httptest.NewUnstartedServer(store(""))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the browser refuses its certificate
	s.StartTLS()
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	env := newEnv(t, Options{Resolver: staticNames{"store.test": "127.0.0.1"}})
	spec := &slo.Browser{URL: "https://store.test:" + port + "/broken-script", Do: []slo.BrowserStep{{Assert: "page.errors == 1"}}}
	want(t, prepare(t, spec, 30*time.Second, env).Run(t.Context(), now, nil), slo.Down, slo.TLSUntrusted)
	spec.TLS.SkipVerify = true
	var trace Trace
	m := prepare(t, spec, 30*time.Second, env).Run(t.Context(), now, &trace)
	want(t, m, slo.Up, "")
	p := m.Phases
	if p.Resolve <= 0 || p.Connect <= 0 || p.TLS <= 0 || p.FirstByte <= 0 || p.TLS > m.Latency {
		t.Errorf("phases %+v", p)
	}
	if m.CertExpiry != slo.At(s.Certificate().NotAfter) {
		t.Errorf("the certificate expires %s, not %s", m.CertExpiry, s.Certificate().NotAfter)
	}
	if !slices.ContainsFunc(trace.Steps, func(s Step) bool {
		return s.Name == "script error" && strings.Contains(s.Text, "nothing is not defined")
	}) {
		t.Errorf("trace %+v", trace.Steps)
	}
}

// browserContainment: whatever a page tries, nothing gets past the proxy to
// what the agent denies, and nothing goes out over UDP.
func browserContainment(t *testing.T) {
	forbidden, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer forbidden.Close()
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	reached := make(chan string, 100)
	go func() {
		for {
			c, err := forbidden.Accept()
			if err != nil {
				return
			}
			reached <- "tcp from " + c.RemoteAddr().String()
			_ = c.Close()
		}
	}()
	go func() {
		for b := make([]byte, 2048); ; {
			n, from, err := datagrams.ReadFrom(b)
			if err != nil {
				return
			}
			reached <- fmt.Sprintf("udp from %s: %x", from, b[:n])
		}
	}()
	picture := make(chan struct{}, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/picture", func(http.ResponseWriter, *http.Request) {
		select {
		case picture <- struct{}{}:
		default:
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<link rel=preconnect href="https://%[1]s"><link rel=dns-prefetch href="//gone.test"><img src="http://%[1]s/"><iframe src="http://%[1]s/"></iframe>
			<img src="http://pictures.test:%[3]s/picture"><script>
			const quiet = p => p.catch(() => {});
			(async () => {
				await quiet(fetch("http://%[1]s/fetch", {mode: "no-cors"}));
				await quiet(fetch("https://%[1]s/fetch", {mode: "no-cors"}));
				navigator.sendBeacon("http://%[1]s/beacon", "x");
				await new Promise(done => { const s = new WebSocket("ws://%[1]s/"); s.onerror = s.onclose = s.onopen = done });
				try { await quiet(new WebTransport("https://%[2]s/").ready) } catch {}
				const peer = new RTCPeerConnection({iceServers: [{urls: "stun:%[2]s"}, {urls: "turn:%[1]s?transport=tcp", username: "u", credential: "c"}]});
				peer.createDataChannel("c");
				await peer.setLocalDescription(await peer.createOffer());
				if (peer.iceGatheringState != "complete")
					await new Promise(done => peer.onicegatheringstatechange = () => peer.iceGatheringState == "complete" && done());
				document.title = "tried";
			})();
			</script>`, forbidden.Addr(), datagrams.LocalAddr(), port)
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	env := newEnv(t, Options{
		Resolver: staticNames{"pictures.test": "127.0.0.1"},
		Allow: func(a netip.Addr) error {
			if a == netip.MustParseAddr("127.0.0.2") {
				return fmt.Errorf("it is denied")
			}
			return nil
		},
	})
	m := prepare(t, &slo.Browser{URL: s.URL + "/", Do: []slo.BrowserStep{{Assert: `page.title == "tried"`}}}, 60*time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Up, "")
	select {
	case how := <-reached:
		t.Errorf("the page got out: %s", how)
	default:
	}
	select {
	case <-picture:
	default:
		t.Error("what the agent's resolver knows was not loaded")
	}
	m = prepare(t, &slo.Browser{URL: "http://" + forbidden.Addr().String() + "/"}, 30*time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentDenied)
}

func browserFailures(t *testing.T) {
	dead := closedPort(t)
	s := httptest.NewServer(store(dead))
	t.Cleanup(s.Close)
	garbage := serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "SSH-2.0-what\r\n")
		hold(c)
	})
	silent, broken := serve(t, hold), serve(t, func(c net.Conn) {
		readRequest(c)
		reset(c)
	})
	short, long := 5*time.Second, 60*time.Second
	for _, c := range []struct {
		name     string
		spec     slo.Browser
		timeout  time.Duration
		outcome  slo.State
		reason   slo.Reason
		evidence string
	}{
		{"nobody there", slo.Browser{URL: "http://" + closedPort(t) + "/"}, long, slo.Down, slo.ConnectRefused, "connecting to 127.0.0.1"},
		{"nobody there, https", slo.Browser{URL: "https://" + closedPort(t) + "/"}, long, slo.Down, slo.ConnectRefused, "connecting to 127.0.0.1"},
		{"no such name", slo.Browser{URL: "https://gone.test/"}, long, slo.Down, slo.ResolveNotFound, "resolving gone.test"},
		{"a status", slo.Browser{URL: s.URL + "/ill"}, long, slo.Down, slo.StatusUnexpected, "expected status 200-299, got 503"},
		{"a status that is wanted", slo.Browser{URL: s.URL + "/ill", Status: []slo.StatusRange{{From: 503, To: 503}}}, long, slo.Up, "", ""},
		{"a loop", slo.Browser{URL: s.URL + "/loop"}, long, slo.Down, slo.RedirectLimit, "ERR_TOO_MANY_REDIRECTS"},
		{"to a file", slo.Browser{URL: s.URL + "/to-file"}, long, slo.Down, slo.RedirectInvalid, "ERR_UNSAFE_REDIRECT"},
		{"a download", slo.Browser{URL: s.URL + "/attached"}, long, slo.Down, slo.ProtocolError, "ERR_ABORTED"},
		{"a reset", slo.Browser{URL: "http://" + broken + "/"}, long, slo.Down, slo.TransferBroken, "waiting for the first byte from "},
		{"garbage", slo.Browser{URL: "http://" + garbage + "/"}, long, slo.Down, slo.ProtocolError, ""},
		{"garbage, https", slo.Browser{URL: "https://" + garbage + "/"}, long, slo.Down, slo.TLSFailed, "ERR_SSL_PROTOCOL_ERROR"},
		{"silence", slo.Browser{URL: "http://" + silent + "/"}, short, slo.Down, slo.FirstByteTimeout, "waiting for the first byte from 127.0.0.1"},
		{"silence, https", slo.Browser{URL: "https://" + silent + "/"}, short, slo.Down, slo.TLSTimeout, "TLS handshake with 127.0.0.1"},
		{"a part that never comes", slo.Browser{URL: s.URL + "/waits"}, short, slo.Down, slo.TransferTimeout, "it waited for 1 requests, such as " + s.URL + "/never"},
		{"a script without an end", slo.Browser{URL: s.URL + "/busy-script"}, short, slo.Down, slo.TransferTimeout, ""},
		{"a part without an end", slo.Browser{URL: s.URL + "/heavy", Do: []slo.BrowserStep{{Wait: "#never"}}}, long, slo.Down, slo.ResponseTooLarge, "more than 128 MiB"},
		{"a console without an end", slo.Browser{URL: s.URL + "/chatty"}, long, slo.Down, slo.ResponseTooLarge, "more than 32 MiB"},
		{"no such element", slo.Browser{URL: s.URL + "/broken-script", Do: []slo.BrowserStep{{Click: "#buy"}}}, short, slo.Down, slo.ElementMissing,
			`step 1 of 1, click #buy: nothing to be seen matched in time; the page is "Store" at ` + s.URL + `/broken-script, status 200, beginning "Half"; uncaught errors of scripts: 1, the last ReferenceError: nothing is not defined at `},
		{"no selector", slo.Browser{URL: s.URL + "/broken-script", Do: []slo.BrowserStep{{Wait: "#1:::"}}}, long, slo.Unknown, slo.AgentUnsupported, "does not take the selector"},
		{"another condition", slo.Browser{URL: s.URL + "/broken-script", Do: []slo.BrowserStep{{Assert: "page.errors == 0"}}}, short, slo.Down, slo.AssertionFailed, "it did not come to hold"},
		{"a page that cannot be left", slo.Browser{URL: s.URL + "/", Do: append(login("none"), slo.BrowserStep{Click: "#dead"}, slo.BrowserStep{Wait: "#never"})}, long, slo.Down, slo.ConnectRefused, ": loading http://" + dead + "/: connecting to " + dead + ": connection refused"},
		{"a path typed for a file", slo.Browser{URL: s.URL + "/file", Do: []slo.BrowserStep{{Type: slo.Typing{Into: "#f", Text: "/etc/hostname\n"}}, {Assert: `page.title != "Store"`}}}, short, slo.Down, slo.AssertionFailed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := prepare(t, &c.spec, c.timeout, newEnv(t, Options{Resolver: staticNames{}}))
			m := p.Run(t.Context(), now, nil)
			for again := 0; m.Reason == slo.AgentOverloaded && again < 5; again++ { // a machine too busy to judge
				m = p.Run(t.Context(), now, nil)
			}
			want(t, m, c.outcome, c.reason)
			if !strings.Contains(m.Evidence, c.evidence) {
				t.Errorf("evidence %q, want %q", m.Evidence, c.evidence)
			}
			if m.Latency > c.timeout {
				t.Errorf("it took %s of %s", m.Latency, c.timeout)
			}
		})
	}
}

// browserBusy: who finds no place waits, and says so in the end.
func browserBusy(t *testing.T) {
	env := newEnv(t, Options{})
	for range maxBrowsers {
		env.browsing <- struct{}{}
	}
	p := prepare(t, &slo.Browser{URL: "http://127.0.0.1:1/"}, 50*time.Millisecond, env)
	want(t, p.Run(t.Context(), now, nil), slo.Unknown, slo.AgentOverloaded)
	<-env.browsing
	p = prepare(t, &slo.Browser{URL: "http://127.0.0.1:1/"}, 30*time.Second, env) // a port that browsers refuse
	want(t, p.Run(t.Context(), now, nil), slo.Unknown, slo.AgentUnsupported)
	if len(env.browsing) != maxBrowsers-1 {
		t.Errorf("%d places are taken", len(env.browsing))
	}
}

// browserStop: an agent that stops does not wait for a page.
func browserStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	asked := make(chan struct{}, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer s.Close()
	go func() {
		<-asked
		stop()
	}()
	m := prepare(t, &slo.Browser{URL: s.URL}, time.Minute, newEnv(t, Options{})).Run(ctx, now, nil)
	want(t, m, slo.Unknown, slo.AgentShuttingDown)
}
