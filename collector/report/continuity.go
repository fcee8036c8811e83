package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// PlanTests is a continuity plan with its tests.
type PlanTests struct {
	*slo.ContinuityPlan
	Due  []slo.DueTest // as they stand when the report is made, the earliest first
	Past []slo.Drill   // the newest first
}

// ContinuityPlan is a plan that covers the service, with its tests in the
// period. Texts of people are as they wrote them.
type ContinuityPlan struct {
	Plan  string           `json:"plan"`
	Owner string           `json:"owner"`
	RTO   Milliseconds     `json:"rto_ms"` // allowed
	RPO   Milliseconds     `json:"rpo_ms"` // likewise
	Tests []ContinuityTest `json:"tests"`  // declared in the period, oldest first
	Due   []DueTest        `json:"due"`    // when the report is made, the earliest first
}

// ContinuityTest is a drill of a plan.
type ContinuityTest struct {
	ID           string            `json:"id"`
	Drill        string            `json:"drill"`
	Kind         slo.DrillKind     `json:"kind"`
	State        slo.DrillState    `json:"state"`
	Declared     slo.Instant       `json:"declared"`
	Ended        *slo.Instant      `json:"ended"`
	Passed       *bool             `json:"passed"` // null while it runs and where it was given up
	Reasons      []slo.DrillReason `json:"reasons"`
	RTO          *Actual           `json:"rto"` // null of a kind that does not measure it, and before the end
	RPO          *Actual           `json:"rpo"` // likewise
	Down         Milliseconds      `json:"down_ms"`
	Participants string            `json:"participants"`
	Actions      string            `json:"actions"`
}

// Actual is an actual RTO or RPO against what the plan allowed then.
type Actual struct {
	Actual  *Milliseconds `json:"actual_ms"` // null where nothing was restored, or no canary read
	Allowed Milliseconds  `json:"allowed_ms"`
	Met     bool          `json:"met"`
}

// DueTest is a test that a plan needs.
type DueTest struct {
	Drill  string         `json:"drill"` // "" is any
	Reason slo.TestReason `json:"reason"`
	By     slo.Instant    `json:"by"`
	Late   bool           `json:"late"`
}

// continuity are the plans that cover the service. The down time of a drill is
// what the outages of the report have of its time: it counts like any other
// unless it was excluded, and then it is no outage.
func continuity(in Input, outages []Outage) []ContinuityPlan {
	var out []ContinuityPlan
	for _, p := range in.Continuity {
		if !slices.Contains(p.Services, in.Agreement.Service) {
			continue
		}
		plan := ContinuityPlan{Plan: p.Name, Owner: p.Owner, RTO: millis(p.RTO), RPO: millis(p.RPO), Tests: []ContinuityTest{}, Due: []DueTest{}}
		for i := range slices.Backward(p.Past) {
			if d := &p.Past[i]; in.Period.Contains(d.Declared) && d.Declared <= in.At {
				plan.Tests = append(plan.Tests, continuityTest(d, outages, in.At))
			}
		}
		for _, d := range p.Due {
			plan.Due = append(plan.Due, DueTest{d.Drill, d.Reason, d.By, d.Late(in.At)})
		}
		out = append(out, plan)
	}
	return out
}

func continuityTest(d *slo.Drill, outages []Outage, at slo.Instant) ContinuityTest {
	t := ContinuityTest{
		ID: d.ID, Drill: d.Name, Kind: d.Terms.Kind, State: d.State(), Declared: d.Declared, Ended: foreseen(d.Ended()), Reasons: []slo.DrillReason{},
	}
	if t.Ended != nil && t.State != slo.DrillAborted {
		passed := d.Passed()
		t.Passed = &passed
	}
	if r := d.Result(); r != nil {
		t.Reasons = append(t.Reasons, r.Reasons...)
		if len(d.Terms.Checks) > 0 {
			t.RTO = actual(r.RTO, d.Terms.RTO)
		}
		if d.Terms.Canary != "" {
			t.RPO = actual(r.RPO, d.Terms.RPO)
		}
	}
	if r := d.Review(); r != nil {
		t.Participants, t.Actions = r.Participants, r.Actions
	}
	span := drillSpan(d, at)
	for _, o := range outages {
		t.Down += millis(o.Interval.Intersect(span).Length())
	}
	return t
}

// drillSpan is the time of a drill in which it may have taken the service down,
// empty where it may not.
func drillSpan(d *slo.Drill, at slo.Instant) slo.Interval {
	if !d.Terms.Disrupts() {
		return slo.Interval{}
	}
	to := d.Ended()
	if to == 0 {
		to = at
	}
	return slo.Interval{From: d.Declared, To: max(to, d.Declared)}
}

func actual(ms *int64, allowed time.Duration) *Actual {
	a := Actual{Allowed: millis(allowed)}
	if ms != nil {
		took := Milliseconds(*ms)
		a.Actual, a.Met = &took, took <= a.Allowed
	}
	return &a
}

