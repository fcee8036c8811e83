package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// send makes a request of a program's kind: no cookies, no origin.
func send(t testing.TB, h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "https://assay.example"+path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const openID = "shop-20261021T141200Z"

// concrete fills in the variables of a route's path.
func concrete(path string) string {
	return strings.NewReplacer("{$}", "", "{id}", openID, "{n}", "1", "{name}", "shop", "{file}", "none.css").Replace(path)
}

// TestRoutesByRole asks for every route as nobody and as a token of each role.
func TestRoutesByRole(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	o.Mounts = []Mount{{Path: "/prometheus/", Role: auth.Viewer, Handler: echo("queried")}, {Path: "/prometheus/api/v1/write", Role: auth.Operator, Handler: echo("written")}, {Path: "/mails/", Role: auth.Operator, Handler: echo("mailed"), Action: "report.mail"}}
	s := &site{Options: o}
	routes := s.table()
	for _, m := range o.Mounts {
		routes = append(routes, route{http.MethodPost, m.Path, forMachines, m.Role, m.Action, nil})
	}
	for _, rt := range routes {
		h := build(t, o) // each with a bound of its own on what strangers have recorded
		for role := auth.Nobody; role <= auth.Admin; role++ {
			var headers []string
			if role != auth.Nobody {
				headers = []string{"Authorization", "Bearer " + role.String() + secretOf}
			}
			body := ""
			switch {
			case rt.method == http.MethodPost && rt.face == forPeople:
				headers, body = append(headers, "Content-Type", "application/x-www-form-urlencoded"), "text=seen"
			case strings.HasSuffix(rt.path, "comment"):
				headers, body = append(headers, "Content-Type", "application/json"), `{"text":"seen"}`
			}
			l.audit()
			w := send(t, h, rt.method, concrete(rt.path), body, headers...)
			checkAccess(t, rt, role, w, l.audit())
		}
	}
}

func checkAccess(t *testing.T, rt route, role auth.Role, w *httptest.ResponseRecorder, audit []AuditEvent) {
	t.Helper()
	name := fmt.Sprintf("%s %s as %s: %d", rt.method, rt.path, role, w.Code)
	write := rt.method == http.MethodPost
	switch {
	case rt.role == auth.Nobody: // open: sign-in, sign-out, static files, health
		if w.Code == http.StatusUnauthorized && rt.path != "/login" {
			t.Errorf("%s", name)
		}
		return
	case role == auth.Nobody && rt.face == forMachines:
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" || !strings.Contains(w.Body.String(), `"unauthorized"`) {
			t.Errorf("%s %s", name, w.Body)
		}
	case role == auth.Nobody:
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("%s", name)
		}
	case role < rt.role:
		if w.Code != http.StatusForbidden {
			t.Errorf("%s", name)
		}
	default:
		if w.Code >= 400 {
			t.Errorf("%s %s", name, w.Body)
		}
		if write && rt.action != "" && (len(audit) != 1 || audit[0].Outcome != Allowed || audit[0].Action != rt.action || audit[0].Actor != role.String()+"-bot" || audit[0].By != auth.ByToken) {
			t.Errorf("%s: the audit has %+v", name, audit)
		}
		return
	}
	if write != (len(audit) == 1) || write && audit[0].Outcome != Refused {
		t.Errorf("%s: the audit has %+v", name, audit)
	}
}

func echo(s string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s) })
}

