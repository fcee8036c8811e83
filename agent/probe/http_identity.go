package probe

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"

	"github.com/assay-sla/assay/slo"
)

// authorization prepares who the request says that it is from.
func (t *httpTest) authorization(s *slo.HTTP) (err error) {
	ways := 0
	for _, given := range []bool{t.username != "", t.bearer.Name != "", s.OAuth2.TokenURL != ""} {
		if given {
			ways++
		}
	}
	if ways > 1 || (t.username != "") != (t.password.Name != "") {
		return errors.New("credentials are username and password, or bearer, or oauth2")
	}
	if s.OAuth2.TokenURL != "" {
		t.token, err = newTokenSource(s, t.env)
	}
	return err
}

// identify puts the lines into a request that are not the same at every run:
// who it is from, and the cookies that belong to its URL.
func (t *httpTest) identify(r *run, x *exchange, h *hop, jar http.CookieJar) error {
	x.lines, x.token = x.lines[:0], ""
	if err := t.authorize(r, x, h); err != nil {
		return err
	}
	if t.proxy != nil && h.url.Scheme == "http" {
		if err := t.proxy.authorize(r, x); err != nil {
			return err
		}
	}
	if jar == nil {
		return nil
	}
	var pairs []string
	for _, c := range jar.Cookies(h.url) {
		r.hide(c.Value)
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	if len(pairs) > 0 {
		x.lines = append(x.lines, headerLine{"Cookie", strings.Join(pairs, "; ")})
	}
	return nil
}

// authorize adds the Authorization for a hop: none where the probe has none,
// or the hop leads to another origin.
func (t *httpTest) authorize(r *run, x *exchange, h *hop) (err error) {
	if t.username == "" && t.bearer.Name == "" && t.token == nil || !sameOrigin(h.url, t.first.url) {
		return nil
	}
	if t.username != "" {
		return x.basic(r, "Authorization", t.username, t.password)
	}
	var token string
	if t.token != nil {
		var kept bool
		if token, kept, err = t.token.get(r); kept {
			x.token = token
		}
	} else {
		token, err = r.secret(t.bearer)
	}
	if err != nil {
		return err
	}
	if !httpguts.ValidHeaderFieldValue(token) {
		return unknownf(slo.AgentSecret, "the bearer token holds characters that a header cannot carry")
	}
	x.lines = append(x.lines, headerLine{"Authorization", "Bearer " + token})
	return nil
}

// basic adds a user's name and password (RFC 7617).
func (x *exchange) basic(r *run, header, username string, password slo.Secret) error {
	value, err := r.secret(password)
	if err != nil {
		return err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(username + ":" + value))
	r.hide(pair)
	x.lines = append(x.lines, headerLine{header, "Basic " + pair})
	return nil
}

// newJar keeps cookies for one run, by the rules of browsers.
func newJar() http.CookieJar {
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // it returns no error
	return jar
}
