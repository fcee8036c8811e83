package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// drillView is the page of one drill.
type drillView struct {
	drillLine
	State     slo.DrillState
	Standing  string // how the record stands
	PlanPath  string
	Deadline  slo.Instant // 0 of a tabletop
	Review    *slo.DrillReview
	Around    []aroundView     // of each service that it may take down
	Log       []drillEventView // the latest first
	CSRF      string           // "" where the visitor may not write
	Abortable bool
	Ready     bool // for what people add
	Form      drillForm
	Problem   string // what was wrong with the form
	MaxText   int
}

// aroundView is a service before, during and after a drill.
type aroundView struct {
	Service string
	Strip   strip
	Ticks   []string
}

const (
	aroundDrill = time.Hour      // how long before and after a drill its services are shown
	mostAround  = 24 * time.Hour // how much in all
	maxAround   = 4              // of how many services
)

// drillForm is what people typed.
type drillForm struct{ Participants, Verdict, Comment, Actions string }

// drillEventView is one line of what happened to a drill.
type drillEventView struct {
	slo.DrillEvent
	N                int // among all, from 1
	Undone, Undoable bool
	Verdict          string // of a review
}

func (s *site) drillPage(v *visit) error { return s.showDrill(v, http.StatusOK, "", drillForm{}) }

// showDrill shows the drill that the path names, with a form that was not taken.
func (s *site) showDrill(v *visit, status int, problem string, form drillForm) error {
	d, err := s.drill(v)
	if err != nil {
		return err
	}
	w := v.views.words
	page := drillView{
		drillLine: w.drillLine(&d), State: d.State(), Standing: w.t("drill.state." + string(d.State())), PlanPath: planPath(d.Plan),
		Review: d.Review(), Log: w.drillEvents(&d), Problem: problem, Form: form, MaxText: slo.MaxDrillText,
	}
	if d.Terms.Kind != slo.DrillTabletop {
		page.Deadline = d.Deadline()
	}
	if page.Around, err = s.aroundDrill(v, &d); err != nil {
		return err
	}
	if v.actor.May(auth.Operator) {
		page.CSRF = s.csrf(v)
		page.Abortable = page.State == slo.DrillRunning
		page.Ready = page.State != slo.DrillAborted && (page.State != slo.DrillRunning || d.Terms.Kind == slo.DrillTabletop)
	}
	return s.render(v, status, "drill", v.views.t("drill.of", d.Plan, d.Name), page, true)
}

// aroundDrill draws the services that a drill may take down, from before it on
// until after it.
func (s *site) aroundDrill(v *visit, d *slo.Drill) ([]aroundView, error) {
	if !d.Terms.Disrupts() {
		return nil, nil
	}
	plans, err := s.Continuity.Plans(v.r.Context(), v.at)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(plans, func(p PlanStanding) bool { return p.Name == d.Plan })
	if i < 0 {
		return nil, nil // the catalogue has it no more
	}
	from := d.Declared.Add(-aroundDrill)
	in := slo.Interval{From: from, To: min(spanOf(d, v.at).To.Add(aroundDrill), from.Add(mostAround))}
	var out []aroundView
	for _, service := range plans[i].Services[:min(len(plans[i].Services), maxAround)] {
		strip := v.views.drawStrip(s.Figures.Timeline(service, in, v.at), in, wideStrip, s.Zone())
		v.views.markDrills(&strip, []slo.Drill{*d}, in, v.at, s.Zone())
		out = append(out, aroundView{service, strip, ticks(in, s.Zone())})
	}
	return out, nil
}

func (w words) drillEvents(d *slo.Drill) []drillEventView {
	undone := d.Undone()
	var out []drillEventView
	for i, e := range slices.Backward(d.Events) {
		v := drillEventView{DrillEvent: e, N: i + 1, Undone: undone[i+1]}
		v.Undoable = e.Act == slo.ReviewDrill && !v.Undone
		if e.Review != nil {
			v.Verdict = w.t("drill.failed")
			if e.Review.Passed {
				v.Verdict = w.t("drill.passed")
			}
		}
		out = append(out, v)
	}
	return out
}

// drill is the drill that the path names.
func (s *site) drill(v *visit) (slo.Drill, error) {
	id := v.r.PathValue("id")
	if id == "" || len(id) > maxName || clean(id, maxName) != id {
		return slo.Drill{}, ErrNoDrill
	}
	return s.Continuity.Drill(v.r.Context(), id)
}
