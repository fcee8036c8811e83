package collector

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// gatherExclusions takes requests about the period, and those that were made in
// it, each with a page.
func (g *gathering) gatherExclusions(ctx context.Context) error {
	list, err := g.store.Exclusions(ctx, sqlstore.ExclusionFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	undecided := evidence.Remark{Key: "undecided"}
	for i := range list {
		x := &list[i]
		if !g.period.Contains(x.RequestedAt) && !g.touches(x.Interval) {
			continue
		}
		g.about[x.ID] = true
		if undecided.Of++; x.State() == slo.ExclusionPending {
			undecided.Names = append(undecided.Names, x.ID)
		}
		path := g.page("exclusions", x.ID, x.ID, func() evidence.Page { return exclusionPage(g.Language, x) })
		var decided []string
		for _, d := range x.Decisions {
			decided = append(decided, fmt.Sprintf("%s by %s at %s: %s", d.Act, d.Actor, d.At, d.Comment))
		}
		rows = append(rows, evidence.Row{At: max(x.From, g.period.From), File: path, Cells: []string{
			x.ID, strings.Join(x.Agreements, ", "), x.From.String(), x.To.String(), x.Cause.String(), x.Reason, x.RequestedBy, x.RequestedAt.String(), string(x.State()),
			strings.Join(decided, "\n"),
		}})
	}
	g.remarked(evidence.Exclusions, undecided)
	g.add(evidence.Exclusions, []string{"exclusion", "agreements", "from", "to", "cause", "reason", "asked by", "asked at", "state", "decisions"}, rows)
	return nil
}

// exclusionPage is a request with who decided what on it, and what that did to
// figures.
func exclusionPage(l evidence.Language, x *slo.ExclusionRequest) evidence.Page {
	p := evidence.Page{Title: l.Text("record.exclusion", x.ID), Facts: [][2]string{
		{"Agreements", strings.Join(x.Agreements, ", ")}, {"From", x.From.String()}, {"To", x.To.String()}, {"Cause", x.Cause.String()}, {"Reason", x.Reason},
		{"Asked by", x.RequestedBy}, {"Asked", x.RequestedAt.String()}, {"Entry", strconv.FormatInt(x.Entry, 10)}, {"State", string(x.State())},
	}}
	decisions := evidence.Table{Title: "Decisions", Columns: []string{"at", "act", "by", "comment", "entry"}}
	effects := evidence.Table{Title: "What it did to figures", Columns: []string{"at", "agreement", "objective", "from", "to", "availability % before", "availability % after"}}
	for _, d := range x.Decisions {
		decisions.Rows = append(decisions.Rows, []string{d.At.String(), string(d.Act), d.Actor, d.Comment, strconv.FormatInt(d.Entry, 10)})
		for _, e := range d.Effects {
			effects.Rows = append(effects.Rows, []string{d.At.String(), e.Agreement, e.Objective, e.Window.From.String(), e.Window.To.String(), number(e.Before.Availability), number(e.After.Availability)})
		}
	}
	p.Tables = []evidence.Table{decisions, effects}
	return p
}
