package web

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
)

// loginForm is what the sign-in shows.
type loginForm struct {
	Next    string
	Name    string
	CSRF    string
	Problem string // a key of the texts; "" at first
	Wait    time.Duration
}

func (s *site) loginPage(v *visit) error {
	next := safeNext(v.r.URL.Query().Get("next"))
	if v.actor.Role != auth.Nobody {
		http.Redirect(v.w, v.r, next, http.StatusSeeOther)
		return nil
	}
	return s.render(v, http.StatusOK, "login", v.views.t("login.title"), loginForm{Next: next, CSRF: s.csrf(v)}, false)
}

// checkTime bounds how long a sign-in waits for its turn to be checked.
const checkTime = 10 * time.Second

func (s *site) login(v *visit) error {
	form := v.r.PostForm
	name, password := form.Get("name"), form.Get("password")
	next := safeNext(form.Get("next"))
	if s.Access.Loopback {
		http.Redirect(v.w, v.r, next, http.StatusSeeOther)
		return nil
	}
	shown := loginForm{Next: next, Name: clean(name, maxName), CSRF: s.csrf(v)}
	if wait, ok := s.attempts.Take(name, v.remote, v.at); !ok {
		return s.tooMany(v, shown, wait)
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), checkTime)
	defer cancel()
	good, err := s.Access.Sessions.Credentials().Password(ctx, name, password)
	if err != nil {
		return refuse(http.StatusServiceUnavailable, "busy", "too many people are signing in; try again")
	}
	if !good {
		if err := s.recordAs(v, shown.Name, "session.open", "", Refused, "wrong_password"); err != nil {
			return err
		}
		shown.Problem = "login.wrong"
		return s.render(v, http.StatusUnauthorized, "login", v.views.t("login.title"), shown, false)
	}
	s.attempts.Forgive(name, v.remote, v.at)
	v.actor = s.Access.Sessions.Credentials().User(name)
	if err := s.recordAs(v, name, "session.open", "", Allowed, ""); err != nil {
		return err
	}
	return s.open(v, name, next)
}

// open signs somebody in and ends the session that the browser had.
func (s *site) open(v *visit, name, next string) error {
	secret, ok := s.Access.Sessions.Open(name, v.at)
	if !ok { // removed while the password was being checked
		return refuse(http.StatusForbidden, "forbidden", "this user is no more")
	}
	if old := cookie(v.r, s.cookieName(sessionCookie)); old != "" {
		s.Access.Sessions.Close(old)
	}
	s.setCookie(v.w, visitorCookie, "", 0)
	s.setCookie(v.w, sessionCookie, secret, s.Access.Sessions.Absolute())
	http.Redirect(v.w, v.r, next, http.StatusSeeOther)
	return nil
}

func (s *site) tooMany(v *visit, shown loginForm, wait time.Duration) error {
	if s.noise.AllowN(v.at.Time(), 1) {
		if err := s.recordAs(v, shown.Name, "session.open", "", Refused, "too_many_attempts"); err != nil {
			return err
		}
	}
	seconds := math.Ceil(wait.Seconds())
	v.w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	shown.Problem, shown.Wait = "login.too_many", time.Duration(seconds)*time.Second
	return s.render(v, http.StatusTooManyRequests, "login", v.views.t("login.title"), shown, false)
}

func (s *site) logout(v *visit) error {
	if v.actor.By == auth.BySession {
		if err := s.record(v, Allowed, ""); err != nil {
			return err
		}
		s.Access.Sessions.Close(v.secret)
		s.setCookie(v.w, sessionCookie, "", 0)
	}
	http.Redirect(v.w, v.r, "/login", http.StatusSeeOther)
	return nil
}
