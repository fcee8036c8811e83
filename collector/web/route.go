package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-sla/assay/collector/web/auth"
)

// face is who a route speaks to, which decides how a refusal looks.
type face uint8

const (
	forPeople   face = iota // HTML; who is not signed in is led to the sign-in
	forMachines             // JSON
)

// route is one path under one method.
type route struct {
	method string // GET stands for HEAD as well
	path   string // as http.ServeMux has it, without the method
	face   face
	role   auth.Role // needed; Nobody is open to all
	action string    // of a write, for the audit
	serve  func(*visit) error
}

// table lists every route of our own, in the order of the documentation.
func (s *site) table() []route {
	const get, post = http.MethodGet, http.MethodPost
	list := []route{
		{get, "/{$}", forPeople, auth.Viewer, "", s.servicesPage},
		{get, "/services/{name}", forPeople, auth.Viewer, "", s.servicePage},
		{get, "/incidents", forPeople, auth.Viewer, "", s.incidentsPage},
		{get, "/incidents/{id}", forPeople, auth.Viewer, "", s.incidentPage},
		{post, "/incidents/{id}/acknowledge", forPeople, auth.Operator, "incident.acknowledge", s.acknowledgeForm},
		{post, "/incidents/{id}/comment", forPeople, auth.Operator, "incident.comment", s.commentForm},
		{get, "/agents", forPeople, auth.Viewer, "", s.agentsPage},
		{get, "/capacity", forPeople, auth.Viewer, "", s.capacityPage},
		{get, "/login", forPeople, auth.Nobody, "", s.loginPage},
		{post, "/login", forPeople, auth.Nobody, "session.open", s.login},
		{post, "/logout", forPeople, auth.Nobody, "session.close", s.logout},
		{get, "/static/{file}", forPeople, auth.Nobody, "", s.static},

		{get, "/api/v1/status", forMachines, auth.Viewer, "", s.statusAPI},
		{get, "/api/v1/services", forMachines, auth.Viewer, "", s.servicesAPI},
		{get, "/api/v1/services/{name}", forMachines, auth.Viewer, "", s.serviceAPI},
		{get, "/api/v1/objectives", forMachines, auth.Viewer, "", s.objectivesAPI},
		{get, "/api/v1/incidents", forMachines, auth.Viewer, "", s.incidentsAPI},
		{get, "/api/v1/incidents/{id}", forMachines, auth.Viewer, "", s.incidentAPI},
		{post, "/api/v1/incidents/{id}/acknowledge", forMachines, auth.Operator, "incident.acknowledge", s.acknowledgeAPI},
		{post, "/api/v1/incidents/{id}/comment", forMachines, auth.Operator, "incident.comment", s.commentAPI},
		{get, "/api/v1/agents", forMachines, auth.Viewer, "", s.agentsAPI},
		{get, "/api/v1/capacity", forMachines, auth.Viewer, "", s.capacityAPI},

		{get, "/-/healthy", forMachines, auth.Nobody, "", s.healthy},
		{get, "/-/ready", forMachines, auth.Nobody, "", s.ready},
		{post, "/-/reload", forMachines, auth.Operator, "catalogue.reload", s.reload},
	}
	if s.Explain != nil {
		list = append(list,
			route{get, "/services/{name}/explain", forPeople, auth.Viewer, "", s.explainPage},
			route{get, "/api/v1/services/{name}/explain", forMachines, auth.Viewer, "", s.explainAPI})
	}
	if s.Evidence != nil {
		list = append(list, s.evidenceRoutes()...)
	}
	if s.Exclusions != nil {
		list = append(list, s.exclusionRoutes()...)
	}
	if s.Problems != nil {
		list = append(list, s.problemRoutes()...)
	}
	if s.ServiceRequests != nil {
		list = append(list, s.serviceRequestRoutes()...)
	}
	if s.Continuity != nil {
		list = append(list, s.continuityRoutes()...)
	}
	if s.Changes != nil {
		list = append(list, s.changeRoutes()...)
	}
	if s.Registers != nil {
		list = append(list, s.registerRoutes()...)
	}
	list = append(list, s.workRoutes()...)
	if s.Sendings != nil {
		list = append(list, s.sendingRoutes()...)
	}
	if s.Surveys != nil {
		list = append(list, s.surveyRoutes()...)
	}
	if s.Metrics != nil {
		list = append(list, route{get, "/metrics", forMachines, auth.Viewer, "", func(v *visit) error {
			s.Metrics.ServeHTTP(v.w, v.r)
			return nil
		}})
	}
	return list
}

