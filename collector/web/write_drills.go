package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// continuityRoutes are the pages of continuity and what people do there.
func (s *site) continuityRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/continuity", forPeople, auth.Viewer, "", s.continuityPage},
		{get, "/continuity/plans/{name}", forPeople, auth.Viewer, "", s.planPage},
		{post, "/continuity/plans/{name}/drills", forPeople, auth.Operator, "drill.declare", s.declareForm},
		{get, "/continuity/drills/{id}", forPeople, auth.Viewer, "", s.drillPage},
		{post, "/continuity/drills/{id}/abort", forPeople, auth.Operator, "drill.abort", s.abortForm},
		{post, "/continuity/drills/{id}/review", forPeople, auth.Operator, "drill.review", s.reviewForm},
		{post, "/continuity/drills/{id}/events/{n}/undo", forPeople, auth.Operator, "drill.undo", s.undoReviewForm},
	}
}

// drillRefusals say what is told of each refusal.
var drillRefusals = map[slo.DrillRefusal]struct {
	status  int
	message string
}{
	slo.DrillUnknown:       {http.StatusNotFound, "the catalogue has no such plan, or the plan no such drill"},
	slo.DrillTwice:         {http.StatusConflict, "this drill of the plan runs already"},
	slo.DrillNotRunning:    {http.StatusConflict, "the drill is over"},
	slo.DrillNotEnded:      {http.StatusConflict, "the drill runs still, or was given up"},
	slo.DrillBadText:       {http.StatusBadRequest, "a text is missing, or longer than 4000 bytes"},
	slo.DrillBadInstant:    {http.StatusBadRequest, "disruption: it lies ahead, or more than an hour back"},
	slo.DrillManyReviews:   {http.StatusConflict, "people added as much as is kept"},
	slo.DrillNoSuchAct:     {http.StatusBadRequest, "there is no such act"},
	slo.DrillNothingToUndo: {http.StatusConflict, "the event is no review, or was taken back already"},
}

// drillRefusal is what is told of a refusal.
func drillRefusal(r slo.DrillRefusal) *refusal {
	told := drillRefusals[r]
	return &refusal{status: told.status, code: string(r), message: told.message}
}

// declareForm begins a drill of the plan of the path.
func (s *site) declareForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	form := v.r.PostForm
	page := planView{Of: clean(form.Get("drill"), maxName), Text: form.Get("reason"), When: clean(form.Get("disruption"), 40)}
	d := DrillDeclaration{Plan: v.r.PathValue("name"), Drill: page.Of, Disruption: v.at, At: v.at, Actor: v.actor.Name}
	var err error
	if page.When != "" {
		if d.Disruption, err = slo.ParseInstant(page.When); err != nil {
			page.Problem = "bad_instant"
			return s.showPlan(v, http.StatusBadRequest, page)
		}
	}
	if d.Text, err = plainText(page.Text, slo.MaxDrillText, cleanLines); err != nil {
		page.Problem = string(slo.DrillBadText)
		return s.showPlan(v, http.StatusBadRequest, page)
	}
	v.about = clean(d.Plan+"/"+d.Drill, maxName)
	var got slo.Drill
	err = s.write(v, func() (err error) {
		got, err = s.Continuity.Declare(context.WithoutCancel(v.r.Context()), d)
		return err
	})
	if r, expected := asRefusal(err); err != nil && expected && r.status != http.StatusNotFound {
		page.Problem = r.code
		return s.showPlan(v, r.status, page)
	}
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, drillPath(got.ID), http.StatusSeeOther)
	return nil
}

func (s *site) abortForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	return s.addToDrill(v, slo.DrillEvent{Act: slo.AbortDrill, Text: v.r.PostForm.Get("reason")}, drillForm{})
}

func (s *site) reviewForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	get := v.r.PostForm.Get
	form := drillForm{get("participants"), get("verdict"), get("comment"), get("actions")}
	if form.Verdict != "passed" && form.Verdict != "failed" {
		return s.showDrill(v, http.StatusBadRequest, "no_verdict", form)
	}
	return s.addToDrill(v, slo.DrillEvent{Act: slo.ReviewDrill, Review: &slo.DrillReview{
		Participants: form.Participants, Passed: form.Verdict == "passed", Comment: form.Comment, Actions: form.Actions}}, form)
}

func (s *site) undoReviewForm(v *visit) error {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil {
		return badRequest("the number of an event is a number")
	}
	return s.addToDrill(v, slo.DrillEvent{Act: slo.UndoDrill, Undoes: n}, drillForm{})
}

// addToDrill adds an event of the visitor's to the drill of the path. What is
// wrong with the form is shown beside it.
func (s *site) addToDrill(v *visit, e slo.DrillEvent, form drillForm) error {
	e.At, e.Actor = v.at, v.actor.Name
	if err := tidyDrill(&e); err != nil {
		return s.showDrill(v, http.StatusBadRequest, string(slo.DrillBadText), form)
	}
	d, err := s.drill(v)
	if err != nil {
		return err
	}
	err = s.write(v, func() error {
		_, err := s.Continuity.Add(context.WithoutCancel(v.r.Context()), d.ID, e)
		return err
	})
	if r, expected := asRefusal(err); err != nil && expected && r.status != http.StatusNotFound {
		return s.showDrill(v, r.status, r.code, form)
	}
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, drillPath(d.ID), http.StatusSeeOther)
	return nil
}

// tidyDrill takes what does not print out of an event's texts. What is too long
// is an error rather than cut.
func tidyDrill(e *slo.DrillEvent) error {
	texts := []*string{&e.Text}
	if r := e.Review; r != nil {
		texts = append(texts, &r.Participants, &r.Comment, &r.Actions)
	}
	for _, t := range texts {
		text, err := plainText(*t, slo.MaxDrillText, cleanLines)
		if err != nil {
			return err
		}
		*t = text
	}
	return nil
}
