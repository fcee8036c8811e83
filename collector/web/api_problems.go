package web

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// problemRoutes are those of the problems.
func (s *site) problemRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	list := []route{
		{get, "/problems", forPeople, auth.Viewer, "", s.problemsPage},
		{post, "/problems", forPeople, auth.Operator, "problem.open", s.problemForm},
		{get, "/problems/{id}", forPeople, auth.Viewer, "", s.problemPage},
		{get, "/api/v1/problems", forMachines, auth.Viewer, "", s.problemsAPI},
		{post, "/api/v1/problems", forMachines, auth.Operator, "problem.open", s.openProblemAPI},
		{get, "/api/v1/problems/{id}", forMachines, auth.Viewer, "", s.problemAPI},
	}
	for _, w := range problemWorks() {
		action := "problem." + w.path
		if w.act == slo.UndoProblem {
			action = "problem.undo"
		}
		list = append(list,
			route{post, "/problems/{id}/" + w.path, forPeople, auth.Operator, action, func(v *visit) error { return s.problemWorkForm(v, w) }},
			route{post, "/api/v1/problems/{id}/" + w.path, forMachines, auth.Operator, action, func(v *visit) error { return s.problemWorkAPI(v, w) }})
	}
	return list
}

type problemsJSON struct {
	At       slo.Instant   `json:"at"`
	Problems []problemJSON `json:"problems"`
	Next     *int          `json:"next_offset"`
}

type problemJSON struct {
	ID         string                `json:"id"`
	Version    int                   `json:"version"`
	Title      string                `json:"title"`
	State      slo.ProblemState      `json:"state"`
	Service    string                `json:"service"`
	Mode       slo.FailureMode       `json:"failure_mode"`
	Owner      string                `json:"owner"`
	RootCause  string                `json:"root_cause"`
	Workaround string                `json:"workaround"`
	FixedAt    *slo.Instant          `json:"fixed_at"`
	FixChange  string                `json:"fix_change"`
	Incidents  []slo.ProblemIncident `json:"incidents"`
	Changes    []string              `json:"changes"`
	Recurrence recurrenceJSON        `json:"recurrence"`
	Events     []slo.ProblemEvent    `json:"events"`
}

type recurrenceJSON struct {
	Verdict    slo.FixVerdict `json:"verdict"`
	Before     int            `json:"before"`
	After      int            `json:"after"`
	SpanMS     int64          `json:"span_ms"`
	SpanBefore int            `json:"span_before"`
	SpanAfter  int            `json:"span_after"`
}

func (s *site) problemOf(p *slo.Problem, at slo.Instant) problemJSON {
	r := p.Recurrence(s.Problems.Rule().Within, at)
	return problemJSON{
		ID: p.ID, Version: p.Version(), Title: p.Title, State: p.State, Service: p.Service, Mode: p.Mode, Owner: p.Owner, RootCause: p.RootCause, Workaround: p.Workaround,
		FixedAt: known(p.Fixed), FixChange: p.FixChange, Incidents: append([]slo.ProblemIncident{}, p.Incidents...), Changes: append([]string{}, p.Changes...),
		Recurrence: recurrenceJSON{r.Verdict, r.Before, r.After, r.Span.Milliseconds(), r.SpanBefore, r.SpanAfter},
		Events:     append([]slo.ProblemEvent{}, p.Events...),
	}
}

func (s *site) problemsAPI(v *visit) error {
	q, err := query(v.r, "state", "service", "offset", "limit")
	if err != nil {
		return err
	}
	f, err := problemFilter(q.Get("state"), q.Get("service"), q.Get("offset"), q.Get("limit"))
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.Problems.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := problemsJSON{At: v.at, Problems: []problemJSON{}}
	if len(list) > limit {
		next := f.Offset + limit
		list, out.Next = list[:limit], &next
	}
	for i := range list {
		out.Problems = append(out.Problems, s.problemOf(&list[i], v.at))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) problemAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	return s.answerProblem(v)
}

func (s *site) answerProblem(v *visit) error {
	p, err := s.problem(v)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, s.problemOf(&p, v.at))
	return nil
}

func (s *site) openProblemAPI(v *visit) error {
	get, err := readTexts(v, problemFields)
	if err != nil {
		return err
	}
	p, fresh, err := s.openProblem(v, get)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	v.w.Header().Set("Location", "/api/v1"+problemPath(p.ID))
	writeJSON(v.w, status, s.problemOf(&p, v.at))
	return nil
}

func (s *site) problemWorkAPI(v *visit, w problemWork) error {
	get, err := readTexts(v, append(slices.Clip(w.fields), "version"))
	if err != nil {
		return err
	}
	if err := s.workOnProblem(v, w, get); err != nil {
		return err
	}
	return s.answerProblem(v)
}

// readTexts reads a JSON object of texts, of which the names are given.
func readTexts(v *visit, fields []string) (get func(string) string, err error) {
	var in map[string]string
	if err := ReadBody(v.r, &in); err != nil {
		return nil, err
	}
	for name := range in {
		if !slices.Contains(fields, name) {
			return nil, badRequest(fmt.Sprintf("the body: unknown field %.40q; it has %v", name, fields))
		}
	}
	return func(name string) string { return in[name] }, nil
}
