package notify

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/common/config"
)

// What stands before an Alertmanager may repeat what it refuses.
func TestAlertmanagerRepeatsCredentials(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, password, _ := r.BasicAuth()
		fmt.Fprintf(w, "%v, password %s", r.Header, password)
	}))
	t.Cleanup(s.Close)
	p, err := newHTTPPoster(Alertmanager{URL: s.URL, HTTP: config.HTTPClientConfig{BasicAuth: &config.BasicAuth{Username: "ada", Password: "hunter2"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, told, err := p.post(t.Context(), []byte("[]"))
	if err != nil || strings.Contains(told, "hunter2") || strings.Contains(told, "YWRhOmh1bnRlcjI") || !strings.Contains(told, "password <secret>") {
		t.Errorf("%s, %v", told, err)
	}
}
