package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/collector/web/auth"
)

// tell answers with an error. What is not the asker's doing is logged, and no
// more of it is told than that it happened.
func (s *site) tell(v *visit, err error) {
	r, expected := asRefusal(err)
	if !expected {
		s.Log.Error("answering failed", "method", v.r.Method, "path", withoutTokens(v.r.URL.Path), "actor", v.actor.Name, "err", err)
	}
	if r.status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", "10")
	}
	if v.route.face == forMachines {
		writeError(v.w, r)
		return
	}
	if r.status == http.StatusUnauthorized && v.actor.Role == auth.Nobody {
		s.toSignIn(v)
		return
	}
	page := errorPage{Status: r.status, Code: r.code, Message: r.message}
	if perr := s.render(v, r.status, "error", v.views.t("error.title"), page, false); perr != nil {
		s.Log.Error("showing an error failed", "path", withoutTokens(v.r.URL.Path), "err", perr)
		http.Error(v.w, http.StatusText(r.status), r.status)
	}
}

// errorPage is what the page of an error shows.
type errorPage struct {
	Status  int
	Code    string
	Message string
}

// writeError answers a machine.
func writeError(w http.ResponseWriter, r *refusal) {
	writeJSON(w, r.status, map[string]any{"error": map[string]string{"code": r.code, "message": r.message}})
}

// writeJSON answers with a value that always can be marshalled.
func writeJSON(w http.ResponseWriter, status int, value any) {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error": {"code": "internal", "message": "the answer cannot be written"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(scrub(b), '\n')) // whoever asked may be gone
}

// toSignIn leads somebody to the sign-in and from there back.
func (s *site) toSignIn(v *visit) {
	to := "/login"
	if safe(v.r.Method) {
		if next := v.r.URL.RequestURI(); next != "/" && safeNext(next) == next {
			to += "?next=" + url.QueryEscape(next)
		}
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// safeNext is where to go after signing in: a path of ours, and / for anything
// else that somebody may have put in a link.
func safeNext(next string) string {
	if !ownPath(next) || strings.HasPrefix(next, "/login") || strings.HasPrefix(next, "/logout") {
		return "/"
	}
	return next
}

// ownPath reports whether a browser takes the address for a path of this site.
func ownPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 1000 && u.Scheme == "" && u.Host == "" && u.User == nil && u.Opaque == "" &&
		strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && !strings.HasPrefix(u.Path, "//") &&
		!strings.Contains(u.Path, `\`) && !strings.Contains(s, `\`) &&
		!strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == 0x7f })
}
