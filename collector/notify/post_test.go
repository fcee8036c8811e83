package notify

import (
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/common/config"
)

func TestNewAlertmanagersReportsAllErrors(t *testing.T) {
	_, err := NewAlertmanagers([]Alertmanager{
		{URL: "http://am:9093"},
		{URL: "am:9093"},
		{URL: "http://user:hunter2@am:9093"},
		{URL: "http://am:9093/?q=1"},
		{URL: "http://am:9093/"},
		{URL: "http://hunter2:@%zz"},
		{URL: "http://am2:9093", HTTP: config.HTTPClientConfig{BearerToken: "x", BasicAuth: &config.BasicAuth{Username: "u"}}},
		{URL: "http://am3:9093", HTTP: config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "/does/not/exist"}}},
	}, AlertOptions{})
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{
		`Alertmanager 2: "am:9093" is not an http or https URL`,
		`Alertmanager 3: its URL holds credentials: use basic_auth`,
		`Alertmanager 4: "http://am:9093/?q=1" has a query or a fragment`,
		`Alertmanager 5: http://am:9093/ is listed twice`,
		`Alertmanager 6: its URL cannot be parsed`,
		`Alertmanager 7: at most one of`,
		`Alertmanager 8: unable to read CA cert`,
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Errorf("%d errors, want %d:\n%s", len(lines), len(want), err)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error lacks %q:\n%s", w, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows a password:\n%s", err)
	}
}

func TestAlertsURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://am:9093":          "http://am:9093/api/v2/alerts",
		"https://am/alerting/":    "https://am/alerting/api/v2/alerts",
		"http://[::1]:9093//x/..": "http://[::1]:9093/api/v2/alerts",
	} {
		if got, err := alertsURL(in); err != nil || got != want {
			t.Errorf("alertsURL(%s) = %s, %v", in, got, err)
		}
	}
}

func TestPostAuthenticates(t *testing.T) {
	var auth atomic.Value
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/api/v2/alerts" || r.Header.Get("Content-Type") != "application/json" || string(body) != "[]" {
			w.WriteHeader(http.StatusBadRequest)
		}
		auth.Store(r.Header.Get("Authorization"))
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	trust := config.TLSConfig{CAFile: ca}
	cases := []struct {
		name, want string
		http       config.HTTPClientConfig
	}{
		{"none", "", config.HTTPClientConfig{TLSConfig: trust}},
		{"basic", "Basic dTpw", config.HTTPClientConfig{TLSConfig: trust, BasicAuth: &config.BasicAuth{Username: "u", Password: "p"}}},
		{"bearer", "Bearer tok", config.HTTPClientConfig{TLSConfig: trust, Authorization: &config.Authorization{Type: "Bearer", Credentials: "tok"}}},
	}
	for _, c := range cases {
		p, err := newHTTPPoster(Alertmanager{URL: srv.URL, HTTP: c.http})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := judge(p.post(t.Context(), []byte("[]"))); v != accepted {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := auth.Load(); got != c.want {
			t.Errorf("%s: Authorization is %q", c.name, got)
		}
	}
	p, err := newHTTPPoster(Alertmanager{URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := judge(p.post(t.Context(), []byte("[]"))); v != failed || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
}

func TestPostFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	p, err := newHTTPPoster(Alertmanager{URL: srv.URL, HTTP: config.DefaultHTTPClientConfig})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := judge(p.post(t.Context(), []byte("[]"))); v != failed || !strings.Contains(err.Error(), "307") {
		t.Errorf("%v, %v", v, err)
	}
}

func TestExcerptIsHarmless(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "bad\r\nlabel \x1b[31m\u202e\xff name\n"+strings.Repeat("é", 1<<20))
	}))
	defer srv.Close()
	p, err := newHTTPPoster(Alertmanager{URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	status, got, err := p.post(t.Context(), []byte("[]"))
	if err != nil || status != http.StatusBadRequest {
		t.Fatal(status, err)
	}
	if !strings.HasPrefix(got, "bad label [31m\uFFFD nameé") && !strings.HasPrefix(got, "bad label [31m\uFFFD name é") {
		t.Errorf("excerpt begins %q", truncate(got, 40))
	}
	if len(got) > maxExcerpt || !oneLine(got) {
		t.Errorf("excerpt of %d bytes, one line: %v", len(got), oneLine(got))
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add("a\x00b\r\nc\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if got := excerpt(s); len(got) > maxExcerpt || !oneLine(got) {
			t.Fatalf("excerpt(%q) = %q", s, got)
		}
	})
}