func TestUnknownTokenIsNobody(t *testing.T) {
	o, _ := options(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	for _, header := range []string{"Bearer wrong", "Bearer ", "bearer viewer"} {
		if w := send(t, h, http.MethodGet, "/api/v1/services", "", "Authorization", header); w.Code != http.StatusUnauthorized {
			t.Errorf("%q: %d", header, w.Code)
		}
	}
	if w := send(t, h, http.MethodGet, "/api/v1/services", "", "Authorization", "Basic dmlld2VyOnZpZXdlcg=="); w.Code != http.StatusUnauthorized {
		t.Errorf("basic: %d", w.Code)
	}
}

// TestTokenScheme: clients of InfluxDB send a bearer token under another
// scheme, which is taken where a mount says so, and nowhere else.
func TestTokenScheme(t *testing.T) {
	o, _ := options(t)
	o.Access = Access{Sessions: people(t)}
	o.Mounts = []Mount{
		{Path: "/influx/write", Role: auth.Operator, Handler: echo("written"), TokenScheme: true},
		{Path: "/influx/ping", Handler: echo("here"), TokenScheme: true},
		{Path: "/prometheus/", Role: auth.Viewer, Handler: echo("queried")},
	}
	h := build(t, o)
	operator, viewer := auth.Operator.String()+secretOf, auth.Viewer.String()+secretOf
	for _, c := range []struct {
		path, header string
		want         int
	}{
		{"/influx/write", "Token " + operator, http.StatusOK},
		{"/influx/write", "token " + operator, http.StatusOK},
		{"/influx/write", "Bearer " + operator, http.StatusOK},
		{"/influx/write", "Token " + viewer, http.StatusForbidden},
		{"/influx/write", "Token wrong", http.StatusUnauthorized},
		{"/influx/write", "Token ", http.StatusUnauthorized},
		{"/influx/write", "Token", http.StatusUnauthorized},
		{"/influx/write", "", http.StatusUnauthorized},
		{"/influx/write", "Basic " + operator, http.StatusUnauthorized},
		{"/influx/ping", "", http.StatusOK},
		{"/influx/ping", "Token " + viewer, http.StatusOK},
		{"/prometheus/api/v1/query", "Token " + operator, http.StatusUnauthorized},
		{"/api/v1/services", "Token " + operator, http.StatusUnauthorized},
		{"/-/reload", "Token " + operator, http.StatusUnauthorized},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{"Authorization", c.header}
		}
		if w := send(t, h, http.MethodPost, c.path, "", headers...); w.Code != c.want {
			t.Errorf("%s with %q: %d, want %d", c.path, c.header, w.Code, c.want)
		}
	}
}

// TestObjectOfBody: the audit says what a mount's write is about, the handler
// still gets the body, and what was refused is not read.
func TestObjectOfBody(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	got := ""
	o.Mounts = []Mount{{Path: "/agents-of/", Role: auth.Operator, Action: "agent.revoke",
		Object:  func(b []byte) string { return string(b) + "\x00!" },
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { b, _ := io.ReadAll(r.Body); got = string(b) }),
	}}
	h := build(t, o)
	for _, c := range []struct {
		role         auth.Role
		body, object string
		code         int
	}{
		{auth.Operator, "eu-1", "eu-1!", http.StatusOK},
		{auth.Viewer, "eu-1", "/agents-of/", http.StatusForbidden},
		{auth.Operator, strings.Repeat("x", maxBody+1), "/agents-of/", http.StatusRequestEntityTooLarge},
	} {
		l.audit()
		got = ""
		w := send(t, h, http.MethodPost, "/agents-of/", c.body, "Authorization", "Bearer "+c.role.String()+secretOf)
		if w.Code != c.code || c.code == http.StatusOK && got != c.body {
			t.Errorf("%v: %d, and the handler read %q", c.role, w.Code, got)
		}
		events := l.audit()
		if len(events) == 0 || events[0].Object != c.object {
			t.Errorf("%v: the audit has %+v, want the object %q", c.role, events, c.object)
		}
	}
}