// drillOf names the drill that an outage falls into, "" where none does.
func drillOf(in Input, v slo.Interval) string {
	for _, p := range in.Continuity {
		for i := range p.Past {
			d := &p.Past[i]
			if slices.Contains(p.Services, in.Agreement.Service) && !drillSpan(d, in.At).Intersect(v).Empty() {
				return d.Plan + " / " + d.Name
			}
		}
	}
	return ""
}

// Attainment is how many of the tests met what the plan allows.
type Attainment struct {
	Met   int     `json:"met"`
	Of    int     `json:"of"`    // at least 1
	Share *Figure `json:"share"` // Met ÷ Of
}

// attainment counts what tests measured, nil where none did:
//
//	attainment = tests within what the plan allows ÷ tests
//
// over the failovers and restores of the period that ended and were not given
// up; of the RPO, those that read canaries. One in which nothing was restored,
// or no canary was read, did not meet it.
func attainment(plans []ContinuityPlan, of func(*ContinuityTest) *Actual) *Attainment {
	var a Attainment
	for i := range plans {
		for k := range plans[i].Tests {
			if m := of(&plans[i].Tests[k]); m != nil && plans[i].Tests[k].State != slo.DrillAborted {
				a.Of++
				if m.Met {
					a.Met++
				}
			}
		}
	}
	if a.Of == 0 {
		return nil
	}
	a.Share = figure(slo.Fraction{Part: int64(a.Met), Whole: int64(a.Of)}, 1, slo.One)
	return &a
}

func rtoOf(t *ContinuityTest) *Actual { return t.RTO }
func rpoOf(t *ContinuityTest) *Actual { return t.RPO }

// continuityRow is a plan in words.
type continuityRow struct {
	Key, Name, Terms string
	Lines            []string
	Omitted          string
}

func (p *page) continuity() {
	list := p.r.Continuity
	for i := range list[:min(p.limits.planned, len(list))] {
		p.Continuity = append(p.Continuity, p.continuityRow(fmt.Sprintf("continuity.%d", i), &list[i]))
	}
	if n := len(list) - p.limits.planned; n > 0 {
		p.ContinuityOmitted = p.w.n("omitted", n)
	}
}

func (p *page) continuityRow(key string, c *ContinuityPlan) continuityRow {
	w := p.w
	row := continuityRow{Key: key, Name: clean(c.Plan, p.name), Terms: w.t("continuity.terms", w.length(c.RTO), w.length(c.RPO), clean(c.Owner, p.name))}
	from := max(0, len(c.Tests)-p.limits.planned) // the last say most
	for i := range c.Tests[from:] {
		row.Lines = append(row.Lines, p.testLine(&c.Tests[from+i]))
	}
	if len(c.Tests) == 0 {
		row.Lines = append(row.Lines, w.t("continuity.none"))
	}
	if from > 0 {
		row.Omitted = w.n("omitted", from)
	}
	for _, d := range c.Due {
		key := "continuity.due"
		if d.Late {
			key = "continuity.late"
		}
		line := w.t(key, p.clock.day(d.By), w.t("continuity.due."+string(d.Reason)))
		if d.Drill != "" {
			line = w.t("aside", line, clean(d.Drill, p.name))
		}
		row.Lines = append(row.Lines, line)
	}
	return row
}

// testLine is a test in one line.
func (p *page) testLine(t *ContinuityTest) string {
	w := p.w
	parts := []string{w.t("continuity.test", p.clock.moment(t.Declared), clean(t.Drill, p.name), w.t("continuity.kind."+string(t.Kind)), w.testVerdict(t))}
	say := func(key string, a *Actual) {
		if a == nil {
			return
		}
		took := w.t("none")
		if a.Actual != nil {
			took = w.length(*a.Actual)
		}
		parts = append(parts, w.t(key, took, w.length(a.Allowed)))
	}
	say("continuity.rto", t.RTO)
	say("continuity.rpo", t.RPO)
	for _, r := range t.Reasons {
		parts = append(parts, w.t("continuity.reason."+string(r)))
	}
	if t.Down > 0 {
		parts = append(parts, w.t("continuity.down", w.length(t.Down)))
	}
	if t.State == slo.DrillIncomplete {
		parts = append(parts, w.t("continuity.incomplete"))
	}
	if t.Actions != "" {
		parts = append(parts, w.t("continuity.actions", clean(t.Actions, p.evidence)))
	}
	return strings.Join(parts, w.t("list.apart"))
}

// testVerdict is how a test went.
func (w words) testVerdict(t *ContinuityTest) string {
	switch {
	case t.State == slo.DrillAborted:
		return w.t("continuity.aborted")
	case t.Passed == nil:
		return w.t("continuity.running")
	case *t.Passed:
		return w.t("continuity.passed")
	}
	return w.t("continuity.failed")
}

// attained is an attainment in words.
func (w words) attained(a *Attainment) string {
	if a == nil {
		return w.t("kpi.none.tests")
	}
	return w.t("kpi.attained", a.Met, a.Of, w.percent(a.Share))
}
