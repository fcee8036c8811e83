package collector

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// gatherTerms takes what the catalogue at the end of the period promises and
// plans, and each version of an agreement that was in force.
func (g *gathering) gatherTerms(context.Context) error {
	c := g.terms.at(g.period.To - 1)
	if !g.terms.any {
		g.doesNotFit("catalogue")
	}
	if c == nil {
		c = &slo.Catalog{}
	}
	g.catalog = c
	g.gatherServices()
	g.gatherAgreements()
	g.gatherParties()
	g.gatherPlans()
	g.addWrittenExclusions()
	return nil
}

func (g *gathering) gatherServices() {
	var rows []evidence.Row
	unowned := evidence.Remark{Key: "owner", Of: len(g.catalog.Services)}
	for _, s := range g.catalog.Services {
		if s.Owner == "" {
			unowned.Names = append(unowned.Names, s.Name)
		}
		rows = append(rows, evidence.Row{Cells: []string{s.Name, s.Owner, s.Criticality.String(), strings.Join(s.DependsOn, ", ")}})
	}
	g.remarked(evidence.Services, unowned)
	g.add(evidence.Services, []string{"service", "owner", "criticality", "depends on"}, rows)
}

// gatherAgreements takes the versions of agreements, those of one agreement
// together.
func (g *gathering) gatherAgreements() {
	var rows []evidence.Row
	unmeasured := evidence.Remark{Key: "unmeasured", Of: len(g.terms.versions)}
	slices.SortStableFunc(g.terms.versions, func(a, b *agreementVersion) int { return strings.Compare(a.Name, b.Name) })
	for _, v := range g.terms.versions {
		if len(v.Objectives) == 0 {
			unmeasured.Names = append(unmeasured.Names, v.Name)
		}
		version := strconv.Itoa(v.number)
		path := g.page("agreements", pathOf(v.Name)+"-v"+version, "", func() evidence.Page { return agreementPage(g.Language, v.Agreement) })
		rows = append(rows, evidence.Row{File: path, Cells: []string{
			v.Name, version, strings.ToUpper(v.Type.String()), v.Party, v.Service, instant(v.from), instant(v.until), strconv.Itoa(len(v.Objectives)), strconv.FormatInt(v.entry, 10),
		}})
	}
	g.remarked(evidence.Agreements, unmeasured)
	g.add(evidence.Agreements, []string{"agreement", "version", "type", "party", "service", "in force from", "until", "objectives", "entry"}, rows)
}

// gatherParties takes the customers and suppliers that agreements name.
func (g *gathering) gatherParties() {
	parties := map[[2]string][]string{}
	for _, a := range g.catalog.Agreements {
		if a.Party != "" && a.Type != slo.OLA {
			party := [2]string{a.Party, partyRole(a)}
			parties[party] = append(parties[party], a.Name)
		}
	}
	var rows []evidence.Row
	for party, agreements := range parties {
		rows = append(rows, evidence.Row{Cells: []string{party[0], party[1], strings.Join(agreements, ", ")}})
	}
	slices.SortFunc(rows, func(a, b evidence.Row) int { return slices.Compare(a.Cells, b.Cells) })
	g.add(evidence.Parties, []string{"name", "role", "agreements"}, rows)
	for role, set := range map[string]evidence.Set{"customer": evidence.Customers, "supplier": evidence.Suppliers} {
		g.remarked(set, g.unregistered(role, set, rows))
	}
}

func partyRole(a *slo.Agreement) string {
	if a.Type == slo.UC {
		return "supplier"
	}
	return "customer"
}

// unregistered is about parties of a role that no item of their register is
// named for.
func (g *gathering) unregistered(role string, set evidence.Set, parties []evidence.Row) evidence.Remark {
	out := evidence.Remark{Key: "unregistered"}
	for _, row := range parties {
		if row.Cells[1] != role {
			continue
		}
		out.Of++
		if !slices.ContainsFunc(g.items[set], func(i slo.RegisterItem) bool {
			return i.State != slo.RegisterWithdrawn && strings.EqualFold(i.Values["name"], row.Cells[0])
		}) {
			out.Names = append(out.Names, row.Cells[0])
		}
	}
	return out
}

// gatherPlans takes the plans of capacity and of continuity.
func (g *gathering) gatherPlans() {
	var resources, plans []evidence.Row
	for _, r := range g.catalog.Resources {
		limit := r.Limit.Expr
		if r.Limit.Number != nil {
			limit = r.Limit.Number.String()
		}
		resources = append(resources, evidence.Row{Cells: []string{r.Name, r.Service, r.Unit, r.Used, limit, r.LeadTime.String()}})
	}
	for _, p := range g.catalog.Plans {
		path := g.page("plans", pathOf(p.Name), "", func() evidence.Page { return planPage(g.Language, p) })
		plans = append(plans, evidence.Row{File: path, Cells: []string{p.Name, strings.Join(p.Services, ", "), p.Owner, p.RTO.String(), p.RPO.String(), p.TestEvery.String()}})
	}
	g.remarked(evidence.Plans, g.untested())
	g.add(evidence.Resources, []string{"resource", "service", "unit", "used", "limit", "lead time"}, resources)
	g.add(evidence.Plans, []string{"plan", "services", "owner", "RTO", "RPO", "tested every"}, plans)
}

// untested is about plans of which no test passed as lately as they ask for.
func (g *gathering) untested() evidence.Remark {
	out := evidence.Remark{Key: "untested", Of: len(g.catalog.Plans)}
	end := min(g.period.To, g.At)
	for _, p := range g.catalog.Plans {
		since := end.Add(-p.TestEvery)
		if !slices.ContainsFunc(g.drills, func(d slo.Drill) bool {
			return d.Plan == p.Name && d.Passed() && d.Ended() >= since && d.Ended() <= end
		}) {
			out.Names = append(out.Names, p.Name)
		}
	}
	return out
}

// addWrittenExclusions adds to the exclusions those that a catalogue has by
// itself, with who approved them.
func (g *gathering) addWrittenExclusions() {
	var rows []evidence.Row
	seen := map[string]bool{}
	for _, v := range g.terms.versions {
		for _, x := range v.Exclusions {
			id := v.Name + "/" + x.Name
			if !g.touches(x.Interval) || seen[id] {
				continue
			}
			seen[id] = true
			rows = append(rows, evidence.Row{At: max(x.From, g.period.From), File: "records/agreements/" + pathOf(v.Name) + "-v" + strconv.Itoa(v.number) + ".html", Cells: []string{
				id, v.Name, x.From.String(), x.To.String(), x.Cause.String(), x.Reason, x.RequestedBy, "", string(slo.ExclusionApproved), "approved by " + x.ApprovedBy + " in the catalogue",
			}})
		}
	}
	for i := range g.records {
		if g.records[i].Set == evidence.Exclusions {
			g.records[i].Rows = append(g.records[i].Rows, rows...)
		}
	}
}

// planPage is a continuity plan with its steps.
func planPage(l evidence.Language, plan *slo.ContinuityPlan) evidence.Page {
	p := evidence.Page{Title: l.Text("record.plan", plan.Name), Facts: [][2]string{
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