func TestLoopbackRefusesStrangers(t *testing.T) {
	o, l := options(t)
	h := build(t, o)
	ack := "/api/v1/incidents/" + openID + "/acknowledge"
	for name, c := range map[string]struct {
		method, path string
		headers      []string
		want         int
	}{
		"curl":              {http.MethodPost, ack, []string{"Host", "127.0.0.1:8420"}, http.StatusOK},
		"localhost":         {http.MethodGet, "/", []string{"Host", "localhost:8420"}, http.StatusOK},
		"rebound read":      {http.MethodGet, "/api/v1/services", []string{"Host", "evil.example:8420"}, http.StatusMisdirectedRequest},
		"rebound write":     {http.MethodPost, ack, []string{"Host", "evil.example:8420", "Origin", "http://evil.example:8420", "Sec-Fetch-Site", "same-origin"}, http.StatusMisdirectedRequest},
		"cross-site write":  {http.MethodPost, ack, []string{"Host", "127.0.0.1:8420", "Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"other port":        {http.MethodPost, ack, []string{"Host", "127.0.0.1:8420", "Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"foreign origin":    {http.MethodPost, ack, []string{"Host", "127.0.0.1:8420", "Origin", "https://evil.example"}, http.StatusForbidden},
		"null origin":       {http.MethodPost, ack, []string{"Host", "127.0.0.1:8420", "Origin", "null"}, http.StatusForbidden},
		"form without CSRF": {http.MethodPost, "/incidents/" + openID + "/acknowledge", []string{"Host", "127.0.0.1:8420", "Content-Type", "application/x-www-form-urlencoded"}, http.StatusForbidden},
		"reload":            {http.MethodPost, "/-/reload", []string{"Host", "[::1]:8420"}, http.StatusOK},
		"reload cross-site": {http.MethodPost, "/-/reload", []string{"Host", "[::1]:8420", "Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
	} {
		l.audit()
		w := send(t, h, c.method, c.path, "", c.headers...)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d\n%s", name, w.Code, c.want, w.Body)
		}
		if events := l.audit(); c.want == http.StatusForbidden && (len(events) != 1 || events[0].Outcome != Refused) {
			t.Errorf("%s: the audit has %+v", name, events)
		}
	}
}

// TestEncodedSlash: the mux takes one for a letter of a segment and a handler
// for a slash, so that a reader's mount could serve a writer's path.
func TestEncodedSlash(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	o.Mounts = []Mount{{Path: "/prometheus/", Role: auth.Viewer, Handler: echo("queried")}, {Path: "/prometheus/api/v1/write", Role: auth.Operator, Handler: echo("written")}}
	h := build(t, o)
	for _, m := range o.Mounts {
		for i := 1; i < len(m.Path); i++ {
			for _, slash := range []string{"%2f", "%2F"} {
				if m.Path[i] != '/' {
					continue
				}
				path := m.Path[:i] + slash + m.Path[i+1:]
				w := send(t, h, http.MethodPost, path, "", "Authorization", "Bearer "+auth.Viewer.String()+secretOf)
				if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "bad_path") {
					t.Errorf("%s: %d %s", path, w.Code, w.Body)
				}
			}
		}
	}
	if w := send(t, h, http.MethodGet, "/api%2Fv1/services", ""); w.Code != http.StatusBadRequest {
		t.Errorf("a page's path: %d", w.Code)
	}
	if events := l.audit(); len(events) != 0 {
		t.Errorf("the audit has %+v", events)
	}
}

func TestMountsRefuseOtherSites(t *testing.T) {
	o, _ := options(t)
	o.Mounts = []Mount{{Path: "/prometheus/", Role: auth.Viewer, Handler: echo("queried")}}
	h := build(t, o)
	if w := send(t, h, http.MethodPost, "/prometheus/api/v1/query", "query=up", "Host", "127.0.0.1:8420", "Content-Type", "application/x-www-form-urlencoded"); w.Code != http.StatusOK {
		t.Errorf("a query by POST: %d", w.Code)
	}
	if w := send(t, h, http.MethodPost, "/prometheus/api/v1/query", "query=up", "Host", "127.0.0.1:8420", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("a query from another site: %d", w.Code)
	}
}

// person is somebody with a browser: cookies are kept.
type person struct {
	t       *testing.T
	h       http.Handler
	cookies map[string]string
	from    string
}

func (p *person) do(method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequest(method, "https://assay.example"+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://assay.example")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if p.from != "" {
		r.RemoteAddr = p.from
	}
	for k, v := range p.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		} else {
			p.cookies[c.Name] = c.Value
		}
	}
	return w
}

// token is the hidden field of the forms of a page.
func (p *person) token(path string) string {
	p.t.Helper()
	m := csrfToken.FindStringSubmatch(p.do(http.MethodGet, path, nil).Body.String())
	if m == nil {
		p.t.Fatalf("%s has no form", path)
	}
	return m[1]
}

