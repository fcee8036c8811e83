package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What an answer has as a number can be sent back as one.
func TestReadTexts(t *testing.T) {
	for body, want := range map[string]string{
		`{"version": "12"}`: "12", `{"version": 12}`: "12", `{"version": null}`: "", `{}`: "", ``: "",
		`{"version": true}`: "refused", `{"version": [1]}`: "refused", `{"version": {}}`: "refused", `{"other": 1}`: "refused",
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		got := "refused"
		if get, err := readTexts(&visit{r: r}, []string{"version"}); err == nil {
			got = get("version")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
