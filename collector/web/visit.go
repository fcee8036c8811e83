package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// visit is one request, after it is known who makes it.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	at     slo.Instant // of its beginning; of a write, when all of it was there
	actor  auth.Actor
	remote netip.Addr
	views  *views
	route  route
	about  string // what a mount's write is about; "": the path says it
	secret string // of the cookie that forms are bound to; "" where there is none yet
}

// maxBody bounds the body of a form or a JSON request of our own, in bytes.
const maxBody = 64 << 10

// visit identifies who asks, decides, serves, and tells of errors.
func (s *site) visit(w http.ResponseWriter, r *http.Request, rt route) {
	if rt.face == forPeople && switchLanguage(w, r, s.Access.TLS) {
		return
	}
	v := &visit{w: w, r: r, at: s.Now(), remote: remote(r), route: rt}
	v.views = s.views[choose(r)]
	err := s.identify(v)
	if err == nil {
		err = s.admit(v)
	}
	if err == nil && rt.action != "" {
		err = s.receive(v)
	}
	if err == nil {
		err = s.serve(v)
	}
	if err != nil {
		s.tell(v, err)
	}
}

// receive reads the body of a write, and lets its instant be the one at which
// all of it was there: who begins a request, and says what it is about minutes
// later, must not have said so before.
func (s *site) receive(v *visit) error {
	b, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, v.route.maxBody()))
	v.at = s.Now()
	if err == nil {
		v.r.Body = io.NopCloser(bytes.NewReader(b))
		return nil
	}
	err = badBody(err)
	if v.actor.Role == auth.Nobody && !s.noise.AllowN(v.at.Time(), 1) {
		return err
	}
	r, _ := asRefusal(err)
	if rerr := s.record(v, Refused, r.code); rerr != nil {
		return rerr
	}
	return err
}

// serve runs the route; a panic in it is an error like others.
func (s *site) serve(v *visit) (err error) {
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler {
			panic(p)
		}
		if p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return v.route.serve(v)
}

// identify finds out who asks: by a bearer token, which must then be good, or
// by the session's cookie.
func (s *site) identify(v *visit) error {
	if s.Access.Loopback {
		if err := auth.CheckHost(v.r.Host); err != nil {
			return refuse(http.StatusMisdirectedRequest, "wrong_host",
				"this collector has no users and answers only as localhost or 127.0.0.1")
		}
		v.actor = auth.Local()
		v.secret = cookie(v.r, s.cookieName(visitorCookie))
		return nil
	}
	if scheme, token, ok := strings.Cut(v.r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		a, known := s.Access.Sessions.Credentials().Bearer(strings.TrimSpace(token))
		if !known {
			return s.unauthorized(v, "the bearer token is not known")
		}
		v.actor = a
		return nil
	}
	if secret := cookie(v.r, s.cookieName(sessionCookie)); secret != "" {
		use := v.r.Header.Get(refreshHeader) == ""
		if a, ok := s.Access.Sessions.Actor(secret, v.at, use); ok {
			v.actor, v.secret = a, secret
			return nil
		}
	}
	v.secret = cookie(v.r, s.cookieName(visitorCookie))
	return nil
}

// refreshHeader marks what a page asks for by itself.
const refreshHeader = "X-Assay-Refresh"

// admit says whether the visit may go on, and records a write that may not.
func (s *site) admit(v *visit) error {
	err := s.allowed(v)
	if err == nil || safe(v.r.Method) {
		return err
	}
	if v.actor.Role == auth.Nobody && !s.noise.AllowN(v.at.Time(), 1) {
		return err // a flood by strangers is not worth a record each
	}
	if rerr := s.record(v, Refused, err.Error()); rerr != nil {
		return rerr // refused all the same, and what is wrong with the audit is logged
	}
	return err
}

