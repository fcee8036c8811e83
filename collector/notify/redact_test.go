package notify_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/config"

	"github.com/assay-sla/assay/collector/notify"
)

// Receivers, and what stands before them, repeat what they were sent when they
// refuse it. None of the credentials reaches a log, an error or the API by that,
// wherever the HTTP client has them from.
func TestReceiverRepeatsCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("ada:hunter2-file"))
	for name, http := range map[string]config.HTTPClientConfig{
		"basic":  {BasicAuth: &config.BasicAuth{Username: "ada", PasswordFile: file}},
		"bearer": {Authorization: &config.Authorization{Type: "Bearer", Credentials: "hunter2-bearer"}},
		"header": {HTTPHeaders: &config.Headers{Headers: map[string]config.Header{"X-Api-Key": {Secrets: []config.Secret{"hunter2 header"}}}}},
	} {
		for _, status := range []int{200, 404, 500} {
			r := newReceiver(t)
			r.behave(repeat(status))
			r.url += "/services/hunter2-of-a-chat?token=hunter2query"
			ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindITSM, Body: `{{json .Summary}}`, HTTP: http})
			result, err := send(t, ch, incident(notify.IncidentOpened), false)
			told := fmt.Sprint(result.Response, err)
			if !strings.Contains(told, "<secret>") || strings.Contains(told, "hunter2") || strings.Contains(told, basic) {
				t.Errorf("%s, %d: %s", name, status, told)
			}
		}
	}
}

// repeat answers with what was asked for.
func repeat(status int) func(w http.ResponseWriter, r received, n int) {
	return func(w http.ResponseWriter, r received, _ int) {
		w.WriteHeader(status)
		_, password, _ := (&http.Request{Header: r.header}).BasicAuth()
		fmt.Fprintf(w, "no route /services/hunter2-of-a-chat?token=hunter2query (token hunter2query) %q, password %s", r.header, password)
	}
}
