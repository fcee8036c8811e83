package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// changesView is the list of changes, with the form for one.
type changesView struct {
	Service    string
	Changes    []changeRow
	Back, Next string
	Frozen     []slo.ChangeFreeze
	Form       *changeFormView // nil for who may not
}

// changeFormView is the form of a change.
type changeFormView struct {
	Names                               []serviceChoice
	Kind                                slo.ChangeKind
	Kinds                               []slo.ChangeKind
	From, To                            string // RFC 3339, as it was typed
	Summary, Description, By, Link, Key string
	Major, Maintenance                  bool
	Problem                             string // what was wrong with it
	CSRF                                string
	MaxName, MaxText                    int
	chosen                              []string
}

type serviceChoice struct {
	Name   string
	Chosen bool
}

// changeRow is a change in a list.
type changeRow struct {
	*slo.ChangeRecord
	Period, Words string
	Verdict       string // "" where nobody said
	Gone          bool   // it was withdrawn
}

// changeRow puts a change into words.
func (w words) changeRow(c *slo.ChangeRecord, zone *time.Location) changeRow {
	row := changeRow{ChangeRecord: c, Period: when(zone, c.From).Text, Words: w.t("change.kind." + string(c.Kind)), Gone: c.Withdrawn()}
	if c.To > c.From {
		row.Period = w.period(c.Interval, zone)
	}
	if said := c.Verdict(); said != "" {
		row.Verdict = w.t("change.verdict." + string(said))
	}
	return row
}

func (w words) changeRows(list []slo.ChangeRecord, zone *time.Location) []changeRow {
	var out []changeRow
	for i := range list {
		out = append(out, w.changeRow(&list[i], zone))
	}
	return out
}

func (s *site) changesPage(v *visit) error {
	return s.showChanges(v, http.StatusOK, changeFormView{Kind: slo.PlainChange})
}

// showChanges shows the list, with a form that was not taken.
func (s *site) showChanges(v *visit, status int, form changeFormView) error {
	q := v.r.URL.Query()
	f, err := changeFilter(q.Get("service"), q.Get("offset"), "")
	if err != nil {
		return err
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.Changes.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	page := changesView{Service: q.Get("service"), Changes: v.views.changeRows(list[:min(len(list), maxPage)], s.Zone()), Frozen: s.Changes.Freezes(v.at)}
	page.Back, page.Next = pager(q, "/changes", f.Offset, f.Offset+len(list))
	if v.actor.May(auth.Operator) {
		if form.Problem == "" && page.Service != "" {
			form.chosen = []string{page.Service}
		}
		for _, st := range s.Figures.Services(v.at) {
			form.Names = append(form.Names, serviceChoice{st.Service.Name, slices.Contains(form.chosen, st.Service.Name)})
		}
		form.Kinds, form.CSRF, form.MaxName, form.MaxText = slo.ChangeKinds(), s.csrf(v), slo.MaxChangeName, slo.MaxChangeDescription
		page.Form = &form
	}
	return s.render(v, status, "changes", v.views.t("change.title"), page, true)
}

// changeView is the page of one change.
type changeView struct {
	changeRow
	Planned slo.Interval // the maintenance that it carries; empty where it carries none
	Acts    []slo.ChangeAct
	CSRF    string
	Problem string // what was wrong with an act
	Text    string // of an act to be mended
	MaxText int
	Zone    *time.Location
}

func (v changeView) zone() *time.Location { return v.Zone }

func (s *site) changePage(v *visit) error { return s.showChange(v, http.StatusOK, "", "") }

// showChange shows a change, with an act that was not taken.
func (s *site) showChange(v *visit, status int, problem, text string) error {
	c, err := s.change(v)
	if err != nil {
		return err
	}
	page := changeView{changeRow: v.views.changeRow(&c, s.Zone()), Planned: c.Planned(), Problem: problem, Text: text, MaxText: slo.MaxChangeDescription, Zone: s.Zone()}
	if v.actor.May(auth.Operator) {
		page.Acts, page.CSRF = changeActs(&c, v.at), s.csrf(v)
	}
	return s.render(v, status, "change", v.views.t("change.of", c.Summary), page, false)
}

// changeActs lists what can be said of a change at an instant.
func changeActs(c *slo.ChangeRecord, at slo.Instant) (acts []slo.ChangeAct) {
	for _, act := range slo.ChangeActs() {
		if _, err := c.Add(slo.ChangeEvent{Act: act, At: at}); err == nil {
			acts = append(acts, act)
		}
	}
	return acts
}

func (s *site) changeForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	form := v.r.PostForm
	page := changeFormView{
		Kind: slo.ChangeKind(form.Get("kind")), From: clean(form.Get("from"), 40), To: clean(form.Get("to"), 40), Summary: form.Get("summary"), Description: form.Get("description"),
		By: form.Get("by"), Link: form.Get("link"), Key: form.Get("key"), Major: form.Get("major") != "", Maintenance: form.Get("maintenance") != "",
	}
	told := slo.ChangeRecord{Key: page.Key, Source: slo.ChangeByForm, ChangeTerms: slo.ChangeTerms{
		Kind: page.Kind, Services: form["service"], Summary: page.Summary, Description: page.Description, By: page.By, Link: page.Link, Major: page.Major, Maintenance: page.Maintenance,
	}}
	again := func(status int, problem string) error {
		page.Problem, page.chosen = problem, form["service"]
		return s.showChanges(v, status, page)
	}
	var err1, err2 error
	if page.From != "" {
		told.From, err1 = slo.ParseInstant(page.From)
	}
	if page.To != "" {
		told.To, err2 = slo.ParseInstant(page.To)
	}
	if err1 != nil || err2 != nil {
		return again(http.StatusBadRequest, "bad_times")
	}
	c, _, err := s.tellChange(v, told)
	if err != nil {
		if r, expected := asRefusal(err); expected {
			return again(r.status, r.code)
		}
		return err
	}
	http.Redirect(v.w, v.r, changePath(c.ID), http.StatusSeeOther)
	return nil
}

func (s *site) sayForm(v *visit, act slo.ChangeAct) error {
	if err := v.readForm(); err != nil {
		return err
	}
	text := v.r.PostForm.Get("text")
	if _, err := s.sayOfChange(v, act, text); err != nil {
		if r, expected := asRefusal(err); expected && r.status != http.StatusNotFound {
			return s.showChange(v, r.status, r.code, text)
		}
		return err
	}
	http.Redirect(v.w, v.r, changePath(v.r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// changesIn lists the changes that touch services and a stretch of time and
// count, the latest first. Without them a page has its figures all the same.
func (s *site) changesIn(v *visit, services []string, in slo.Interval, limit int) []slo.ChangeRecord {
	if s.Changes == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.Changes.List(ctx, ChangeFilter{Services: services, Overlap: &in, Counting: true, Limit: limit})
	if err != nil {
		s.Log.Error("reading the changes failed", "error", err)
	}
	return list
}
