package catalog

import (
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/slo"
)

// Bounds of an http block.
const (
	maxRedirects = 20
	maxBody      = 16 << 20
	maxHeader    = 8 << 10
)

// http checks an http block.
func (b *block) http(s *slo.HTTP) {
	if b.need("url") {
		b.check("url", func(s string) error { return validURL(b.fill(s)) })
	}
	b.check("method", validMethod)
	b.headers(s.Headers)
	b.check("match", validPattern)
	b.check("noMatch", validPattern)
	b.headerPatterns("headerMatch", s.HeaderMatch)
	b.headerPatterns("headerNoMatch", s.HeaderNoMatch)
	b.credentials(s)
	b.within("redirects", s.Redirects, 0, maxRedirects)
	b.within("maxBody", s.MaxBody, 1, maxBody)
	b.check("assert", validAnswerCondition)
	b.check("ip", validFamily)
	b.check("version", oneOf("a version of HTTP", slo.HTTPVersions()))
	b.check("connection", oneOf("a way to connect", slo.Connections()))
	b.check("addresses", oneOf("a choice of addresses", slo.AddressChoices()))
	b.checkAll("compression", s.Compression, oneOf("a compression", slo.Compressions()))
	b.check("source", validLiteral)
	b.proxy(&s.Proxy)
	b.oauth2(&s.OAuth2)
	b.together(s)
	b.tlsOptions("tls", &s.TLS)
	if b.given("body") && !b.given("method") {
		b.r.warnf(b.at["body"], "POST is usual", "a body is sent with GET: no method is given")
	}
	if b.given("tls") && strings.HasPrefix(s.URL, "http:") && s.Redirects == 0 {
		b.r.warnf(b.at["tls"], "", "tls has no effect on an http URL without redirects")
	}
}

// credentials checks who the request says that it is from.
func (b *block) credentials(s *slo.HTTP) {
	b.check("username", validWords)
	if (s.Username != "") != (s.Password.Name != "") && !b.bad["username"] && !b.bad["password"] {
		b.r.errorf(b.node, "", "%s has one of username and password, which go together", b.what)
	}
	ways := []string{}
	for _, way := range []string{"username", "bearer", "oauth2"} {
		if b.given(way) {
			ways = append(ways, way)
		}
	}
	if len(ways) > 1 {
		b.r.errorf(b.at[ways[1]], "", "a request is authorized in one way, by username, by bearer or by oauth2")
	}
	if len(ways) == 0 {
		return
	}
	for name := range s.Headers {
		if strings.EqualFold(name, "Authorization") {
			b.r.errorf(b.at["headers."+name], "", "a request has one Authorization, and there are credentials beside it")
		}
	}
	if strings.HasPrefix(s.URL, "http:") {
		b.r.warnf(b.at["url"], "", "the credentials go over the network in the clear")
	}
}

// oauth2 checks where a token is to be had.
func (b *block) oauth2(o *slo.OAuth2) {
	if !b.given("oauth2") {
		return
	}
	for _, f := range []string{"tokenURL", "clientID", "clientSecret"} {
		b.need("oauth2." + f)
	}
	b.check("oauth2.tokenURL", validURL)
	b.check("oauth2.clientID", validWords)
	b.check("oauth2.audience", validWords)
	b.checkAll("oauth2.scopes", o.Scopes, validWords)
	if strings.HasPrefix(o.TokenURL, "http:") {
		b.r.warnf(b.at["oauth2.tokenURL"], "", "the client's secret goes over the network in the clear")
	}
}

// proxy checks through what the probe goes.
func (b *block) proxy(p *slo.Proxy) {
	if !b.given("proxy") {
		return
	}
	if b.need("proxy.url") {
		b.check("proxy.url", validURL)
	}
	b.check("proxy.username", validWords)
	if b.given("proxy.url") && (!strings.HasPrefix(p.URL, "http:") || strings.Contains(p.URL, "@")) {
		b.r.errorf(b.at["proxy.url"], "", "a proxy is http://host:port; its credentials are username and password")
	}
	if (p.Username != "") != (p.Password.Name != "") && !b.bad["proxy.username"] && !b.bad["proxy.password"] {
		b.r.errorf(b.at["proxy"], "", "proxy has one of username and password, which go together")
	}
}

// together checks what excludes what.
func (b *block) together(s *slo.HTTP) {
	frames := s.Version == "2" || s.Version == "3"
	if frames && (strings.HasPrefix(s.URL, "http:") || b.given("proxy")) {
		b.r.errorf(b.at["version"], "", "version %s goes over https, and through no proxy", s.Version)
	}
	repeatable := s.Method == "" || slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}, s.Method)
	if s.Connection == "reuse" && (frames || b.given("proxy") || s.Addresses == "each" || !repeatable) {
		b.r.errorf(b.at["connection"], "", "reuse goes with version 1.1, one address, no proxy and a method that may be repeated")
	}
	for name := range s.Headers {
		if strings.EqualFold(name, "Accept-Encoding") && b.given("compression") {
			b.r.errorf(b.at["headers."+name], "", "compression says what is accepted already")
		}
	}
	if b.given("cookies") && s.Redirects == 0 {
		b.r.warnf(b.at["cookies"], "", "cookies has no effect without redirects")
	}
}

// validAnswerCondition allows a condition over an HTTP answer.
func validAnswerCondition(s string) error {
	_, err := condition.Answer.Condition(s)
	return err
}

// headerPatterns checks expressions by the name of a header.
func (b *block) headerPatterns(path string, patterns map[string]string) {
	if len(patterns) > maxItems {
		b.r.errorf(b.at[path], "", "%s has %d fields, more than %d", path, len(patterns), maxItems)
		return
	}
	for _, name := range sortedKeys(patterns) {
		p := path + "." + name
		if !httpguts.ValidHeaderFieldName(name) {
			b.r.errorf(b.at[p], "", "%s is not the name of a header", quote(name))
		} else if err := validPattern(patterns[name]); err != nil {
			b.r.errorf(b.at[p], "", "%v", err)
		}
	}
}

// headers checks the names and values of request headers; own are names,
// besides those of every request, that are the probe's own to set.
func (b *block) headers(headers map[string]string, own ...string) {
	if len(headers) > maxItems {
		b.r.errorf(b.at["headers"], "", "headers has %d fields, more than %d", len(headers), maxItems)
		return
	}
	own = append(own, "content-length", "transfer-encoding", "connection", "trailer")
	seen := map[string]string{}
	for _, name := range sortedKeys(headers) {
		at, value, lower := b.at["headers."+name], headers[name], strings.ToLower(name)
		switch other, twice := seen[lower]; {
		case !httpguts.ValidHeaderFieldName(name):
			b.r.errorf(at, "", "%s is not the name of a header", quote(name))
		case twice:
			b.r.errorf(at, "", "the header %s is given twice, as %s too", name, other)
		case len(value) > maxHeader || !httpguts.ValidHeaderFieldValue(value) || noHostile(value) != nil:
			b.r.errorf(at, "", "the header %s has a value with control characters or of more than %d bytes", name, maxHeader)
		case lower == "host" && validHostPort(value) != nil:
			b.r.errorf(at, "", "the header Host: %v", validHostPort(value))
		case slices.Contains(own, lower):
			b.r.errorf(at, "", "the header %s is the probe's own to set", name)
		}
		seen[lower] = name
	}
}
