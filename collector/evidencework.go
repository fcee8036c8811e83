package collector

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// maxEvidence bounds the records of a set that a pack shows.
const maxEvidence = 100_000

// gatherIncidents takes those that touch the period, with a page for each.
func (g *gathering) gatherIncidents(ctx context.Context) error {
	const page = 500
	for {
		list, err := g.store.Incidents(ctx, sqlstore.IncidentFilter{Overlap: &g.period.Interval, Limit: page, Offset: len(g.incidents)})
		if err != nil {
			return err
		}
		g.incidents = append(g.incidents, list...)
		if len(g.incidents) > maxEvidence {
			return fmt.Errorf("more than %d incidents touch the period: ask for a shorter one", maxEvidence)
		}
		if len(list) < page {
			break
		}
	}
	rows := make([]evidence.Row, len(g.incidents))
	for i := range g.incidents {
		n := &g.incidents[i]
		g.about[n.ID] = true
		path := g.page("incidents", n.ID, n.ID, func() evidence.Page { return incidentPage(g.Language, n) })
		rows[i] = evidence.Row{At: max(n.Began, g.period.From), File: path, Cells: []string{
			n.ID, n.Service, string(n.Trigger), priorityText(n), instant(n.Began), instant(n.Detected), instant(n.Acknowledged), instant(n.Work.Responded),
			instant(n.Restored), instant(n.Resolved), instant(n.Work.Closed), n.Work.Assignee, n.Downtime.String(),
		}}
	}
	g.add(evidence.Incidents, []string{
		"incident", "service", "opened by", "priority", "began", "detected", "acknowledged", "responded", "restored", "resolved", "closed", "assignee", "downtime",
	}, rows)
	return nil
}

func priorityText(n *slo.Incident) string {
	if n.Work.Priority == 0 {
		return ""
	}
	text := strconv.Itoa(n.Work.Priority)
	if n.Work.Major != nil {
		text += " (major)"
	}
	return text
}

// incidentPath is the page of an incident in a pack.
func incidentPath(id string) string { return "records/incidents/" + pathOf(id) + ".html" }

// incidentPage is an incident with its timeline.
func incidentPage(l evidence.Language, n *slo.Incident) evidence.Page {
	p := evidence.Page{Title: l.Text("record.incident", n.ID), Facts: [][2]string{
		{"Service", n.Service}, {"Opened by", string(n.Trigger)}, {"Summary", n.Summary}, {"Stage", string(n.Stage())}, {"Priority", priorityText(n)},
		{"Began", instant(n.Began)}, {"Detected", instant(n.Detected)}, {"Acknowledged", instant(n.Acknowledged)}, {"Responded", instant(n.Work.Responded)},
		{"Restored", instant(n.Restored)}, {"Resolved", instant(n.Resolved)}, {"Closed", instant(n.Work.Closed)}, {"Downtime", n.Downtime.String()},
		{"Assignee", n.Work.Assignee}, {"Agreements", strings.Join(n.Agreements, ", ")}, {"Part of", n.Work.Parent},
	}}
	if r := n.Work.Resolution; r != nil {
		p.Facts = append(p.Facts, [2]string{"Closure", string(r.Code)}, [2]string{"Cause", r.Cause})
	}
	if m := n.Work.Major; m != nil {
		p.Facts = append(p.Facts, [2]string{"Major, led by", m.Owner}, [2]string{"Review due", instant(m.ReviewDue)}, [2]string{"Reviewed", instant(m.Reviewed)})
	}
	for _, l := range n.Work.Links {
		p.Facts = append(p.Facts, [2]string{"Linked", string(l.Kind) + " " + l.ID})
	}
	events := evidence.Table{Title: "Timeline", Columns: []string{"at", "event", "by", "value", "text"}}
	for _, e := range n.Events {
		events.Rows = append(events.Rows, []string{e.At.String(), string(e.Kind), e.Actor, e.Value, e.Text})
	}
	causes := evidence.Table{Title: "What the agents saw", Columns: []string{"at", "probe", "target address", "location", "agent", "reason", "evidence"}}
	for _, c := range n.Causes {
		causes.Rows = append(causes.Rows, []string{c.At.String(), c.Probe, c.Target, c.Location, c.Agent, string(c.Reason), c.Evidence})
	}
	p.Tables = []evidence.Table{events, causes}
	return p
}