func (p *person) signIn(name, password, next string) *httptest.ResponseRecorder {
	p.t.Helper()
	return p.do(http.MethodPost, "/login", url.Values{"csrf": {p.token("/login")}, "name": {name}, "password": {password}, "next": {next}})
}

func newPerson(t *testing.T, h http.Handler) *person {
	return &person{t: t, h: h, cookies: map[string]string{}}
}

func TestSignIn(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t), TLS: true}
	at := now()
	o.Now = func() slo.Instant { return at }
	h := build(t, o)
	p := newPerson(t, h)

	if w := p.do(http.MethodGet, "/incidents?state=open", nil); w.Header().Get("Location") != "/login?next=%2Fincidents%3Fstate%3Dopen" {
		t.Errorf("led to %s", w.Header().Get("Location"))
	}
	w := p.signIn("operator", "operator"+secretOf, "/incidents?state=open")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/incidents?state=open" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-"+sessionCookie && (!c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "") {
			t.Errorf("the cookie is %+v", c)
		}
	}
	if p.cookies["__Host-"+sessionCookie] == "" {
		t.Fatalf("no session: %v", p.cookies)
	}
	if w := p.do(http.MethodGet, "/", nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "operator") {
		t.Errorf("signed in: %d", w.Code)
	}

	page := "/incidents/" + openID
	token := p.token(page)
	for name, form := range map[string]url.Values{"no token": {"text": {"x"}}, "wrong token": {"text": {"x"}, "csrf": {"wrong"}}} {
		if w := p.do(http.MethodPost, page+"/comment", form); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	other := newPerson(t, h)
	other.signIn("viewer", "viewer"+secretOf, "/")
	if w := p.do(http.MethodPost, page+"/comment", url.Values{"text": {"x"}, "csrf": {other.token("/")}}); w.Code != http.StatusForbidden {
		t.Errorf("another's token: %d", w.Code)
	}
	if w := p.do(http.MethodPost, "/api/v1/incidents/"+openID+"/acknowledge", nil); w.Code != http.StatusForbidden {
		t.Errorf("the API by cookie without a token: %d", w.Code)
	}
	if w := p.do(http.MethodPost, "/api/v1/incidents/"+openID+"/acknowledge", nil, "X-CSRF-Token", token); w.Code != http.StatusOK {
		t.Errorf("the API by cookie with a token: %d", w.Code)
	}
	if w := p.do(http.MethodPost, page+"/comment", url.Values{"text": {"on it"}, "csrf": {token}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	l.audit()
	if w := p.do(http.MethodPost, page+"/comment", url.Values{"text": {"on it"}, "csrf": {token}}); w.Code != http.StatusSeeOther {
		t.Errorf("a comment: %d %s", w.Code, w.Body)
	}
	if e := l.audit(); len(e) != 1 || e[0].Actor != "operator" || e[0].By != auth.BySession || e[0].Object != openID || e[0].Remote != "192.0.2.1" {
		t.Errorf("the audit has %+v", e)
	}
	i, _ := l.Get(t.Context(), openID)
	if last := i.Events[len(i.Events)-1]; last.Text != "on it" || last.Actor != "operator" || i.AckedBy != "operator" {
		t.Errorf("the incident has %+v", i)
	}

	if w := p.do(http.MethodPost, "/logout", url.Values{}); w.Code != http.StatusForbidden {
		t.Errorf("a forged sign-out: %d", w.Code)
	}
	kept := p.cookies["__Host-"+sessionCookie]
	if w := p.do(http.MethodPost, "/logout", url.Values{"csrf": {token}}); w.Code != http.StatusSeeOther {
		t.Errorf("sign-out: %d", w.Code)
	}
	p.cookies["__Host-"+sessionCookie] = kept
	if w := p.do(http.MethodGet, "/", nil); w.Code != http.StatusSeeOther {
		t.Errorf("after the sign-out: %d", w.Code)
	}
}

func TestRefreshDoesNotKeepASessionAlive(t *testing.T) {
	o, _ := options(t)
	o.Access = Access{Sessions: people(t)}
	at := now()
	o.Now = func() slo.Instant { return at }
	p := newPerson(t, build(t, o))
	p.signIn("viewer", "viewer"+secretOf, "/")
	for range 7 {
		at = at.Add(time.Hour)
		if w := p.do(http.MethodGet, "/", nil, refreshHeader, "1"); w.Code != http.StatusOK {
			t.Fatalf("%d", w.Code)
		}
	}
	at = at.Add(time.Hour)
	if w := p.do(http.MethodGet, "/", nil); w.Code != http.StatusSeeOther {
		t.Errorf("after eight idle hours: %d", w.Code)
	}
}

func TestWrongPasswords(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	at := now()
	o.Now = func() slo.Instant { return at }
	h := build(t, o)
	p := newPerson(t, h)
	for i := range 5 {
		w := p.signIn("viewer", "wrong", "/")
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "Name or password is wrong") {
			t.Fatalf("attempt %d: %d", i, w.Code)
		}
	}
	l.audit()
	w := p.signIn("viewer", "viewer"+secretOf, "/")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), "Try again in 1m") {
		t.Errorf("the right one, too late: %d %s", w.Code, w.Header().Get("Retry-After"))
	}
	if e := l.audit(); len(e) != 1 || e[0].Reason != "too_many_attempts" || e[0].Actor != "viewer" {
		t.Errorf("the audit has %+v", e)
	}
	elsewhere := newPerson(t, h)
	elsewhere.from = "198.51.100.7:1234"
	if w := elsewhere.signIn("viewer", "viewer"+secretOf, "/"); w.Code != http.StatusSeeOther {
		t.Errorf("from elsewhere: %d", w.Code)
	}
	at = at.Add(time.Minute)
	if w := p.signIn("viewer", "viewer"+secretOf, "/"); w.Code != http.StatusSeeOther {
		t.Errorf("after a minute: %d", w.Code)
	}
	unknown := newPerson(t, h)
	unknown.from = "203.0.113.9:1"
	known := newPerson(t, h).signIn("mallory", "wrong", "/")
	if w := unknown.signIn("viewer", "wrong", "/"); w.Code != known.Code || strings.Contains(known.Body.String(), "unknown") {
		t.Errorf("a name that nobody has is told from one that somebody has: %d, %d", known.Code, w.Code)
	}
}

