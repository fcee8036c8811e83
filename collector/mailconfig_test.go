package collector

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tokenEndpoint is an OAuth 2.0 server that gives out one token after another.
func tokenEndpoint(t *testing.T, life int, want map[string]string) string {
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		id, secret, _ := r.BasicAuth()
		got := map[string]string{"client": id, "secret": secret, "grant": r.FormValue("grant_type"), "refresh": r.FormValue("refresh_token"), "scope": r.FormValue("scope")}
		for field, value := range want {
			if got[field] != value {
				w.WriteHeader(http.StatusBadRequest)
				_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant", "error_description": "you sent " + secret + r.FormValue("client_secret")})
				return
			}
		}
		n++
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "token-" + string(rune('0'+n)), "token_type": "Bearer", "expires_in": life})
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func secretFile(t *testing.T, value string) string {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Access tokens come from either grant, and are kept while they are good.
func TestAccessTokens(t *testing.T) {
	for name, c := range map[string]struct {
		life   int // seconds
		want   map[string]string
		tokens string // that two mails are signed in with
	}{
		"client's credentials": {3600, map[string]string{"client": "assay", "secret": "hunter2", "grant": "client_credentials", "scope": "mail"}, "token-1 token-1"},
		"refresh token":        {3600, map[string]string{"client": "assay", "grant": "refresh_token", "refresh": "once allowed"}, "token-1 token-1"},
		"short-lived":          {1, map[string]string{"client": "assay"}, "token-1 token-2"},
	} {
		o := OAuth2Config{TokenURL: tokenEndpoint(t, c.life, c.want), ClientID: "assay", ClientSecretFile: secretFile(t, "hunter2"), Scopes: []string{"mail"}}
		if r := c.want["refresh"]; r != "" {
			o.RefreshTokenFile = secretFile(t, r)
		}
		source, err := o.source()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 2 {
			token, err := source(t.Context())
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			got = append(got, string(token))
		}
		if s := strings.Join(got, " "); s != c.tokens {
			t.Errorf("%s: %s", name, s)
		}
	}
}

// What the token endpoint answers with may repeat a secret, and is not told.
func TestAccessTokenRefused(t *testing.T) {
	o := OAuth2Config{TokenURL: tokenEndpoint(t, 60, map[string]string{"client": "another"}), ClientID: "assay", ClientSecretFile: secretFile(t, "hunter2")}
	source, err := o.source()
	if err != nil {
		t.Fatal(err)
	}
	_, err = source(t.Context())
	if err == nil || !strings.Contains(err.Error(), "status 400 invalid_grant") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}
