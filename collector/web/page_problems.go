package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

func problemPath(id string) string { return "/problems/" + url.PathEscape(id) }

// problemsView is the list of problems.
type problemsView struct {
	State, Service string
	States         []string
	Problems       []problemRow
	Back, Next     string
	Rule           slo.ProblemRule
	MayWrite       bool
	CSRF           string
	Services       []string
}

// problemRow is a problem in a list.
type problemRow struct {
	*slo.Problem
	Recurrence slo.Recurrence
	Last       slo.Instant // when its newest incident began; 0 without any
}

func (s *site) problemsPage(v *visit) error {
	q := v.r.URL.Query()
	f, err := problemFilter(q.Get("state"), q.Get("service"), q.Get("offset"), "")
	if err != nil {
		return err
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.Problems.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	page := problemsView{State: f.State, Service: f.Service, States: []string{ActiveProblem}, Rule: s.Problems.Rule(), MayWrite: v.actor.May(auth.Operator)}
	for _, state := range slo.ProblemStates() {
		page.States = append(page.States, string(state))
	}
	for i := range list[:min(len(list), maxPage)] {
		page.Problems = append(page.Problems, problemRowOf(&list[i], page.Rule, v.at))
	}
	page.Back, page.Next = pager(q, "/problems", f.Offset, f.Offset+len(list))
	if page.MayWrite {
		page.CSRF = s.csrf(v)
		for _, st := range s.Figures.Services(v.at) {
			page.Services = append(page.Services, st.Service.Name)
		}
	}
	return s.render(v, http.StatusOK, "problems", v.views.t("problem.all"), page, true)
}

func problemRowOf(p *slo.Problem, rule slo.ProblemRule, at slo.Instant) problemRow {
	row := problemRow{Problem: p, Recurrence: p.Recurrence(rule.Within, at)}
	if n := len(p.Incidents); n > 0 {
		row.Last = p.Incidents[n-1].Began
	}
	return row
}

// problemView is the page of one problem.
type problemView struct {
	problemRow
	Newest     []slo.ProblemIncident // the latest first
	More       int                   // incidents left out
	Timeline   []problemEventView    // the latest first
	Linked     []link                // the changes; Href is "" of those that are kept elsewhere
	Why        string                // what it was proposed for; "" where people opened it
	RateBefore string                // incidents in 30 days, over the equal time
	RateAfter  string
	Steps      map[string]bool // the acts that its state allows
	MayWrite   bool
	CSRF       string
	MaxText    int
	Now        slo.Instant
}

// problemEventView is one line of the timeline.
type problemEventView struct {
	slo.ProblemEvent
	Undone   bool
	Undoable bool
}

// problemIncidentsShown bounds the incidents on the page of a problem.
const problemIncidentsShown = 50

func (s *site) problemPage(v *visit) error {
	p, err := s.problem(v)
	if err != nil {
		return err
	}
	page := problemView{MayWrite: v.actor.May(auth.Operator), MaxText: slo.MaxProblemText, Now: v.at, Steps: map[string]bool{}}
	page.problemRow = problemRowOf(&p, s.Problems.Rule(), v.at)
	undone := p.Undone()
	for _, e := range slices.Backward(p.Events) {
		page.Timeline = append(page.Timeline, problemEventView{e, undone[e.N], p.Undoable(e.N)})
		if e.Act == slo.ProposeProblem {
			page.Why = e.Value
		}
	}
	page.Newest = slices.Clone(p.Incidents)
	slices.Reverse(page.Newest)
	if n := len(page.Newest) - problemIncidentsShown; n > 0 {
		page.Newest, page.More = page.Newest[:problemIncidentsShown], n
	}
	page.RateBefore = hundredths(page.Recurrence.Per30Days(page.Recurrence.SpanBefore))
	page.RateAfter = hundredths(page.Recurrence.Per30Days(page.Recurrence.SpanAfter))
	for _, a := range slo.ProblemActs() {
		page.Steps[string(a)] = p.May(a)
	}
	page.Linked = s.changesLinked(v, p.Changes)
	if page.MayWrite {
		page.CSRF = s.csrf(v)
	}
	return s.render(v, http.StatusOK, "problem", v.views.t("problem.of", p.Title), page, true)
}

// changesLinked are changes by their ID, each with its address where it is on
// record here.
func (s *site) changesLinked(v *visit, ids []string) (out []link) {
	for _, id := range ids {
		l := link{Text: id}
		if s.Changes != nil {
			if _, err := s.Changes.Get(v.r.Context(), id); err == nil {
				l.Href = changePath(id)
			}
		}
		out = append(out, l)
	}
	return out
}

// hundredths is a number of hundredths as a decimal.
func hundredths(n int64) string {
	return strconv.FormatInt(n/100, 10) + "." + strconv.FormatInt(n/10%10, 10) + strconv.FormatInt(n%10, 10)
}

func (s *site) problemForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	p, _, err := s.openProblem(v, v.r.PostForm.Get)
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, problemPath(p.ID), http.StatusSeeOther)
	return nil
}

func (s *site) problemWorkForm(v *visit, w problemWork) error {
	if err := v.readForm(); err != nil {
		return err
	}
	if err := s.workOnProblem(v, w, v.r.PostForm.Get); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, problemPath(v.r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// incidentProblem is a problem on the page of an incident.
type incidentProblem struct {
	*slo.Problem
	Same bool // the incident is not its own, and fails the same way
}

// problemsOf lists the problems of an incident, and whether people may open one
// from it. Without them its page has the rest all the same.
func (s *site) problemsOf(v *visit, i *slo.Incident) (out []incidentProblem, open bool) {
	if s.Problems == nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.Problems.Of(ctx, i)
	if err != nil {
		s.Log.Error("reading the problems of an incident failed", "incident", i.ID, "error", err)
		return nil, false
	}
	own := false
	for n := range list {
		p := &list[n]
		out = append(out, incidentProblem{p, !p.Has(i.ID) && i.Work.Parent == ""})
		own = own || p.Has(i.ID)
	}
	return out, !own && i.Work.Parent == ""
}