func TestStrangersCannotFloodTheAudit(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	for range 500 {
		send(t, h, http.MethodPost, "/-/reload", "")
	}
	if n := len(l.audit()); n == 0 || n > 20 {
		t.Errorf("500 refused writes by nobody made %d records", n)
	}
}

func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/services/shop?day=2026-10-05#timeline": "/services/shop?day=2026-10-05#timeline",
		"": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", `\\evil.example`: "/",
		"/%5c%5cevil.example": "/", "///evil.example": "/", "javascript:alert(1)": "/", "/a\nb": "/", "/\t/evil.example": "/",
		"/login?next=/login": "/", "/logout": "/", "relative": "/", "/" + strings.Repeat("a", 2000): "/", "/%2f/evil.example": "/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("safeNext(%q) = %q, want %q", next, got, want)
		}
	}
}

func FuzzSafeNext(f *testing.F) {
	for _, s := range []string{"/", "//x", "/\\x", "/%5cx", "/?next=//x", "http://x", "/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		next := safeNext(s)
		base, _ := url.Parse("https://assay.example/login")
		u, err := base.Parse(next)
		if err != nil || u.Host != "assay.example" || u.Scheme != "https" {
			t.Errorf("%q leads to %v, %v", s, u, err)
		}
		if strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(next, "//") {
			t.Errorf("%q leads to %q", s, next)
		}
	})
}

func TestLanguageLink(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	w := get(t, h, "/services/shop?day=2026-10-05&lang=zh")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/services/shop?day=2026-10-05" || !strings.Contains(w.Header().Get("Set-Cookie"), langCookie+"=zh") {
		t.Errorf("%d %s %s", w.Code, w.Header().Get("Location"), w.Header().Get("Set-Cookie"))
	}
	if w := get(t, h, "/?lang=xx"); w.Code != http.StatusOK {
		t.Errorf("a language that we lack: %d", w.Code)
	}
}

