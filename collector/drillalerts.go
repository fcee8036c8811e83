package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/assay-sla/assay/collector/continuity"
	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// plansKey is where the settings keep since when each plan is known: one that was
// never tested is late so long after that as it may go untested.
const plansKey = "continuity.plans"

// plansKnown are since when the plans of a catalogue are known, by name.
func (d *drills) plansKnown(ctx context.Context, c *slo.Catalog, at slo.Instant) (map[string]slo.Instant, error) {
	known := map[string]slo.Instant{}
	b, err := d.store.Get(ctx, plansKey)
	if err == nil && b != nil {
		err = json.Unmarshal(b, &known)
	}
	if err != nil {
		return nil, fmt.Errorf("reading since when plans are known: %w", err)
	}
	before := maps.Clone(known)
	for _, p := range c.Plans {
		if known[p.Name] == 0 {
			known[p.Name] = at
		}
	}
	if maps.Equal(before, known) {
		return known, nil
	}
	if b, err = json.Marshal(known); err == nil {
		err = d.store.Set(ctx, plansKey, b)
	}
	return known, err
}

// dueWords say why a test is late.
var dueWords = map[slo.TestReason]string{
	slo.TestNever:    "It was never tested.",
	slo.TestPeriodic: "The last test is longer ago than the plan allows.",
	slo.TestFailed:   "The last drill did not pass, and none has passed since.",
	slo.TestChanged:  "What it covers had a major change, and no test was done since.",
}

// alerts are on drills that did not pass and on tests that are late.
func (d *drills) alerts(ctx context.Context, at slo.Instant) ([]evaluate.Alert, error) {
	c := d.catalog()
	if len(c.Plans) == 0 {
		return nil, nil
	}
	list, err := d.standings(ctx, c, at)
	if err != nil {
		return nil, err
	}
	var out []evaluate.Alert
	for _, s := range list {
		for _, due := range s.Due {
			if due.Reason == slo.TestFailed {
				out = append(out, failedAlert(due, mostCritical(c, s.Services)))
			}
			if due.Late(at) {
				out = append(out, lateAlert(due))
			}
		}
	}
	return out, nil
}

// failedAlert is on a drill that did not pass. It has an incident until one of
// its name passes.
func failedAlert(due slo.DueTest, service string) evaluate.Alert {
	return evaluate.Alert{
		Name: notify.DrillFailed, Severity: slo.Ticket, Since: due.By.Add(-continuity.Retest), Path: continuityPath, Opens: slo.DrillFailed,
		Labels: map[string]string{notify.LabelPlan: due.Plan, notify.LabelDrill: due.Drill, notify.LabelService: service},
		Words: evaluate.Words{
			Summary:     fmt.Sprintf("The drill %s of the continuity plan %s did not pass", due.Drill, due.Plan),
			Description: fmt.Sprintf("It is to be done again by %s.", due.By),
		},
	}
}

// lateAlert is on a test that is late.
func lateAlert(due slo.DueTest) evaluate.Alert {
	labels := map[string]string{notify.LabelPlan: due.Plan, notify.LabelReason: string(due.Reason)}
	if due.Drill != "" {
		labels[notify.LabelDrill] = due.Drill
	}
	return evaluate.Alert{Name: notify.ContinuityTestLate, Severity: slo.Ticket, Since: due.By, Path: continuityPath, Labels: labels,
		Words: evaluate.Words{Summary: fmt.Sprintf("A test of the continuity plan %s is late since %s", due.Plan, due.By), Description: dueWords[due.Reason]}}
}

// mostCritical is the service that an incident of a plan concerns: of those that
// the plan covers the most critical one, the first by name where several are.
func mostCritical(c *slo.Catalog, services []string) string {
	best, level := "", slo.Level(0)
	for _, name := range services {
		for _, s := range c.Services {
			if s.Name == name && (best == "" || s.Criticality > level) {
				best, level = name, s.Criticality
			}
		}
	}
	return best
}

// excludeDrill asks for the time of a drill to be excluded from the agreements
// that say so, once it is over. Somebody has to approve it, as of every exclusion
// after the fact.
func (c *Collector) excludeDrill(ctx context.Context, d *slo.Drill) {
	cat, ended := c.catalog.current(), d.Ended()
	p := cat.Plan(d.Plan)
	if p == nil || d.State() == slo.DrillAborted || !d.Terms.Disrupts() || ended <= d.Declared {
		return
	}
	var names []string
	for _, a := range cat.Agreements {
		if a.ExcludeDrills && covers(p, a) && len(names) < slo.MaxExclusionAgreements {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	r := slo.ExclusionRequest{
		Agreements: names, Interval: slo.Interval{From: d.Declared, To: ended}, Cause: slo.LateMaintenance,
		Reason: fmt.Sprintf("drill %s (%s) of the continuity plan %s", d.ID, d.Name, d.Plan),
	}
	e := web.AuditEvent{At: ended, Actor: "assay", Role: auth.Operator, By: auth.ByHost, Action: "exclusion.request", Object: strings.Join(names, ","), Outcome: web.Allowed}
	if _, _, err := c.exclusions.Request(ctx, r, e); err != nil {
		c.failed("asking for the exclusion of the drill "+d.ID, err)
	}
}

// covers reports whether a plan covers a service of an agreement.
func covers(p *slo.ContinuityPlan, a *slo.Agreement) bool {
	for _, s := range a.Services() {
		for _, of := range p.Services {
			if s == of {
				return true
			}
		}
	}
	return false
}
