package remote

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// bare is a handler before an API of the test's own.
func bare(api http.HandlerFunc, log *bytes.Buffer) *handler {
	return &handler{
		api:     func() http.Handler { return api },
		options: Options{Bounds: Bounds{Timeout: time.Minute, MaxBody: 100}, Logger: slog.New(slog.NewTextHandler(log, nil))},
		lists:   make(chan struct{}, 1),
		writes:  make(chan struct{}, 1),
	}
}

func TestFailuresAreLoggedOnce(t *testing.T) {
	for status, lines := range map[int]int{200: 0, 400: 0, 422: 0, 500: 1, 503: 1} {
		var log bytes.Buffer
		h := bare(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "broken\n\x1b[31m", status)
			http.Error(w, strings.Repeat("x", 2*maxError), status)
		}, &log)
		w := httptest.NewRecorder()
		h.serve(w, httptest.NewRequest("GET", "/query", nil), query)
		if n := strings.Count(log.String(), "\n"); n != lines {
			t.Errorf("status %d: %d lines: %s", status, n, log.String())
		}
		if lines > 0 && (!strings.Contains(log.String(), "broken") || strings.Contains(log.String(), "\x1b") || log.Len() > 2*maxLogged) {
			t.Errorf("status %d: %q", status, log.String())
		}
		if status >= 400 && w.Body.Len() != maxError {
			t.Errorf("status %d: an answer of %d bytes", status, w.Body.Len())
		}
	}
}

func TestNoSlot(t *testing.T) {
	var log bytes.Buffer
	h := bare(func(http.ResponseWriter, *http.Request) { t.Error("the API was asked") }, &log)
	h.lists <- struct{}{}
	h.writes <- struct{}{}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []class{listing, writing} {
		w := httptest.NewRecorder()
		h.serve(w, httptest.NewRequest("POST", "/", nil).WithContext(gone), c)
		if w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("class %d: %d %s", c, w.Code, w.Body)
		}
	}
	served := false
	h.api = func() http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true })
	}
	<-h.lists
	h.serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), listing)
	if !served || len(h.lists) != 0 {
		t.Error("a free slot was not used, or not given back")
	}
}

func TestEndpoints(t *testing.T) {
	for path, want := range map[string]bool{
		"/api/v1/query": true, "/api/v1/label/probe/values": true, WritePath: true, OTLPPath: true,
		"": false, "/": false, "/api/v1/label//values": false, "/api/v1/label/values": false, "/api/v1/query/": false,
		"/api/v1/status/flags": false, "/api/v1/search/metric_names": false, "/api/v1/openapi.yaml": false,
	} {
		if _, ok := find(path); ok != want {
			t.Errorf("%q is served: %t", path, ok)
		}
	}
}