func TestAuditComesFirst(t *testing.T) {
	o, l := options(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	h := build(t, o)
	l.auditErr = errors.New("the disk is full")
	w := send(t, h, http.MethodPost, "/api/v1/incidents/"+openID+"/acknowledge", "", "Host", "localhost")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if i, _ := l.Get(t.Context(), openID); i.Acknowledged != 0 {
		t.Error("a write that could not be recorded was made")
	}
	if strings.Count(log.String(), "the disk is full") != 1 {
		t.Errorf("logged: %s", log.String())
	}
	log.Reset()
	w = send(t, h, http.MethodPost, "/-/reload", "", "Host", "localhost", "Sec-Fetch-Site", "cross-site")
	if w.Code != http.StatusInternalServerError || l.reloads != 0 || strings.Count(log.String(), "the disk is full") != 1 {
		t.Errorf("a refusal that could not be recorded: %d, logged: %s", w.Code, log.String())
	}
}

func TestFailedWriteIsRecorded(t *testing.T) {
	o, l := options(t)
	h := build(t, o)
	l.reload = errors.New("shop.yaml:3:1: unknown field")
	w := send(t, h, http.MethodPost, "/-/reload", "", "Host", "localhost")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "shop.yaml:3:1") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	e := l.audit()
	if len(e) != 2 || e[0].Outcome != Allowed || e[1].Outcome != Failed || e[1].Reason != "reload_refused" {
		t.Errorf("the audit has %+v", e)
	}
}

func TestHeaders(t *testing.T) {
	o, _ := options(t)
	o.Access.TLS = true
	o.Mounts = []Mount{{Path: "/prometheus/", Role: auth.Viewer, Handler: echo("x")}}
	h := build(t, o)
	for _, path := range []string{"/", "/api/v1/services", "/nothing", "/prometheus/x", "/-/healthy"} {
		hd := get(t, h, path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Strict-Transport-Security": "",
		} {
			if got := hd.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
	o.Access = Access{Sessions: people(t), TLS: true}
	if got := send(t, build(t, o), http.MethodGet, "/login", "").Header().Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
	a, err := newAssets()
	if err != nil {
		t.Fatal(err)
	}
	for name, hashed := range a.named {
		w := get(t, h, "/static/"+hashed)
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	if w := get(t, h, "/static/app.css"); w.Code != http.StatusNotFound {
		t.Errorf("a name without its hash: %d", w.Code)
	}
}

func TestPagesHoldNothingInline(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	for _, path := range []string{"/", "/services/shop", "/incidents", "/incidents/" + openID, "/agents", "/nothing"} {
		body := get(t, h, path).Body.String()
		for _, bad := range []string{" style=", "<style", " onclick=", " onload=", "javascript:", "ZgotmplZ"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		if strings.Count(body, "<script") != strings.Count(body, `<script src="/static/`) {
			t.Errorf("%s holds a script of its own", path)
		}
	}
}

func TestPagesRefreshWithoutScript(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	const meta = `<noscript><meta http-equiv="refresh" content="30"></noscript>`
	for path, want := range map[string]bool{"/": true, "/services/shop": true, "/incidents": true, "/agents": true, "/incidents/" + openID: false, "/nothing": false} {
		if got := strings.Contains(get(t, h, path).Body.String(), meta); got != want {
			t.Errorf("%s: %v, want %v (a page with a form must not reload under the writer)", path, got, want)
		}
	}
}

func TestMethods(t *testing.T) {
	o, l := options(t)
	h := build(t, o)
	for _, c := range []struct{ method, path, allow string }{
		{http.MethodPost, "/api/v1/services", "GET"}, {http.MethodDelete, "/incidents/" + openID, "GET"}, {http.MethodPut, "/login", "GET, POST"},
		{http.MethodGet, "/-/reload", "POST"}, {http.MethodGet, "/api/v1/incidents/x/acknowledge", "POST"},
	} {
		w := send(t, h, c.method, c.path, "", "Host", "localhost")
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, allows %q", c.method, c.path, w.Code, w.Header().Get("Allow"))
		}
	}
	if l.reloads != 0 {
		t.Error("reloaded by GET")
	}
	if w := send(t, h, http.MethodHead, "/", "", "Host", "localhost"); w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
}

func TestNewNeedsEverything(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Fatal("built from nothing")
	} else {
		for _, want := range []string{"Figures", "Incidents", "Agents", "Collector", "Audit", "Now", "Log", "Access"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not named in: %v", want, err)
			}
		}
	}
	whole, _ := options(t)
	for name, spoil := range map[string]func(*Options){
		"both accesses": func(o *Options) { o.Access.Sessions = people(t) },
		"no access":     func(o *Options) { o.Access = Access{} },
		"mount of all":  func(o *Options) { o.Mounts = []Mount{{Path: "/", Role: auth.Viewer, Handler: echo("")}} },
		"mount twice": func(o *Options) {
			o.Mounts = []Mount{{Path: "/a", Role: auth.Viewer, Handler: echo("")}, {Path: "/a", Role: auth.Viewer, Handler: echo("")}}
		},
		"mount over us":  func(o *Options) { o.Mounts = []Mount{{Path: "/agents", Role: auth.Viewer, Handler: echo("")}} },
		"mount of none":  func(o *Options) { o.Mounts = []Mount{{Path: "/a", Role: auth.Viewer, Handler: nil}} },
		"mount relative": func(o *Options) { o.Mounts = []Mount{{Path: "a", Role: auth.Viewer, Handler: echo("")}} },
	} {
		o := whole
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	o, _ := options(t)
	o.Mounts = []Mount{{Path: "/boom", Role: auth.Viewer, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("at the disco") })}}
	w := get(t, build(t, o), "/boom")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "disco") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestRemovedUserIsOut changes the credentials under a session.
