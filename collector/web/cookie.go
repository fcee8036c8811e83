package web

import (
	"net/http"
	"time"
)

// The cookies. Under TLS their names get the prefix that makes browsers take
// them from this host and by https only.
const (
	sessionCookie = "assay-session" // the secret of a session
	visitorCookie = "assay-visitor" // what forms of people not signed in are bound to
	langCookie    = "assay-lang"
)

func (s *site) cookieName(name string) string {
	if s.Access.TLS {
		return "__Host-" + name
	}
	return name
}

// cookie is the value of a cookie, "" where there is none or it is too long to
// be ours.
func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

// setCookie gives a cookie out for life; an empty value takes it back.
func (s *site) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: s.Access.TLS, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// csrf is the token for the forms of the page shown to a visit. It gives out
// the cookie that the token is bound to where there is none.
func (s *site) csrf(v *visit) string {
	if v.secret == "" {
		v.secret = s.guard.NewSecret()
		s.setCookie(v.w, visitorCookie, v.secret, 24*time.Hour)
	}
	return s.guard.Token(v.secret)
}
