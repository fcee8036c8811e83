package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// pendingShown bounds the requests on a service's page.
const pendingShown = 10

func exclusionPath(id string) string { return "/exclusions/" + url.PathEscape(id) }

// exclusionsView is the list of requests.
type exclusionsView struct {
	State      string
	States     []slo.ExclusionState
	Requests   []requestRow
	Back, Next string
}

// requestRow is a request in a list.
type requestRow struct {
	*slo.ExclusionRequest
	Period, Words, Standing string
	Waits                   bool
}

// requestRow puts a request into words.
func (w words) requestRow(r *slo.ExclusionRequest, zone *time.Location) requestRow {
	return requestRow{r, w.period(r.Interval, zone), w.t("exclusion." + r.Cause.String()), w.t("exclusion.state." + string(r.State())), r.State() == slo.ExclusionPending}
}

func (w words) requestRows(list []slo.ExclusionRequest, zone *time.Location) []requestRow {
	var out []requestRow
	for i := range list {
		out = append(out, w.requestRow(&list[i], zone))
	}
	return out
}

func (s *site) exclusionsPage(v *visit) error {
	q := v.r.URL.Query()
	f, err := exclusionFilter(q.Get("state"), q.Get("agreement"), q.Get("offset"), "")
	if err != nil {
		return err
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.Exclusions.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	page := exclusionsView{State: string(f.State), States: slo.ExclusionStates(), Requests: v.views.requestRows(list[:min(len(list), maxPage)], s.Zone())}
	page.Back, page.Next = pager(q, "/exclusions", f.Offset, f.Offset+len(list))
	return s.render(v, http.StatusOK, "exclusions", v.views.t("exclusion.title"), page, true)
}

// exclusionView is the page of one request.
type exclusionView struct {
	requestRow
	Effects   []effectRow
	Omitted   int
	Decisions []slo.ExclusionDecision
	Acts      []slo.ExclusionAct // that the visitor may do
	Own       bool               // an approver may decide on it, were it not his own
	CSRF      string
	Problem   string // what was wrong with a decision
	Comment   string // of a decision to be mended
	MaxText   int
	Zone      *time.Location
}

func (v exclusionView) zone() *time.Location { return v.Zone }

// effectRow is what an exclusion does to one figure, in words.
type effectRow struct {
	Name, Period                string
	Before, After               string // availability
	BeforeVerdict, AfterVerdict string
	BeforeCredit, AfterCredit   string // "" where none is earned or settled
	BeforeDown, AfterDown       string
	BeforeClass, AfterClass     string
}

func (s *site) exclusionPage(v *visit) error { return s.showExclusion(v, http.StatusOK, "", "") }

// showExclusion shows a request, with a decision that was not taken.
func (s *site) showExclusion(v *visit, status int, problem, comment string) error {
	r, err := s.exclusion(v)
	if err != nil {
		return err
	}
	page := exclusionView{requestRow: v.views.requestRow(&r, s.Zone()), Decisions: r.Decisions, Zone: s.Zone(), Problem: problem, Comment: comment, MaxText: slo.MaxExclusionComment}
	var effects []slo.ExclusionEffect
	effects, page.Omitted = s.effects(&r, v.at)
	for i := range effects {
		page.Effects = append(page.Effects, v.views.effectRow(&effects[i], page.Zone))
	}
	page.Acts, page.Own = actsOf(&r, v.actor)
	if len(page.Acts) > 0 {
		page.CSRF = s.csrf(v)
	}
	return s.render(v, status, "exclusion", v.views.t("exclusion.of", r.ID), page, false)
}

// actsOf lists what an actor may do about a request. own is true where it is his
// own request that keeps an approver from deciding.
func actsOf(r *slo.ExclusionRequest, a auth.Actor) (acts []slo.ExclusionAct, own bool) {
	mine := a.Name == r.RequestedBy
	switch r.State() {
	case slo.ExclusionPending:
		if a.May(auth.Approver) && !mine {
			acts = append(acts, slo.ApproveExclusion, slo.RejectExclusion)
		}
		if a.May(auth.Operator) && mine {
			acts = append(acts, slo.WithdrawExclusion)
		}
		own = a.May(auth.Approver) && mine
	case slo.ExclusionApproved:
		if a.May(auth.Approver) {
			acts = append(acts, slo.RevokeExclusion)
		}
	}
	return acts, own
}

// effectRow puts what an exclusion does to one figure into words.
func (w words) effectRow(e *slo.ExclusionEffect, zone *time.Location) effectRow {
	row := effectRow{Name: e.Agreement + " / " + e.Objective, Period: w.period(e.Window, zone)}
	say := func(f slo.ExclusionFigure) (figure, verdict, class, credit, down string) {
		figure, verdict, class = w.t("no_figure"), w.t("verdict.insufficient"), verdictClass(slo.Insufficient)
		if f.Availability != nil {
			figure = f.Availability.String() + " %"
		}
		if f.Met != nil && *f.Met {
			verdict, class = w.t("verdict.met"), verdictClass(slo.Met)
		} else if f.Met != nil {
			verdict, class = w.t("verdict.missed"), verdictClass(slo.Missed)
		}
		if f.CreditPercent != nil {
			credit = f.CreditPercent.String() + " %"
		}
		return figure, verdict, class, credit, w.dur(time.Duration(f.DownMS) * time.Millisecond)
	}
	row.Before, row.BeforeVerdict, row.BeforeClass, row.BeforeCredit, row.BeforeDown = say(e.Before)
	row.After, row.AfterVerdict, row.AfterClass, row.AfterCredit, row.AfterDown = say(e.After)
	return row
}

func (s *site) decideForm(v *visit, act slo.ExclusionAct) error {
	if err := v.readForm(); err != nil {
		return err
	}
	comment := v.r.PostForm.Get("comment")
	if _, err := s.decideExclusion(v, act, comment); err != nil {
		if r, expected := asRefusal(err); expected && r.status != http.StatusNotFound {
			return s.showExclusion(v, r.status, r.code, comment)
		}
		return err
	}
	http.Redirect(v.w, v.r, exclusionPath(v.r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// readForm reads the form of a bearer token, which nobody read yet.
func (v *visit) readForm() error {
	if v.r.PostForm == nil {
		if err := v.parseForm(); err != nil {
			return badForm(err)
		}
	}
	return nil
}

// requestsOf lists the newest requests about a service. Without them its page
// has its figures all the same.
func (s *site) requestsOf(v *visit, st *slo.ServiceStatus, zone *time.Location) []requestRow {
	names := agreementsOf(st)
	if s.Exclusions == nil || len(names) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.Exclusions.List(ctx, ExclusionFilter{Agreements: names[:min(len(names), maxPage)], Limit: pendingShown})
	if err != nil {
		s.Log.Error("reading the requests for exclusions failed", "service", st.Service.Name, "error", err)
		return nil
	}
	return v.views.requestRows(list, zone)
}

// waiting counts the requests that the visitor may decide on, up to a page.
func (s *site) waiting(v *visit) int {
	if s.Exclusions == nil || !v.actor.May(auth.Approver) {
		return 0
	}
	list, err := s.Exclusions.List(v.r.Context(), ExclusionFilter{State: slo.ExclusionPending, Limit: maxPage})
	if err != nil {
		s.Log.Error("counting the requests for exclusions failed", "error", err)
	}
	n := 0
	for i := range list {
		if list[i].RequestedBy != v.actor.Name {
			n++
		}
	}
	return n
}
