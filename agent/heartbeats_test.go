package agent

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func waiting(jobs ...string) (probes []*slo.Probe) {
	for _, j := range jobs {
		probes = append(probes, &slo.Probe{Name: "p-" + j, Spec: &slo.Push{Job: j}})
	}
	return append(probes, &slo.Probe{Name: "web", Spec: &slo.HTTP{URL: "http://a"}})
}

// TestHeartbeats keeps what jobs said over a restart, and hears no job that
// nobody waits for.
func TestHeartbeats(t *testing.T) {
	dir, at := t.TempDir(), slo.Instant(1000)
	open := func() *heartbeats {
		h, err := openHeartbeats(dir, func() slo.Instant { return at })
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := open()
	if err := h.hear("backup", false, ""); !errors.Is(err, errNoJob) {
		t.Errorf("of nobody's job: %v", err)
	}
	if err := h.await(waiting("backup", "import")); err != nil {
		t.Fatal(err)
	}
	at = 2000
	if err := h.hear("backup", true, "no room\x1b[31m\n"); err != nil {
		t.Fatal(err)
	}
	h = open()
	got, ok := h.last("backup")
	if !ok || got.At != 2000 || got.Awaited != 1000 || !got.Failed || strings.Contains(got.Text, "\x1b") || !strings.Contains(got.Text, "no room") {
		t.Errorf("after a restart %+v, %t", got, ok)
	}
	at = 3000
	if err := h.await(waiting("backup", "other")); err != nil {
		t.Fatal(err)
	}
	if got, _ := h.last("backup"); got.Awaited != 1000 {
		t.Errorf("what was awaited is awaited anew: %+v", got)
	}
	if got, _ := h.last("other"); got.Awaited != 3000 {
		t.Errorf("a new one: %+v", got)
	}
	if _, ok := h.last("import"); ok {
		t.Error("nobody waits for import, and it is there")
	}
	// What cannot be kept is not heard.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := h.hear("backup", false, ""); err == nil {
		t.Error("heard, and not kept")
	} else if got, _ := h.last("backup"); !got.Failed {
		t.Error("what was not kept counts")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, heartbeatsFile), []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openHeartbeats(dir, nil); err == nil || !strings.Contains(err.Error(), "move the file away") {
		t.Errorf("of junk: %v", err)
	}
}

func TestHeartbeatListener(t *testing.T) {
	for _, c := range []struct {
		name, method, path, token string
		headers                   map[string]string
		want                      int
		failed                    bool
	}{
		{name: "done", method: "POST", path: "/heartbeat/backup", want: 204},
		{name: "exit code 0", method: "POST", path: "/heartbeat/backup/0", want: 204},
		{name: "exit code 3", method: "POST", path: "/heartbeat/backup/3", want: 204, failed: true},
		{name: "no exit code", method: "POST", path: "/heartbeat/backup/x", want: 400},
		{name: "an exit code beyond", method: "POST", path: "/heartbeat/backup/256", want: 400},
		{name: "another job", method: "POST", path: "/heartbeat/nothing", want: 404},
		{name: "a get", method: "GET", path: "/heartbeat/backup", want: 405},
		{name: "from a page", method: "POST", path: "/heartbeat/backup", headers: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403},
		{name: "a name that was rebound", method: "POST", path: "/heartbeat/backup", headers: map[string]string{"Host": "evil.example"}, want: 403},
		{name: "without the token", method: "POST", path: "/heartbeat/backup", token: "t0ken", want: 403},
		{name: "with another", method: "POST", path: "/heartbeat/backup", token: "t0ken", headers: map[string]string{"Authorization": "Bearer x"}, want: 403},
		{name: "with the token", method: "POST", path: "/heartbeat/backup", token: "t0ken", headers: map[string]string{"Authorization": "Bearer t0ken", "Host": "agent.example"}, want: 204},
	} {
		h, err := openHeartbeats(t.TempDir(), func() slo.Instant { return 5 })
		if err != nil {
			t.Fatal(err)
		}
		if err := h.await(waiting("backup")); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(strings.Repeat("words ", 1000)))
		r.Host = "127.0.0.1:8424"
		for name, v := range c.headers {
			if name == "Host" {
				r.Host = v
			} else {
				r.Header.Set(name, v)
			}
		}
		w := httptest.NewRecorder()
		heartbeatServer(h, c.token, func(string, error) {}).Handler.ServeHTTP(w, r)
		got, _ := h.last("backup")
		if w.Code != c.want || got.Failed != c.failed || (got.At != 0) != (c.want == http.StatusNoContent) || len(got.Text) > maxHeartbeatWords {
			t.Errorf("%s: %d %s, %+v", c.name, w.Code, w.Body, got)
		}
	}
}
