package web

import (
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// work is one thing that people do to an incident. Its fields are texts, of a
// form or of a JSON object.
type work struct {
	path   string // last part of its address
	kind   slo.EventKind
	fields []string
	event  func(get func(string) string) slo.IncidentEvent // Value and Text
}

// works lists what people do, beside acknowledging and commenting.
func works() []work {
	text := func(get func(string) string) slo.IncidentEvent { return slo.IncidentEvent{Text: get("text")} }
	link := func(get func(string) string) slo.IncidentEvent {
		return slo.IncidentEvent{Value: get("kind") + ":" + get("id")}
	}
	return []work{
		{"assign", slo.EventAssigned, []string{"to"}, func(get func(string) string) slo.IncidentEvent {
			return slo.IncidentEvent{Value: get("to")}
		}},
		{"respond", slo.EventResponded, []string{"text"}, text},
		{"resolve", slo.EventResolved, []string{"code", "cause"}, func(get func(string) string) slo.IncidentEvent {
			return slo.IncidentEvent{Value: get("code"), Text: get("cause")}
		}},
		{"close", slo.EventClosed, []string{"text"}, text},
		{"reopen", slo.EventReopened, []string{"text"}, text},
		{"merge", slo.EventMerged, []string{"into", "text"}, func(get func(string) string) slo.IncidentEvent {
			return slo.IncidentEvent{Value: get("into"), Text: get("text")}
		}},
		{"split", slo.EventSplit, []string{"text"}, text},
		{"link", slo.EventLinked, []string{"kind", "id"}, link},
		{"unlink", slo.EventUnlinked, []string{"kind", "id"}, link},
		{"pause", slo.EventPaused, []string{"text"}, text},
		{"continue", slo.EventContinued, []string{"text"}, text},
		{"prioritise", slo.EventPrioritised, []string{"priority"}, func(get func(string) string) slo.IncidentEvent {
			return slo.IncidentEvent{Value: get("priority")}
		}},
		{"declare-major", slo.EventMajor, []string{"owner", "text"}, func(get func(string) string) slo.IncidentEvent {
			return slo.IncidentEvent{Value: get("owner"), Text: get("text")}
		}},
		{"retract-major", slo.EventNotMajor, []string{"text"}, text},
		{"review", slo.EventReviewed, []string{"text"}, text},
		{"events/{n}/undo", slo.EventUndone, []string{"text"}, text},
	}
}

// workRoutes are the addresses of works, for people and for machines.
func (s *site) workRoutes() []route {
	var out []route
	for _, w := range works() {
		action := "incident." + w.path
		if w.kind == slo.EventUndone {
			action = "incident.undo"
		}
		out = append(out,
			route{http.MethodPost, "/incidents/{id}/" + w.path, forPeople, auth.Operator, action, func(v *visit) error { return s.workForm(v, w) }},
			route{http.MethodPost, "/api/v1/incidents/{id}/" + w.path, forMachines, auth.Operator, action, func(v *visit) error { return s.workAPI(v, w) }})
	}
	return out
}

func (s *site) workForm(v *visit, w work) error {
	if v.r.PostForm == nil { // a bearer token's form was not read yet
		if err := v.r.ParseForm(); err != nil {
			return badForm(err)
		}
	}
	if err := s.work(v, w, v.r.PostForm.Get); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, incidentPath(v.r.PathValue("id")), http.StatusSeeOther)
	return nil
}

func (s *site) workAPI(v *visit, w work) error {
	get, err := readTexts(v, w.fields)
	if err != nil {
		return err
	}
	if err := s.work(v, w, get); err != nil {
		return err
	}
	return s.answerIncident(v)
}

// work does one thing to the incident of the path.
func (s *site) work(v *visit, w work, get func(string) string) error {
	i, err := s.incident(v)
	if err != nil {
		return err
	}
	for _, name := range w.fields {
		if !utf8.ValidString(get(name)) {
			return badRequest(name + ": not UTF-8")
		}
	}
	e := w.event(get)
	e.At, e.Kind, e.Actor = v.at, w.kind, v.actor.Name
	e.Value, e.Text = clean(e.Value, maxBody), cleanLines(e.Text, maxBody) // what is too long is refused, never cut
	if n := v.r.PathValue("n"); n != "" {
		if e.Undoes, err = strconv.Atoi(n); err != nil {
			return badRequest("the number of an event is a number")
		}
	}
	return s.write(v, func() error { return s.Incidents.Act(v.r.Context(), i.ID, e) })
}

// IncidentRefused is what Incidents return for what cannot be done to an
// incident as it is.
type IncidentRefused struct {
	Reason string // stable, for machines
	Why    string
	Bad    bool // whatever the incident's state: what was sent is wrong
}

// Error says why.
func (e *IncidentRefused) Error() string { return e.Why }

func (e *IncidentRefused) refusal() *refusal {
	status := http.StatusConflict
	if e.Bad {
		status = http.StatusBadRequest
	}
	return &refusal{status: status, code: e.Reason, message: clean(e.Why, maxComment)}
}
