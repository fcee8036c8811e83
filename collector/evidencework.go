package collector

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/notify"
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
		p := incidentPage(n)
		g.pages = append(g.pages, p)
		rows[i] = evidence.Row{At: max(n.Began, g.period.From), File: p.Path, Cells: []string{
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

// incidentPage is an incident with its timeline.
func incidentPage(n *slo.Incident) evidence.Page {
	p := evidence.Page{Path: "records/incidents/" + pathOf(n.ID) + ".html", Title: "Incident " + n.ID, Facts: [][2]string{
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
		p.Facts = append(p.Facts, [2]string{"Linked " + string(l.Kind), l.ID})
	}
	events := evidence.Table{Title: "Timeline", Columns: []string{"at", "event", "by", "value", "text"}}
	for _, e := range n.Events {
		events.Rows = append(events.Rows, []string{e.At.String(), string(e.Kind), e.Actor, e.Value, e.Text})
	}
	causes := evidence.Table{Title: "What the agents saw", Columns: []string{"at", "probe", "target", "location", "agent", "reason", "evidence"}}
	for _, c := range n.Causes {
		causes.Rows = append(causes.Rows, []string{c.At.String(), c.Probe, c.Target, c.Location, c.Agent, string(c.Reason), c.Evidence})
	}
	p.Tables = []evidence.Table{events, causes}
	return p
}

// gatherExclusions takes requests about the period, and those that were made in
// it.
func (g *gathering) gatherExclusions(ctx context.Context) error {
	list, err := g.store.Exclusions(ctx, sqlstore.ExclusionFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	for _, x := range list {
		if !g.period.Contains(x.RequestedAt) && !g.touches(x.Interval) {
			continue
		}
		g.about[x.ID] = true
		decided := ""
		for _, d := range x.Decisions {
			decided += fmt.Sprintf("%s by %s at %s: %s. ", d.Act, d.Actor, d.At, d.Comment)
		}
		rows = append(rows, evidence.Row{At: max(x.From, g.period.From), Cells: []string{
			x.ID, strings.Join(x.Agreements, ", "), x.From.String(), x.To.String(), x.Cause.String(), x.Reason, x.RequestedBy, x.RequestedAt.String(), string(x.State()), strings.TrimSpace(decided),
		}})
	}
	g.add(evidence.Exclusions, []string{"exclusion", "agreements", "from", "to", "cause", "reason", "asked by", "asked at", "state", "decisions"}, rows)
	return nil
}

// gatherDrills takes those that were declared in the period, with a page for
// each.
func (g *gathering) gatherDrills(ctx context.Context) error {
	list, err := g.store.Drills(ctx, sqlstore.DrillFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	for i := range list {
		d := &list[i]
		if !g.period.Contains(d.Declared) {
			continue
		}
		g.about[d.ID] = true
		p := drillPage(d)
		g.pages = append(g.pages, p)
		rto, rpo := drillTimes(d)
		rows = append(rows, evidence.Row{At: d.Declared, File: p.Path, Cells: []string{
			d.ID, d.Plan, d.Name, string(d.Terms.Kind), d.Declared.String(), d.By, string(d.State()), passedText(d), rto, rpo,
		}})
	}
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
func drillPage(d *slo.Drill) evidence.Page {
	rto, rpo := drillTimes(d)
	p := evidence.Page{Path: "records/drills/" + pathOf(d.ID) + ".html", Title: "Continuity test " + d.ID, Facts: [][2]string{
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

// gatherMails takes what was mailed in the period and until now: a report of a
// month leaves after it.
func (g *gathering) gatherMails(ctx context.Context) error {
	var rows []evidence.Row
	err := g.store.EachMail(ctx, slo.Interval{From: g.period.From, To: max(g.period.To, g.At+1)}, func(r sqlstore.OutboxRow) error {
		item, err := outboxItem[notify.Message](r)
		if err != nil {
			g.doesNotFit("The mail %s cannot be read.", r.ID)
			return nil
		}
		d := item.Delivery
		refused := ""
		for _, x := range d.Refused {
			refused += x.To + " "
		}
		rows = append(rows, evidence.Row{At: r.Enqueued, Cells: []string{
			r.ID, item.Message.Subject, strings.Join(item.Message.To, ", "), r.Enqueued.String(), string(d.State), instant(d.Ended), strings.Join(d.Accepted, ", "),
			strings.TrimSpace(refused), strconv.FormatBool(d.Resent), d.Response, d.Error,
		}})
		return nil
	})
	g.add(evidence.Mails, []string{"message ID", "subject", "to", "queued", "state", "ended", "accepted for", "refused for", "marked as sent again", "the server's answer", "error"}, rows)
	return err
}
