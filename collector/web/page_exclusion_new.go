package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// newExclusionView is the form of a request.
type newExclusionView struct {
	Service    string
	Agreements []agreementChoice
	From, To   string // RFC 3339, as it was typed
	Cause      string
	Causes     []string
	Reason     string
	Problem    string // what was wrong with it
	CSRF       string
	MaxReason  int
}

type agreementChoice struct {
	Name   string
	Chosen bool
}

func (s *site) newExclusionPage(v *visit) error {
	q := v.r.URL.Query()
	page := newExclusionView{Service: clean(q.Get("service"), maxName), From: clean(q.Get("from"), 40), To: clean(q.Get("to"), 40), Cause: slo.LateMaintenance.String()}
	return s.showNewExclusion(v, http.StatusOK, page, func(string) bool { return true })
}

// showNewExclusion shows the form for a service's agreements.
func (s *site) showNewExclusion(v *visit, status int, page newExclusionView, chosen func(agreement string) bool) error {
	st, ok := s.Figures.Service(page.Service, v.at)
	if !ok {
		return refuse(http.StatusNotFound, "not_found", "there is no such service")
	}
	for _, name := range agreementsOf(&st) {
		page.Agreements = append(page.Agreements, agreementChoice{name, chosen(name)})
	}
	for c := slo.LateMaintenance; c <= slo.CausedByCustomer; c++ {
		page.Causes = append(page.Causes, c.String())
	}
	page.CSRF, page.MaxReason = s.csrf(v), slo.MaxExclusionReason
	return s.render(v, status, "exclusion-new", v.views.t("exclusion.new"), page, false)
}

// agreementsOf lists the agreements about a service, by name.
func agreementsOf(st *slo.ServiceStatus) []string {
	var out []string
	for i := range st.Objectives {
		out = append(out, st.Objectives[i].Agreement.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *site) requestForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	form := v.r.PostForm
	page := newExclusionView{Service: clean(form.Get("service"), maxName), From: clean(form.Get("from"), 40), To: clean(form.Get("to"), 40), Cause: form.Get("cause"), Reason: form.Get("reason")}
	again := func(status int, problem string) error {
		page.Problem = problem
		return s.showNewExclusion(v, status, page, func(a string) bool { return slices.Contains(form["agreement"], a) })
	}
	from, err1 := slo.ParseInstant(page.From)
	to, err2 := slo.ParseInstant(page.To)
	cause, err3 := slo.ParseExclusionCause(page.Cause)
	switch {
	case err1 != nil || err2 != nil:
		return again(http.StatusBadRequest, "bad_times")
	case err3 != nil:
		return badRequest("cause: " + err3.Error())
	}
	r, _, err := s.requestExclusion(v, slo.ExclusionRequest{
		Agreements: form["agreement"], Interval: slo.Interval{From: from, To: to}, Cause: cause, Reason: page.Reason,
	})
	if err != nil {
		if r, expected := asRefusal(err); expected {
			return again(r.status, r.code)
		}
		return err
	}
	http.Redirect(v.w, v.r, exclusionPath(r.ID), http.StatusSeeOther)
	return nil
}

// requestLink is the address of the form for a stretch of a service.
func requestLink(service string, v slo.Interval, zone *time.Location) string {
	at := func(i slo.Instant) string { return i.In(zone).Format("2006-01-02T15:04:05.999Z07:00") }
	return "/exclusions/new?" + url.Values{"service": {service}, "from": {at(v.From)}, "to": {at(v.To)}}.Encode()
}
