package probe

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// redirector answers a path with the redirect written for it, and the rest
// with 200; it keeps every request.
type redirector struct {
	mu       sync.Mutex
	answers  map[string]string // path -> "302 Location"
	requests []string
}

func (s *redirector) handle(c net.Conn) {
	request := readRequest(c)
	path := strings.Fields(request)[1]
	s.mu.Lock()
	s.requests = append(s.requests, request)
	to, ok := s.answers[path]
	s.mu.Unlock()
	if !ok {
		_, _ = io.WriteString(c, okAnswer)
		return
	}
	status, location, _ := strings.Cut(to, " ")
	_, _ = fmt.Fprintf(c, "HTTP/1.1 %s Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, location)
}

func TestRedirects(t *testing.T) {
	s := &redirector{}
	address := serve(t, s.handle)
	s.answers = map[string]string{
		"/abs":      "301 http://" + address + "/end",
		"/rel":      "302 end?x=1",
		"/two":      "307 /rel",
		"/loop":     "302 /loop",
		"/file":     "302 file:///etc/passwd",
		"/ftp":      "302 ftp://host/x",
		"/nohost":   "302 http:///x",
		"/port":     "302 http://host:99999/",
		"/nonsense": "302 http://[::1",
		"/zone":     "302 http://[::1%25lo]:80/",
		"/long":     "302 /" + strings.Repeat("a", maxLocation),
		"/closed":   "302 http://" + closedPort(t) + "/?password=hunter2",
		"/other":    "307 http://other.test/",
	}
	for name, tt := range map[string]struct {
		spec    slo.HTTP
		outcome slo.State
		reason  slo.Reason
	}{
		"/abs":      {slo.HTTP{Redirects: 1, Match: "hello"}, slo.Up, ""},
		"/rel":      {slo.HTTP{Redirects: 1}, slo.Up, ""},
		"/two":      {slo.HTTP{Redirects: 2}, slo.Up, ""},
		"/two#1":    {slo.HTTP{Redirects: 1}, slo.Down, slo.RedirectLimit},
		"/two#0":    {slo.HTTP{Status: []slo.StatusRange{{From: 307, To: 307}}}, slo.Up, ""},
		"/loop":     {slo.HTTP{Redirects: 20}, slo.Down, slo.RedirectLimit},
		"/file":     {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/ftp":      {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/nohost":   {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/port":     {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/nonsense": {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/zone":     {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/long":     {slo.HTTP{Redirects: 5}, slo.Down, slo.RedirectInvalid},
		"/closed":   {slo.HTTP{Redirects: 5}, slo.Down, slo.ConnectRefused},
		"/other":    {slo.HTTP{Redirects: 5, Method: "POST", Body: "pin=1"}, slo.Down, slo.RedirectInvalid},
		"/other#ns": {slo.HTTP{Redirects: 5}, slo.Down, slo.ResolveNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			tt.spec.URL = "http://" + address + name
			env := newEnv(t, Options{Resolver: staticNames{}})
			m := prepare(t, &tt.spec, 5*time.Second, env).Run(t.Context(), now, nil)
			want(t, m, tt.outcome, tt.reason)
			if strings.Contains(m.Evidence, "hunter2") {
				t.Errorf("evidence %s", m.Evidence)
			}
			if name == "/closed" && !strings.HasPrefix(m.Evidence, "after redirect 1 to http://127.0.0.1:") {
				t.Errorf("evidence %s", m.Evidence)
			}
		})
	}
}

// The evidence tells of each redirect that led to where it failed, and the
// failure comes first, however long the way was.
func TestRedirectEvidence(t *testing.T) {
	s := &redirector{}
	address := serve(t, s.handle)
	gone := closedPort(t)
	long := "/loop?" + strings.Repeat("long", 500)
	s.answers = map[string]string{
		"/a": "301 /b?token=opensesame", "/b?token=opensesame": "307 /c", "/c": "302 http://" + gone + "/",
		long: "302 " + long,
	}
	evidence := func(path string) string {
		m := once(t, &slo.HTTP{URL: "http://" + address + path, Redirects: 20}, 5*time.Second)
		if m.Outcome != slo.Down || len(m.Evidence) > slo.MaxEvidence {
			t.Errorf("%s %s", m.Outcome, m.Evidence)
		}
		return strings.NewReplacer(address, "ADDRESS", gone, "GONE").Replace(m.Evidence)
	}
	want := "after redirect 3 to http://GONE/: connecting to GONE: connection refused; the redirects: " +
		"301 to http://ADDRESS/b?token=***, 307 to http://ADDRESS/c, 302 to http://GONE/"
	if got := evidence("/a"); got != want {
		t.Errorf("it is %s\nwant  %s", got, want)
	}
	if got := evidence(long); !strings.HasPrefix(got, "after redirect 20 to http://ADDRESS/loop?") || !strings.Contains(got, "more than 20 redirects") {
		t.Errorf("it is %s", got)
	}
}

func TestRedirectToDeniedAddress(t *testing.T) {
	address := serve(t, answer("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\n\r\n"))
	env := newEnv(t, Options{Allow: func(a netip.Addr) error {
		if a.IsLinkLocalUnicast() {
			return fmt.Errorf("link-local")
		}
		return nil
	}})
	m := prepare(t, &slo.HTTP{URL: "http://" + address, Redirects: 3}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentDenied)
}

// Credentials stay with the origin that they are for.
func TestRedirectCredentials(t *testing.T) {
	other := &redirector{}
	elsewhere := serve(t, other.handle)
	first := &redirector{answers: map[string]string{"/away": "302 http://" + elsewhere + "/", "/here": "302 /end"}}
	address := serve(t, first.handle)
	headers := map[string]string{"Authorization": "Bearer abcdefgh", "X-Api-Key": "k", "Host": "web.test", "Accept-Language": "zh"}
	for _, path := range []string{"/here", "/away"} {
		m := once(t, &slo.HTTP{URL: "http://" + address + path, Redirects: 1, Headers: headers}, time.Second)
		want(t, m, slo.Up, "")
	}
	if last := first.requests[1]; !strings.Contains(last, "Bearer abcdefgh") || !strings.Contains(last, "Host: web.test") {
		t.Errorf("same origin got %q", last)
	}
	got := other.requests[0]
	for _, kept := range []string{"Authorization", "X-Api-Key", "web.test"} {
		if strings.Contains(got, kept) {
			t.Errorf("another origin got %s: %q", kept, got)
		}
	}
	if !strings.Contains(got, "Accept-Language: zh") {
		t.Errorf("another origin got %q", got)
	}
}

func TestRedirectMethods(t *testing.T) {
	for _, tt := range []struct{ status, method, then string }{
		{"301", "POST", "GET"}, {"302", "POST", "GET"}, {"303", "PUT", "GET"}, {"303", "HEAD", "HEAD"},
		{"307", "POST", "POST"}, {"308", "PUT", "PUT"}, {"301", "PUT", "PUT"},
	} {
		s := &redirector{answers: map[string]string{"/": tt.status + " /end"}}
		address := serve(t, s.handle)
		m := once(t, &slo.HTTP{URL: "http://" + address + "/", Method: tt.method, Redirects: 1}, time.Second)
		want(t, m, slo.Up, "")
		if got := strings.Fields(s.requests[1])[0]; got != tt.then {
			t.Errorf("%s after %s: %s, want %s", tt.method, tt.status, got, tt.then)
		}
	}
}

func TestRedirectToTLS(t *testing.T) {
	a := theAuthority()
	secure := serve(t, overTLS(a.fresh(t), answer(okAnswer)))
	address := serve(t, answer("HTTP/1.1 308 Moved\r\nLocation: https://"+secure+"/\r\n\r\n"))
	m := once(t, &slo.HTTP{URL: "http://" + address, Redirects: 1, TLS: slo.TLSOptions{CA: a.pem()}}, time.Second)
	want(t, m, slo.Up, "")
	if m.CertExpiry == 0 || m.Phases.TLS == 0 {
		t.Errorf("no certificate seen: %+v", m)
	}
	m = once(t, &slo.HTTP{URL: "http://" + address, Redirects: 1}, time.Second)
	want(t, m, slo.Down, slo.TLSUntrusted)
}

// A loop that goes over to TLS and back is a loop like any other.
func TestRedirectLoopAcrossSchemes(t *testing.T) {
	a := theAuthority()
	var plain string
	known := make(chan struct{})
	secure := serve(t, overTLS(a.fresh(t), func(c net.Conn) {
		<-known
		answer("HTTP/1.1 302 Found\r\nLocation: http://" + plain + "/\r\nContent-Length: 0\r\n\r\n")(c)
	}))
	plain = serve(t, answer("HTTP/1.1 302 Found\r\nLocation: https://"+secure+"/\r\nContent-Length: 0\r\n\r\n"))
	close(known)
	m := once(t, &slo.HTTP{URL: "http://" + plain, Redirects: 6, TLS: slo.TLSOptions{CA: a.pem()}}, 5*time.Second)
	want(t, m, slo.Down, slo.RedirectLimit)
}
