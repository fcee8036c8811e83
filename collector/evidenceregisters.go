package collector

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/register"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// gatherRegisters takes the items of each register that there were by the end
// of the period, with a page for each.
func (g *gathering) gatherRegisters(ctx context.Context) error {
	for _, shape := range register.All() {
		items, err := g.store.RegisterItems(ctx, sqlstore.RegisterFilter{Register: shape.Name})
		if err != nil {
			return err
		}
		set := evidence.Set(shape.Name)
		var rows []evidence.Row
		overdue := evidence.Remark{Key: "overdue"}
		for i := range items {
			row, ok := g.registered(&shape, &items[i])
			if !ok {
				continue
			}
			rows, overdue.Of = append(rows, row), overdue.Of+1
			if shape.Overdue(&items[i], g.At.In(g.Zone).Format(time.DateOnly)) {
				overdue.Names = append(overdue.Names, items[i].ID)
			}
		}
		g.items[set] = items
		g.remarked(set, overdue)
		columns := []string{"id", "state"}
		for _, f := range shape.Fields {
			columns = append(columns, strings.ReplaceAll(f.Name, "_", " "))
		}
		g.add(set, columns, rows)
	}
	return nil
}

// lastingRegisters are those whose items are there until they leave, whenever
// they were written down.
var lastingRegisters = []string{register.Customers, register.Contacts, register.Suppliers}

// yearlyRegisters are those of what happens once or twice a year: what is over
// is shown for a year.
var yearlyRegisters = []string{register.Audits, register.Findings, register.Reviews, register.Decisions}

// registered is the row of an item; false where it is none of the period: it
// came later, or nothing happened to it and nothing is left to do about it.
func (g *gathering) registered(shape *slo.Register, i *slo.RegisterItem) (evidence.Row, bool) {
	began, last := i.Events[0].At, i.Events[len(i.Events)-1].At
	state := shape.State(i.State)
	before := (state == nil || state.Over) && last < g.period.From
	if began >= g.period.To || before && !(slices.Contains(yearlyRegisters, shape.Name) && g.period.Year.Contains(last)) {
		return evidence.Row{}, false
	}
	subject := i.Register + "/" + i.ID
	g.about[subject] = true
	path := g.page(shape.Name, i.ID, subject, func() evidence.Page { return itemPage(g.Language, shape, i) })
	row := evidence.Row{At: max(began, g.period.From), File: path, Cells: []string{i.ID, i.State}}
	switch {
	case slices.Contains(lastingRegisters, shape.Name):
		row.At = 0
	case before:
		row.At = last
	}
	for _, f := range shape.Fields {
		row.Cells = append(row.Cells, i.Values[f.Name])
	}
	return row, true
}

// itemPage is an item of a register with what was done to it.
func itemPage(l evidence.Language, shape *slo.Register, i *slo.RegisterItem) evidence.Page {
	p := evidence.Page{Title: l.Text("record.item", evidence.Set(shape.Name).Name(l), i.ID), Facts: [][2]string{{"State", i.State}}}
	for _, f := range shape.Fields {
		p.Facts = append(p.Facts, [2]string{strings.ReplaceAll(f.Name, "_", " "), i.Values[f.Name]})
	}
	t := evidence.Table{Title: "What was done", Columns: []string{"at", "act", "by", "state", "text"}}
	for _, e := range i.Events {
		t.Rows = append(t.Rows, []string{e.At.String(), string(e.Act), e.Actor, e.State, e.Text})
	}
	p.Tables = []evidence.Table{t}
	return p
}
