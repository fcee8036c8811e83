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
	Rate       string          // of those of late that failed, "" where there are none
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
	Outcome       string // in words
	Class         string // of the mark beside it: met, missed or insufficient
	Judged        slo.ChangeJudgement
	Gone          bool // it was withdrawn
}

// changeRow puts a change and how it went into words.
func (w words) changeRow(c *slo.ChangeRecord, judged slo.ChangeJudgement, zone *time.Location) changeRow {
	row := changeRow{ChangeRecord: c, Period: when(zone, c.From).Text, Words: w.t("change.kind." + string(c.Kind)), Gone: c.Withdrawn(), Judged: judged}
	row.Outcome, row.Class = w.t("change.outcome."+string(judged.Outcome)), verdictClass(slo.Insufficient)
	switch judged.Outcome {
	case slo.ChangeFailed:
		row.Class = verdictClass(slo.Missed)
	case slo.ChangeSucceeded:
		row.Class = verdictClass(slo.Met)
	}
	if c.To > c.From {
		row.Period = w.period(c.Interval, zone)
	}
	return row
}

// changeRows judges changes and puts them into words.
func (s *site) changeRows(v *visit, list []slo.ChangeRecord, zone *time.Location) ([]changeRow, error) {
	judged, err := s.Changes.Judge(v.r.Context(), list, v.at)
	if err != nil {
		return nil, err
	}
	var out []changeRow
	for i := range list {
		out = append(out, v.views.changeRow(&list[i], judged[i], zone))
	}
	return out, nil
}

// rateOver is how long back the change-failure rate of the page reaches.
const rateOver = 30 * 24 * time.Hour

// changeRate says how many changes of late failed.
func (s *site) changeRate(v *visit, services []string) (string, error) {
	list, err := s.Changes.List(v.r.Context(), ChangeFilter{Services: services, Overlap: &slo.Interval{From: v.at.Add(-rateOver), To: v.at}, Counting: true, Limit: maxLimit})
	if err != nil {
		return "", err
	}
	judged, err := s.Changes.Judge(v.r.Context(), list, v.at)
	if err != nil {
		return "", err
	}
	var r slo.ChangeRate
	for i := range list {
		r.Count(&list[i], judged[i].Outcome)
	}
	rate, worst := r.Rate()
	if !rate.Valid() {
		return "", nil
	}
	w := v.views
	return w.t("change.rate", w.dur(rateOver), r.Failed, r.Changes, rate.Percent(1), r.Unsettled, worst.Percent(1)), nil
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
	page := changesView{Service: q.Get("service"), Frozen: s.Changes.Freezes(v.at)}
	if page.Changes, err = s.changeRows(v, list[:min(len(list), maxPage)], s.Zone()); err != nil {
		return err
	}
	if page.Rate, err = s.changeRate(v, f.Services); err != nil {
		return err
	}
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
	Effects []changeEffectRow
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
	rows, err := s.changeRows(v, []slo.ChangeRecord{c}, s.Zone())
	if err != nil {
		return err
	}
	page := changeView{changeRow: rows[0], Effects: v.views.changeEffects(s.Changes.Around(&c, v.at)), Planned: c.Planned(), Problem: problem, Text: text, MaxText: slo.MaxChangeDescription, Zone: s.Zone()}
	if v.actor.May(auth.Operator) {
		page.Acts, page.CSRF = changeActs(&c, v.at), s.csrf(v)
	}
	return s.render(v, status, "change", v.views.t("change.of", c.Summary), page, false)
}

// changeEffectRow is an objective before and after a change, in words.
type changeEffectRow struct {
	Name, Service                        string
	Before, BeforeNote, After, AfterNote string
}

// changeEffects puts what objectives were like around a change into words.
func (w words) changeEffects(list []slo.ChangeEffect) []changeEffectRow {
	say := func(f *slo.ChangeFigure) (figure, note string) {
		figure, note = w.t("no_figure"), w.dur(f.Length())
		if f.Availability != nil {
			figure = f.Shown + " %"
		}
		if f.Coverage != nil {
			note = w.t("change.around.note", w.dur(f.Length()), w.dur(time.Duration(f.DownMS)*time.Millisecond), f.Coverage.String())
		}
		return figure, note
	}
	var out []changeEffectRow
	for i := range list {
		e := &list[i]
		row := changeEffectRow{Name: e.Agreement + " / " + e.Objective, Service: e.Service}
		row.Before, row.BeforeNote = say(&e.Before)
		row.After, row.AfterNote = say(&e.After)
		out = append(out, row)
	}
	return out
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
	c := slo.ChangeRecord{Key: page.Key, Source: slo.ChangeByForm, ChangeTerms: slo.ChangeTerms{
		Kind: page.Kind, Services: form["service"], Summary: page.Summary, Description: page.Description, By: page.By, Link: page.Link, Major: page.Major, Maintenance: page.Maintenance,
	}}
	again := func(status int, problem string) error {
		page.Problem, page.chosen = problem, form["service"]
		return s.showChanges(v, status, page)
	}
	var err1, err2 error
	if page.From != "" {
		c.From, err1 = slo.ParseInstant(page.From)
		c.From = toldInstant(c.From)
	}
	if page.To != "" {
		c.To, err2 = slo.ParseInstant(page.To)
		c.To = toldInstant(c.To)
	}
	if err1 != nil || err2 != nil {
		return again(http.StatusBadRequest, "bad_times")
	}
	c, _, err := s.tellChange(v, c)
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
