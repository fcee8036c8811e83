package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

// problemWork is one thing that people do to a problem. Its fields are texts, of
// a form or of a JSON object; each takes version as well.
type problemWork struct {
	path   string // last part of its address
	act    slo.ProblemAct
	fields []string
	event  func(get func(string) string) slo.ProblemEvent // Text, Value and the like
}

// problemWorks lists what people do to problems beside opening them.
func problemWorks() []problemWork {
	text := func(get func(string) string) slo.ProblemEvent { return slo.ProblemEvent{Text: get("text")} }
	value := func(field string) func(get func(string) string) slo.ProblemEvent {
		return func(get func(string) string) slo.ProblemEvent {
			return slo.ProblemEvent{Value: get(field), Text: get("text")}
		}
	}
	return []problemWork{
		{"accept", slo.OpenProblem, []string{"title", "text"}, value("title")},
		{"reject", slo.RejectProblem, []string{"text"}, text},
		{"root-cause", slo.SetRootCause, []string{"text"}, text},
		{"workaround", slo.SetWorkaround, []string{"text"}, text},
		{"known-error", slo.NameKnownError, []string{"text"}, text},
		{"fix", slo.FixProblem, []string{"at", "change", "text"}, value("change")},
		{"close", slo.CloseProblem, []string{"text"}, text},
		{"reopen", slo.ReopenProblem, []string{"text"}, text},
		{"assign", slo.AssignProblem, []string{"to"}, value("to")},
		{"retitle", slo.RetitleProblem, []string{"title"}, value("title")},
		{"comment", slo.CommentProblem, []string{"text"}, text},
		{"link-incident", slo.LinkIncident, []string{"incident"}, func(get func(string) string) slo.ProblemEvent {
			return slo.ProblemEvent{Joined: []slo.ProblemIncident{{ID: clean(get("incident"), maxName)}}}
		}},
		{"unlink-incident", slo.UnlinkIncident, []string{"incident", "text"}, func(get func(string) string) slo.ProblemEvent {
			return slo.ProblemEvent{Left: []string{clean(get("incident"), maxName)}, Text: get("text")}
		}},
		{"link-change", slo.LinkChange, []string{"change"}, value("change")},
		{"unlink-change", slo.UnlinkChange, []string{"change"}, value("change")},
		{"events/{n}/undo", slo.UndoProblem, []string{"text"}, text},
	}
}

// openProblem opens a problem of the visitor's.
func (s *site) openProblem(v *visit, get func(string) string) (got slo.Problem, fresh bool, err error) {
	for _, name := range problemFields {
		if !utf8.ValidString(get(name)) {
			return got, false, badRequest(name + ": not UTF-8")
		}
	}
	n := NewProblem{
		Incident: clean(get("incident"), maxName), Service: clean(get("service"), maxName),
		Title: clean(get("title"), maxBody), Text: cleanLines(get("text"), maxBody),
	}
	v.about = n.Incident
	if n.Incident == "" {
		v.about = n.Service
	}
	err = s.write(v, func() error {
		got, fresh, err = s.Problems.Open(context.WithoutCancel(v.r.Context()), n, slo.ProblemEvent{At: v.at, Actor: v.actor.Name})
		return err
	})
	return got, fresh, err
}

// problemFields are those of a new problem.
var problemFields = []string{"incident", "service", "title", "text"}

// workOnProblem does one thing to the problem of the path. What is so already is
// no error.
func (s *site) workOnProblem(v *visit, w problemWork, get func(string) string) error {
	p, err := s.problem(v)
	if err != nil {
		return err
	}
	for _, name := range w.fields {
		if !utf8.ValidString(get(name)) {
			return badRequest(name + ": not UTF-8")
		}
	}
	e := w.event(get)
	e.At, e.Act, e.Actor = v.at, w.act, v.actor.Name
	e.Value, e.Text = clean(e.Value, maxBody), cleanLines(e.Text, maxBody) // what is too long is refused, never cut
	if n := v.r.PathValue("n"); n != "" {
		if e.Undoes, err = strconv.Atoi(n); err != nil {
			return badRequest("the number of an event is a number")
		}
	}
	if w.act == slo.FixProblem {
		if e.When = v.at; get("at") != "" {
			if e.When, err = slo.ParseInstant(get("at")); err != nil {
				return badRequest("at: " + err.Error())
			}
		}
	}
	version, err := number("version", get("version"), 0, 0, slo.MaxProblemEvents)
	if err != nil {
		return err
	}
	return s.write(v, func() error {
		_, err := s.Problems.Act(context.WithoutCancel(v.r.Context()), p.ID, version, e)
		if err == slo.ProblemAlreadySo {
			return nil
		}
		return err
	})
}

// problem reads the problem that the path names.
func (s *site) problem(v *visit) (slo.Problem, error) {
	id := v.r.PathValue("id")
	if id == "" || len(id) > 2*maxName || clean(id, 2*maxName) != id {
		return slo.Problem{}, ErrNoProblem
	}
	return s.Problems.Get(v.r.Context(), id)
}

// problemRefusals say what is told of each refusal.
var problemRefusals = map[slo.ProblemRefusal]struct {
	status  int
	message string
}{
	slo.ProblemAlreadySo:    {http.StatusConflict, "it is so already"},
	slo.ProblemBadText:      {http.StatusBadRequest, "a text or a name is missing, or longer than is kept: 4000 bytes of a text, 200 of a name"},
	slo.ProblemBadInstant:   {http.StatusBadRequest, "at: a fix is in force already, so this lies not ahead"},
	slo.ProblemFull:         {http.StatusConflict, "the problem holds no more"},
	slo.ProblemNoSuchAct:    {http.StatusBadRequest, "there is no such act"},
	slo.ProblemNoSuchEvent:  {http.StatusConflict, "the problem has no such event"},
	slo.ProblemNotUndoable:  {http.StatusConflict, "this cannot be undone: it happened by itself, or later steps stand on it"},
	slo.ProblemWrongState:   {http.StatusConflict, "the state of the problem does not allow it"},
	slo.ProblemNothingKnown: {http.StatusConflict, "a known error wants a root cause or a workaround first, and a fix a root cause"},
	slo.ProblemChanged:      {http.StatusConflict, "somebody did something to the problem since version was read; read it again"},
	slo.ProblemNoIncident:   {http.StatusBadRequest, "incident: there is no such incident"},
	slo.ProblemElsewhere:    {http.StatusConflict, "incident: another problem has it"},
	slo.ProblemTooMany:      {http.StatusConflict, "as many problems need somebody as the collector keeps"},
	slo.ProblemNoService:    {http.StatusBadRequest, "service: the catalogue has no such service"},
}

func problemRefusal(r slo.ProblemRefusal) *refusal {
	told := problemRefusals[r]
	return &refusal{status: told.status, code: string(r), message: told.message}
}

// problemFilter reads what chooses problems, for the page and the API.
func problemFilter(state, service, offset, limit string) (ProblemFilter, error) {
	f := ProblemFilter{State: state, Service: service}
	if state != "" && state != ActiveProblem && !slices.Contains(slo.ProblemStates(), slo.ProblemState(state)) {
		return f, badRequest(fmt.Sprintf("state: it is %s or one of %v", ActiveProblem, slo.ProblemStates()))
	}
	if len(service) > maxName || clean(service, maxName) != service {
		return f, badRequest("service: no name of a service")
	}
	var err error
	if f.Offset, err = offsetOf(offset); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", limit, defaultLimit, 1, maxLimit)
	return f, err
}
