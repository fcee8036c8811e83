package probe

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestHTTPHeaderRules(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("X-Cache", "MISS")
		w.Header().Add("X-Cache", "HIT from edge")
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}))
	t.Cleanup(s.Close)
	rule := func(name, re string) map[string]string { return map[string]string{name: re} }
	for _, c := range []struct {
		name    string
		spec    slo.HTTP
		outcome slo.State
		reason  slo.Reason
	}{
		{"matches", slo.HTTP{HeaderMatch: rule("strict-transport-security", `max-age=\d{8}`)}, slo.Up, ""},
		{"one of several", slo.HTTP{HeaderMatch: rule("X-Cache", "^HIT")}, slo.Up, ""},
		{"does not match", slo.HTTP{HeaderMatch: rule("X-Cache", "^STALE")}, slo.Down, slo.HeaderMismatch},
		{"is missing", slo.HTTP{HeaderMatch: rule("X-Frame-Options", ".")}, slo.Down, slo.HeaderMismatch},
		{"is missing, as it must be", slo.HTTP{HeaderNoMatch: rule("Server", ".")}, slo.Up, ""},
		{"must not match", slo.HTTP{HeaderNoMatch: rule("X-Cache", "edge")}, slo.Down, slo.HeaderMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.URL = s.URL
			want(t, once(t, &c.spec, 5*time.Second), c.outcome, c.reason)
		})
	}
}

// TestHTTPCredentials: they reach their own origin, no other, and nothing that
// the probe says.
func TestHTTPCredentials(t *testing.T) {
	seen := func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "[%s] [%s] %s", user, password, r.Header.Get("Authorization"))
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("another origin was sent %q", r.Header.Get("Authorization"))
		}
	}))
	t.Cleanup(other.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/", seen)
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); r.Header.Get("Authorization") != "Bearer s3cret-token" && (user != "assay" || password != "s3cret-token") {
			seen(w, r)
		}
	})
	mux.HandleFunc("/here", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/there", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	env := newEnv(t, Options{Secrets: func(name string) (string, error) {
		switch name {
		case "token":
			return "s3cret-token", nil
		case "odd":
			return "a\r\nX-Injected: b", nil
		}
		return "", errors.New("is not here")
	}})
	token := slo.Secret{Name: "token"}
	for _, c := range []struct {
		name, path string
		spec       slo.HTTP
		outcome    slo.State
		reason     slo.Reason
	}{
		{"bearer", "/ok", slo.HTTP{Bearer: token}, slo.Up, ""},
		{"basic", "/ok", slo.HTTP{Username: "assay", Password: token}, slo.Up, ""},
		{"after a redirect", "/here", slo.HTTP{Bearer: token, Redirects: 1}, slo.Up, ""},
		{"to another origin", "/there", slo.HTTP{Bearer: token, Redirects: 1}, slo.Up, ""},
		{"echoed", "/echo", slo.HTTP{Username: "assay", Password: token}, slo.Down, slo.StatusUnexpected},
		{"no such secret", "/ok", slo.HTTP{Bearer: slo.Secret{Name: "gone"}}, slo.Unknown, slo.AgentSecret},
		{"not for a header", "/ok", slo.HTTP{Bearer: slo.Secret{Name: "odd"}}, slo.Unknown, slo.AgentSecret},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.URL = s.URL + c.path
			var trace Trace
			m := prepare(t, &c.spec, 5*time.Second, env).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			all := m.Evidence
			for _, step := range trace.Steps {
				all += step.Text
			}
			if strings.Contains(all, "s3cret") || strings.Contains(all, "YXNzYXk6") {
				t.Errorf("a secret shows: %s", all)
			}
		})
	}
	for _, spec := range []slo.HTTP{{Username: "x"}, {Password: token}, {Username: "x", Password: token, Bearer: token}, {HeaderMatch: map[string]string{"X": "("}}} {
		spec.URL = "http://a/"
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, env); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