func (s *site) allowed(v *visit) error {
	if err := crossOrigin(v); err != nil {
		return err
	}
	if v.actor.Role == auth.Nobody && v.route.role != auth.Nobody {
		return s.unauthorized(v, "sign in, or send a bearer token")
	}
	if !v.actor.May(v.route.role) {
		return refuse(http.StatusForbidden, "forbidden", fmt.Sprintf("this needs the role %s; %s is %s",
			v.route.role, v.actor.Name, v.actor.Role))
	}
	if v.route.action == "" || v.actor.By == auth.ByToken {
		return nil
	}
	return s.unforged(v)
}

// crossOrigin refuses what another site makes a browser send. A bearer token
// is nothing that a browser sends by itself.
func crossOrigin(v *visit) error {
	if v.actor.By == auth.ByToken {
		return nil
	}
	if err := new(http.CrossOriginProtection).Check(v.r); err != nil {
		return refuse(http.StatusForbidden, "cross_site", "this request comes from another site")
	}
	return nil
}

// unforged checks that one of our own pages made a write, or a program that
// no browser can be made to imitate.
func (s *site) unforged(v *visit) error {
	token := v.r.Header.Get("X-CSRF-Token")
	if v.route.face == forMachines && v.actor.By == auth.ByHost && token == "" {
		return nil // crossOrigin and CheckHost have kept browsers' other pages out
	}
	if token == "" && (isForm(v.r) || v.bringsFile()) {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, v.route.maxBody())
		if err := v.parseForm(); err != nil {
			return badForm(err)
		}
		token = v.r.PostForm.Get("csrf")
	}
	if !s.guard.Holds(v.secret, token) {
		return refuse(http.StatusForbidden, "forged", "this form is out of date, or cookies are off; open the page again")
	}
	return nil
}

func badForm(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return badRequest("the form cannot be read")
}

func isForm(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == "application/x-www-form-urlencoded"
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func (s *site) unauthorized(v *visit, message string) error {
	v.w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
	return refuse(http.StatusUnauthorized, "unauthorized", message)
}

// record keeps what became of a write.
func (s *site) record(v *visit, o Outcome, reason string) error {
	action := v.route.action
	if action == "" {
		action = v.r.Method
	}
	return s.recordAs(v, v.actor.Name, action, v.object(), o, reason)
}

func (s *site) recordAs(v *visit, actor, action, object string, o Outcome, reason string) error {
	// What was decided is on record even where the one who asked is gone.
	err := s.Audit.Record(context.WithoutCancel(v.r.Context()), AuditEvent{
		At: v.at, Actor: actor, Role: v.actor.Role, By: v.actor.By, Remote: v.address(),
		Action: action, Object: object, Outcome: o, Reason: reason,
	})
	if err != nil {
		return fmt.Errorf("recording %s in the audit: %w", action, err)
	}
	return nil
}

// object is what a route's write is about: what its body names, the path's
// variable, or the path.
func (v *visit) object() string {
	if v.about != "" {
		return v.about
	}
	if token := v.r.PathValue("token"); token != "" {
		return tokenName(token)
	}
	if id := v.r.PathValue("id"); id != "" {
		return clean(id, maxName)
	}
	return clean(withoutTokens(v.r.URL.Path), 200)
}

// address is where the request came from, "" where that is no IP address.
func (v *visit) address() string {
	if !v.remote.IsValid() {
		return ""
	}
	return v.remote.String()
}

// maxName bounds what a path or query may name, in bytes.
const maxName = 200

// write records a write, makes it, and records where it failed.
func (s *site) write(v *visit, do func() error) error {
	if err := s.record(v, Allowed, ""); err != nil {
		return err
	}
	err := do()
	if err == nil {
		return nil
	}
	reason := "internal"
	if r, expected := asRefusal(err); expected {
		reason = r.code
	}
	if rerr := s.record(v, Failed, reason); rerr != nil {
		return fmt.Errorf("%w, after: %v", rerr, err)
	}
	return err
}

// remote is the address of the connection's other end. Headers that a proxy
// may add are not believed.
func remote(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(host)
	return a.Unmap().WithZone("")
}
