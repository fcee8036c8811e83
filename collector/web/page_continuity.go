package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

func planPath(name string) string { return "/continuity/plans/" + url.PathEscape(name) }
func drillPath(id string) string  { return "/continuity/drills/" + url.PathEscape(id) }

// copyPath has all plans as one page that needs nothing but itself.
const copyPath = "/continuity/copy.html"

// continuityView is the list of the plans.
type continuityView struct {
	Rows []planRow
	Copy string
}

// planRow is a plan in the list.
type planRow struct {
	*slo.ContinuityPlan
	Mark    mark
	Path    string
	Last    *drillLine // the newest drill that ended; nil where none did
	Running []drillLine
	Due     []dueLine
}

// dueLine is a test that a plan needs, in words.
type dueLine struct {
	Drill, Why string
	By         slo.Instant
	Late       bool
	Change     string // ID of the change that it follows; "" of others
}

// drillLine is a drill in words. RTO and RPO are nil where nothing was measured
// of them.
type drillLine struct {
	*slo.Drill
	Path     string
	Mark     mark
	Kind     string
	Result   *slo.DrillResult
	Reasons  []string // why it did not pass
	RTO, RPO *actualTime
}

// actualTime is an actual RTO or RPO against what the plan allows.
type actualTime struct {
	Actual, Most time.Duration
	Used         int // percent of what is allowed, at most 100
	Missed       bool
	Word         string // met or missed
}

func (s *site) continuityPage(v *visit) error {
	plans, err := s.Continuity.Plans(v.r.Context(), v.at)
	if err != nil {
		return err
	}
	page := continuityView{Copy: copyPath}
	for _, p := range plans {
		page.Rows = append(page.Rows, v.views.planRow(p, v.at))
	}
	return s.render(v, http.StatusOK, "continuity", v.views.t("continuity.title"), page, true)
}

func (w words) planRow(p PlanStanding, at slo.Instant) planRow {
	row := planRow{ContinuityPlan: p.ContinuityPlan, Path: planPath(p.Name), Due: w.dueLines(p.Due, at)}
	for i := range p.Past {
		switch d := &p.Past[i]; {
		case d.Ended() == 0:
			row.Running = append(row.Running, w.drillLine(d))
		case row.Last == nil && d.State() != slo.DrillAborted:
			l := w.drillLine(d)
			row.Last = &l
		}
	}
	row.Mark = w.planMark(p, len(row.Running) > 0, at)
	return row
}

// planMark is how a plan stands: what is worst of it.
func (w words) planMark(p PlanStanding, running bool, at slo.Instant) mark {
	has := func(reason slo.TestReason) bool {
		return slices.ContainsFunc(p.Due, func(d slo.DueTest) bool { return d.Reason == reason })
	}
	class, state := "up", "tested"
	switch {
	case has(slo.TestFailed):
		class, state = "down", "failed"
	case slices.ContainsFunc(p.Due, func(d slo.DueTest) bool { return d.Late(at) }):
		class, state = "down", "late"
	case running:
		class, state = "work", "running"
	case has(slo.TestChanged):
		class, state = "work", "changed"
	case has(slo.TestNever):
		class, state = "unknown", "untested"
	}
	return mark{class, w.t("plan.state." + state)}
}

func (w words) dueLines(list []slo.DueTest, at slo.Instant) []dueLine {
	var out []dueLine
	for _, d := range list {
		out = append(out, dueLine{d.Drill, w.t("plan.due." + string(d.Reason)), d.By, d.Late(at), d.Change})
	}
	return out
}

// drillLine puts a drill into words.
func (w words) drillLine(d *slo.Drill) drillLine {
	l := drillLine{Drill: d, Path: drillPath(d.ID), Mark: w.drillMark(d), Kind: w.t("drill.kind." + string(d.Terms.Kind)), Result: d.Result()}
	if r := l.Result; r != nil {
		for _, why := range r.Reasons {
			l.Reasons = append(l.Reasons, w.t("drill.reason."+string(why)))
		}
		l.RTO, l.RPO = w.actualTime(r.RTO, d.Terms.RTO), w.actualTime(r.RPO, d.Terms.RPO)
	}
	return l
}

// drillMark is how a drill stands, and how it went.
func (w words) drillMark(d *slo.Drill) mark {
	state := w.t("drill.state." + string(d.State()))
	switch {
	case d.Ended() == 0:
		return mark{"work", state}
	case d.State() == slo.DrillAborted:
		return mark{"unknown", state}
	case d.Passed():
		return mark{"up", w.t("drill.passed")}
	}
	return mark{"down", w.t("drill.failed")}
}

func (w words) actualTime(ms *int64, most time.Duration) *actualTime {
	if ms == nil {
		return nil
	}
	a := actualTime{Actual: time.Duration(*ms) * time.Millisecond, Most: most, Used: 100, Word: w.t("drill.met")}
	if a.Missed = a.Actual > most; a.Missed {
		a.Word = w.t("drill.missed")
	} else if most > 0 {
		a.Used = int(100 * a.Actual / most)
	}
	return &a
}

// planView is the page of one plan.
type planView struct {
	planRow
	Tests   []plannedTest
	Past    []drillLine // the newest first
	More    int         // drills left out
	Charts  []drillChart
	CSRF    string
	Problem string // what was wrong with a declaration
	Of      string // the drill that it was of
	Text    string // of a declaration to be mended
	When    string // likewise: the disruption as it was typed
	MaxText int
	Back    time.Duration // how far back a disruption may lie
}

// plannedTest is a drill of a plan, as the catalogue has it.
type plannedTest struct {
	*slo.PlannedDrill
	Kind    string
	Running *drillLine // nil where none of its name runs
}

// pastShown bounds the drills on a plan's page.
const pastShown = 50

func (s *site) planPage(v *visit) error { return s.showPlan(v, http.StatusOK, planView{}) }

// showPlan shows the plan that the path names, with a declaration that was not
// taken.
func (s *site) showPlan(v *visit, status int, page planView) error {
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	w := v.views.words
	page.planRow, page.MaxText, page.Back = w.planRow(p, v.at), slo.MaxDrillText, slo.MaxDisruption
	for i := range p.Drills {
		t := plannedTest{PlannedDrill: &p.Drills[i], Kind: w.t("drill.kind." + string(p.Drills[i].Kind))}
		if k := slices.IndexFunc(page.Running, func(r drillLine) bool { return r.Name == t.Name }); k >= 0 {
			t.Running = &page.Running[k]
		}
		page.Tests = append(page.Tests, t)
	}
	page.More = max(0, len(p.Past)-pastShown)
	for i := range p.Past[:len(p.Past)-page.More] {
		page.Past = append(page.Past, w.drillLine(&p.Past[i]))
	}
	page.Charts = w.drillCharts(page.Past, s.Zone())
	if v.actor.May(auth.Operator) {
		page.CSRF = s.csrf(v)
	}
	return s.render(v, status, "plan", p.Name, page, true)
}

// plan is the plan that the path names.
func (s *site) plan(v *visit) (PlanStanding, error) {
	plans, err := s.Continuity.Plans(v.r.Context(), v.at)
	if err != nil {
		return PlanStanding{}, err
	}
	i := slices.IndexFunc(plans, func(p PlanStanding) bool { return p.Name == v.r.PathValue("name") })
	if i < 0 {
		return PlanStanding{}, refuse(http.StatusNotFound, "not_found", "there is no such continuity plan")
	}
	return plans[i], nil
}