// handler puts the routes and the mounts behind one mux.
func (s *site) handler() (http.Handler, error) {
	s.routes = s.table()
	byPath := map[string][]route{}
	var paths []string
	for _, r := range s.routes {
		if byPath[r.path] == nil {
			paths = append(paths, r.path)
		}
		byPath[r.path] = append(byPath[r.path], r)
	}
	mux := http.NewServeMux()
	for _, p := range paths {
		mux.Handle(p, s.atPath(byPath[p]))
	}
	for _, m := range s.Mounts {
		if byPath[m.Path] != nil || m.Path == "/api/" {
			return nil, fmt.Errorf("building the pages: the mount %q is a path of the pages", m.Path)
		}
		mux.Handle(m.Path, s.mounted(m))
	}
	mux.Handle("/api/", s.missing(forMachines))
	mux.Handle("/", s.missing(forPeople))
	return s.secured(s.plainPath(mux)), nil
}

// plainPath refuses a path with an encoded slash. The mux sees one segment
// there and the handler behind it two, so that they would not speak of the
// same path; no address of ours needs one.
func (s *site) plainPath(next http.Handler) http.Handler {
	refused := route{face: forMachines, role: auth.Nobody, serve: func(*visit) error {
		return refuse(http.StatusBadRequest, "bad_path", "the path of this address has an encoded slash, %2F")
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
			s.visit(w, r, refused)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// atPath serves the methods of one path.
func (s *site) atPath(rs []route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		i := slices.IndexFunc(rs, func(x route) bool { return x.method == method })
		if i >= 0 {
			s.visit(w, r, rs[i])
			return
		}
		var allow []string
		for _, x := range rs {
			allow = append(allow, x.method)
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		other := rs[0]
		other.serve = func(*visit) error {
			return refuse(http.StatusMethodNotAllowed, "method_not_allowed", "this address takes "+strings.Join(allow, ", "))
		}
		other.action = "" // nothing is written, whatever the method
		s.visit(w, r, other)
	})
}

// missing answers for every path that nothing has.
func (s *site) missing(f face) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visit(w, r, route{face: f, role: auth.Viewer, serve: func(*visit) error {
			return refuse(http.StatusNotFound, "not_found", "there is nothing at this address")
		}})
	})
}

// actorKey is under which a mount's request knows who made it.
type actorKey struct{}

// ActorOf is the name of whoever made a request that a mount serves.
func ActorOf(r *http.Request) string {
	name, _ := r.Context().Value(actorKey{}).(string)
	return name
}

// mounted serves another handler to those with its role.
func (s *site) mounted(m Mount) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.TokenScheme {
			r = asBearer(r)
		}
		role := m.Role
		if m.Write != auth.Nobody && !safe(r.Method) {
			role = m.Write
		}
		rt := route{method: r.Method, path: m.Path, face: forMachines, role: role, serve: func(v *visit) error {
			serve := func() error {
				m.Handler.ServeHTTP(v.w, v.r.WithContext(context.WithValue(v.r.Context(), actorKey{}, v.actor.Name)))
				return nil
			}
			if m.Action != "" && !safe(r.Method) {
				if err := v.name(m.Object); err != nil {
					return s.write(v, func() error { return err })
				}
				return s.write(v, serve)
			}
			if m.Often != "" && !safe(r.Method) && s.often.first(v.actor.Name, m.Often, v.at) {
				if err := s.recordAs(v, v.actor.Name, m.Often, v.object(), Allowed, "the first of an hour"); err != nil {
					return err
				}
			}
			return serve()
		}}
		if !safe(r.Method) {
			rt.action = m.Action
		}
		s.visit(w, r, rt)
	})
}

// name keeps what a mount's write is about, which its body tells. The body is
// there for the handler once more.
func (v *visit) name(object func(body []byte) string) error {
	if object == nil {
		return nil
	}
	b, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxBody))
	if err != nil {
		return badBody(err)
	}
	v.r.Body = io.NopCloser(bytes.NewReader(b))
	v.about = clean(object(b), maxName)
	return nil
}

// asBearer is a request whose Authorization, where it has the scheme Token,
// has the scheme Bearer.
func asBearer(r *http.Request) *http.Request {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "token") {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
