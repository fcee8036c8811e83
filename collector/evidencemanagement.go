package collector

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// gatherChanges takes the changes and releases that touch the period, with a
// page for each.
func (g *gathering) gatherChanges(ctx context.Context) error {
	list, err := g.store.Changes(ctx, sqlstore.ChangeFilter{Overlap: &g.period.Interval})
	if err != nil {
		return err
	}
	var rows, releases []evidence.Row
	for i := range list {
		c := &list[i]
		g.about[c.ID] = true
		path := g.page("changes", c.ID, c.ID, func() evidence.Page { return changePage(g.Language, c) })
		row := evidence.Row{At: max(c.From, g.period.From), File: path, Cells: []string{
			c.ID, string(c.Kind), strings.Join(c.Services, ", "), c.From.String(), c.To.String(), c.Summary, c.By, string(c.Source), strconv.FormatBool(c.Major),
			strconv.FormatBool(len(c.Freezes) > 0), lastVerdict(c),
		}}
		rows = append(rows, row)
		if c.Kind == slo.Release {
			releases = append(releases, row)
		}
	}
	columns := []string{"change", "kind", "services", "from", "to", "summary", "by", "told by", "major", "during a freeze", "what people said of it"}
	g.add(evidence.Changes, columns, rows)
	g.add(evidence.Releases, columns, releases)
	return nil
}

// lastVerdict is what people said of a change last.
func lastVerdict(c *slo.ChangeRecord) string {
	if len(c.Events) == 0 {
		return ""
	}
	return string(c.Events[len(c.Events)-1].Act)
}

// changePage is a change with what was said of it.
func changePage(l evidence.Language, c *slo.ChangeRecord) evidence.Page {
	p := evidence.Page{Title: l.Text("record.change", c.ID), Facts: [][2]string{
		{"Kind", string(c.Kind)}, {"Services", strings.Join(c.Services, ", ")}, {"From", c.From.String()}, {"To", c.To.String()}, {"Summary", c.Summary},
		{"Description", c.Description}, {"By", c.By}, {"Link", c.Link}, {"Told by", string(c.Source) + ", " + c.RecordedBy}, {"Recorded", instant(c.RecordedAt)},
	}}
	for _, f := range c.Freezes {
		p.Facts = append(p.Facts, [2]string{"During a freeze", l.Text("record.freeze", f.Agreement, f.Objective, f.Step)})
	}
	t := evidence.Table{Title: "What was said afterwards", Columns: []string{"at", "act", "by", "text"}}
	for _, e := range c.Events {
		t.Rows = append(t.Rows, []string{e.At.String(), string(e.Act), e.Actor, e.Text})
	}
	p.Tables = []evidence.Table{t}
	return p
}

// gatherProblems takes the problems that something happened to in the period,
// and those that nobody has closed, with a page for each.
func (g *gathering) gatherProblems(ctx context.Context) error {
	list, err := g.store.Problems(ctx, sqlstore.ProblemFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	owner, cause := evidence.Remark{Key: "owner"}, evidence.Remark{Key: "cause"}
	for i := range list {
		problem := &list[i]
		began, last := problem.Events[0].At, problem.Events[len(problem.Events)-1].At
		if began >= g.period.To || last < g.period.From && !problem.State.Active() {
			continue
		}
		g.about[problem.ID] = true
		if problem.State.Active() {
			look(&owner, problem.ID, problem.Owner == "")
		} else {
			look(&cause, problem.ID, problem.RootCause == "")
		}
		path := g.page("problems", problem.ID, problem.ID, func() evidence.Page { return problemPage(g.Language, problem) })
		rows = append(rows, evidence.Row{At: max(began, g.period.From), File: path, Cells: []string{
			problem.ID, problem.Service, problem.Title, string(problem.State), problem.Owner, problem.RootCause, problem.Workaround, instant(problem.Fixed), problem.FixChange,
			strconv.Itoa(len(problem.Incidents)),
		}})
	}
	g.remarked(evidence.Problems, owner)
	g.remarked(evidence.Problems, cause)
	g.add(evidence.Problems, []string{"problem", "service", "title", "state", "owner", "root cause", "workaround", "fixed", "by change", "incidents"}, rows)
	return nil
}

// problemPage is a problem with its timeline.
func problemPage(l evidence.Language, problem *slo.Problem) evidence.Page {
	p := evidence.Page{Title: l.Text("record.problem", problem.ID), Facts: [][2]string{
		{"Service", problem.Service}, {"Title", problem.Title}, {"State", string(problem.State)}, {"Owner", problem.Owner}, {"Root cause", problem.RootCause},
		{"Workaround", problem.Workaround}, {"Fixed", instant(problem.Fixed)}, {"By change", problem.FixChange}, {"Closed", instant(problem.Closed)},
	}}
	incidents := evidence.Table{Title: "Incidents", Columns: []string{"incident", "began"}}
	for _, i := range problem.Incidents {
		incidents.Rows = append(incidents.Rows, []string{i.ID, i.Began.String()})
	}
	events := evidence.Table{Title: "Timeline", Columns: []string{"at", "event", "by", "value", "text"}}
	for _, e := range problem.Events {
		events.Rows = append(events.Rows, []string{e.At.String(), string(e.Act), e.Actor, e.Value, e.Text})
	}
	p.Tables = []evidence.Table{incidents, events}
	return p
}

// gatherRequests takes the newest counts of service requests of the period.
func (g *gathering) gatherRequests(ctx context.Context) error {
	list, err := g.store.ServiceRequests(ctx, sqlstore.ServiceRequestFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	for _, r := range list {
		day, err := time.ParseInLocation(time.DateOnly, r.Period.First(), g.Zone)
		if err != nil || !g.period.Contains(slo.At(day)) {
			continue
		}
		rows = append(rows, evidence.Row{At: slo.At(day), Cells: []string{
			r.Service, r.Agreement, string(r.Period), strconv.FormatInt(r.Received, 10), strconv.FormatInt(r.Completed, 10), strconv.FormatInt(r.InTarget, 10),
			(time.Duration(r.TotalS) * time.Second).String(), strconv.Itoa(r.Version), r.Actor, r.At.String(),
		}})
	}
	g.add(evidence.Requests, []string{"service", "agreement", "period", "received", "completed", "in target", "time of the completed", "version", "by", "at"}, rows)
	return nil
}