func TestRemovedUserIsOut(t *testing.T) {
	o, _ := options(t)
	sessions := people(t)
	o.Access = Access{Sessions: sessions}
	p := newPerson(t, build(t, o))
	p.signIn("admin", "admin"+secretOf, "/")
	hash, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	c, err := auth.NewCredentials([]auth.User{{Name: "other", Bcrypt: hash, Role: auth.Viewer}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sessions.SetCredentials(c)
	if w := p.do(http.MethodGet, "/agents", nil); w.Code != http.StatusSeeOther {
		t.Errorf("a removed user: %d", w.Code)
	}
	if w := p.do(http.MethodGet, "/api/v1/agents", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("a removed user at the API: %d", w.Code)
	}
}

// slow is a body that takes its time.
type slow struct {
	io.Reader
	begin func()
}

func (s slow) Read(p []byte) (int, error) {
	s.begin()
	return s.Reader.Read(p)
}

// A write happens when all of it was said, not when somebody began to speak:
// else who holds a request open says later what was so before.
func TestSlowBodyIsNoEarlierWrite(t *testing.T) {
	o, l := options(t)
	o.Access = Access{Sessions: people(t)}
	var at atomic.Int64
	at.Store(int64(now()))
	o.Now = func() slo.Instant { return slo.Instant(at.Load()) }
	later := now().Add(100 * time.Second)
	r := httptest.NewRequest(http.MethodPost, "https://assay.example/api/v1/incidents/"+openID+"/comment",
		slow{strings.NewReader(`{"text": "as I said"}`), func() { at.Store(int64(later)) }})
	r.Header.Set("Authorization", "Bearer "+auth.Operator.String()+secretOf)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	build(t, o).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	i, err := l.Get(t.Context(), openID)
	if err != nil {
		t.Fatal(err)
	}
	if e := i.Events[len(i.Events)-1]; e.At != later {
		t.Errorf("the comment is of %s, and came at %s", e.At, later)
	}
	if events := l.audit(); len(events) != 1 || events[0].At != later {
		t.Errorf("%+v", events)
	}
}
