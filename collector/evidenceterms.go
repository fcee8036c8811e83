package collector

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// gatherTerms takes what the newest catalogue promises and plans.
func (g *gathering) gatherTerms(context.Context) error {
	c := g.catalog
	if c == nil {
		g.doesNotFit("No catalogue on record can be read: services, agreements and plans are not shown.")
		c = &slo.Catalog{}
	}
	g.gatherServices(c)
	g.gatherAgreements(c)
	var resources, plans []evidence.Row
	for _, r := range c.Resources {
		limit := r.Limit.Expr
		if r.Limit.Number != nil {
			limit = r.Limit.Number.String()
		}
		resources = append(resources, evidence.Row{Cells: []string{r.Name, r.Service, r.Unit, r.Used, limit, r.LeadTime.String()}})
	}
	for _, p := range c.Plans {
		page := planPage(p)
		g.pages = append(g.pages, page)
		plans = append(plans, evidence.Row{File: page.Path, Cells: []string{p.Name, strings.Join(p.Services, ", "), p.Owner, p.RTO.String(), p.RPO.String(), p.TestEvery.String()}})
	}
	g.add(evidence.Resources, []string{"resource", "service", "unit", "used", "limit", "lead time"}, resources)
	g.add(evidence.Plans, []string{"plan", "services", "owner", "RTO", "RPO", "tested every"}, plans)
	return nil
}

func (g *gathering) gatherServices(c *slo.Catalog) {
	var rows []evidence.Row
	for _, s := range c.Services {
		rows = append(rows, evidence.Row{Cells: []string{s.Name, s.Owner, s.Criticality.String(), strings.Join(s.DependsOn, ", ")}})
	}
	g.add(evidence.Services, []string{"service", "owner", "criticality", "depends on"}, rows)
}

// gatherAgreements takes the agreements, and the parties that they name.
func (g *gathering) gatherAgreements(c *slo.Catalog) {
	var rows []evidence.Row
	parties := map[[2]string][]string{}
	for _, a := range c.Agreements {
		p := agreementPage(a)
		g.pages = append(g.pages, p)
		from, to := "", ""
		if a.From != nil {
			from = a.From.String()
		}
		if a.To != nil {
			to = a.To.String()
		}
		rows = append(rows, evidence.Row{File: p.Path, Cells: []string{a.Name, strings.ToUpper(a.Type.String()), a.Party, a.Service, a.Zone.String(), from, to, strconv.Itoa(len(a.Objectives))}})
		role := "customer"
		if a.Type == slo.UC {
			role = "supplier"
		}
		if a.Party != "" && a.Type != slo.OLA {
			parties[[2]string{a.Party, role}] = append(parties[[2]string{a.Party, role}], a.Name)
		}
	}
	g.add(evidence.Agreements, []string{"agreement", "type", "party", "service", "zone", "from", "to", "objectives"}, rows)
	var named []evidence.Row
	for party, agreements := range parties {
		named = append(named, evidence.Row{Cells: []string{party[0], party[1], strings.Join(agreements, ", ")}})
	}
	slices.SortFunc(named, func(a, b evidence.Row) int { return slices.Compare(a.Cells, b.Cells) })
	g.add(evidence.Parties, []string{"name", "role", "agreements"}, named)
}

// agreementPage is an agreement with its objectives.
func agreementPage(a *slo.Agreement) evidence.Page {
	p := evidence.Page{Path: "records/agreements/" + pathOf(a.Name) + ".html", Title: "Agreement " + a.Name, Facts: [][2]string{
		{"Type", strings.ToUpper(a.Type.String())}, {"Party", a.Party}, {"Service", a.Service}, {"Zone", a.Zone.String()},
		{"Least coverage", a.MinCoverage.Percent() + " %"}, {"Shortest outage that counts", a.MinimumOutage.String()},
	}}
	if a.Hours != nil {
		p.Facts = append(p.Facts, [2]string{"Hours", a.Hours.Name})
	}
	t := evidence.Table{Title: "Objectives", Columns: []string{"objective", "method", "target", "window"}}
	for _, o := range a.Objectives {
		target := ""
		if o.Target != 0 {
			target = o.Target.Percent() + " %"
		}
		t.Rows = append(t.Rows, []string{o.Name, o.Method.String(), target, o.Window.String()})
	}
	p.Tables = []evidence.Table{t}
	return p
}

// planPage is a continuity plan with its steps.
func planPage(plan *slo.ContinuityPlan) evidence.Page {
	p := evidence.Page{Path: "records/plans/" + pathOf(plan.Name) + ".html", Title: "Continuity plan " + plan.Name, Facts: [][2]string{
		{"Services", strings.Join(plan.Services, ", ")}, {"Owner", plan.Owner}, {"RTO", plan.RTO.String()}, {"RPO", plan.RPO.String()},
		{"Invoked by", plan.Invoke}, {"Return to normal", plan.Return}, {"Tested every", plan.TestEvery.String()},
	}}
	t := evidence.Table{Title: "Steps", Columns: []string{"do", "by", "within"}}
	for _, s := range plan.Steps {
		t.Rows = append(t.Rows, []string{s.Do, s.By, s.Within.String()})
	}
	p.Tables = []evidence.Table{t}
	return p
}