// gatherDrills takes those that were declared in the year that ends with the
// period, for a plan is tested once or twice in one; each with a page.
func (g *gathering) gatherDrills(ctx context.Context) error {
	list, err := g.store.Drills(ctx, sqlstore.DrillFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	for i := range list {
		d := &list[i]
		if !g.period.Year.Contains(d.Declared) {
			continue
		}
		g.about[d.ID] = true
		path := g.page("drills", d.ID, d.ID, func() evidence.Page { return drillPage(g.Language, d) })
		rto, rpo := drillTimes(d)
		rows = append(rows, evidence.Row{At: d.Declared, File: path, Cells: []string{
			d.ID, d.Plan, d.Name, string(d.Terms.Kind), d.Declared.String(), d.By, string(d.State()), passedText(d), rto, rpo,
		}})
	}
	g.drills = list
	g.add(evidence.Drills, []string{"drill", "plan", "name", "kind", "declared", "by", "state", "passed", "actual RTO", "actual RPO"}, rows)
	return nil
}

func passedText(d *slo.Drill) string {
	switch {
	case d.Ended() == 0:
		return ""
	case d.Passed():
		return "yes"
	}
	return "no"
}

// drillTimes are the recovery times that were measured.
func drillTimes(d *slo.Drill) (rto, rpo string) {
	r := d.Result()
	if r == nil {
		return "", ""
	}
	if r.RTO != nil {
		rto = milliseconds(*r.RTO)
	}
	if r.RPO != nil {
		rpo = milliseconds(*r.RPO)
	}
	return rto, rpo
}

func milliseconds(n int64) string { return (time.Duration(n) * time.Millisecond).String() }

// drillPage is a drill with its steps.
func drillPage(l evidence.Language, d *slo.Drill) evidence.Page {
	rto, rpo := drillTimes(d)
	p := evidence.Page{Title: l.Text("record.drill", d.ID), Facts: [][2]string{
		{"Plan", d.Plan}, {"Test", d.Name}, {"Kind", string(d.Terms.Kind)}, {"Declared", d.Declared.String()}, {"By", d.By}, {"State", string(d.State())},
		{"Passed", passedText(d)}, {"Actual RTO", rto}, {"Actual RPO", rpo},
	}}
	steps := evidence.Table{Title: "Steps", Columns: []string{"probe", "from", "to", "good", "reason", "evidence"}}
	if r := d.Result(); r != nil {
		for _, reason := range r.Reasons {
			p.Facts = append(p.Facts, [2]string{"Did not pass for", string(reason)})
		}
		for _, s := range r.Steps {
			steps.Rows = append(steps.Rows, []string{s.Probe, s.From.String(), s.To.String(), strconv.FormatBool(s.Good), string(s.Reason), s.Evidence})
		}
	}
	events := evidence.Table{Title: "Timeline", Columns: []string{"at", "event", "by", "text", "participants", "verdict", "comment", "actions"}}
	for _, e := range d.Events {
		row := []string{e.At.String(), string(e.Act), e.Actor, e.Text, "", "", "", ""}
		if v := e.Review; v != nil {
			verdict := "did not pass"
			if v.Passed {
				verdict = "passed"
			}
			copy(row[4:], []string{v.Participants, verdict, v.Comment, v.Actions})
		}
		events.Rows = append(events.Rows, row)
	}
	p.Tables = []evidence.Table{steps, events}
	return p
}

// gatherForecasts takes the scores of the forecasts whose day lay in the period.
func (g *gathering) gatherForecasts(ctx context.Context) error {
	list, err := g.store.ForecastScores(ctx, g.period.From, g.period.To)
	if err != nil {
		return err
	}
	var rows []evidence.Row
	for _, s := range list {
		rows = append(rows, evidence.Row{Cells: []string{
			s.Resource, s.Series, strconv.Itoa(int(s.Ahead.Hours()) / 24), strconv.FormatInt(s.Count, 10), strconv.FormatInt(s.Inside, 10), s.Error.String(), s.ErrorShare.String(),
		}})
	}
	g.add(evidence.Forecasts, []string{"resource", "series", "days ahead", "forecasts", "inside their interval", "mean absolute error", "as a share of the limit"}, rows)
	return nil
}
