package collector

import (
	"context"
	"slices"
	"strings"

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
		for i := range items {
			if row, ok := g.registered(&shape, set, &items[i]); ok {
				rows = append(rows, row)
			}
		}
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

// registered is the row of an item; false where it is none of the period: it
// came later, or nothing happened to it and nothing is left to do about it.
func (g *gathering) registered(shape *slo.Register, set evidence.Set, i *slo.RegisterItem) (evidence.Row, bool) {
	began, last := i.Events[0].At, i.Events[len(i.Events)-1].At
	state := shape.State(i.State)
	over := state != nil && state.Over
	if began >= g.period.To || over && last < g.period.From {
		return evidence.Row{}, false
	}
	g.about[i.Register+"/"+i.ID] = true
	p := itemPage(shape, set, i)
	g.pages = append(g.pages, p)
	row := evidence.Row{At: max(began, g.period.From), File: p.Path, Cells: []string{i.ID, i.State}}
	if slices.Contains(lastingRegisters, shape.Name) {
		row.At = 0
	}
	for _, f := range shape.Fields {
		row.Cells = append(row.Cells, i.Values[f.Name])
	}
	return row, true
}

// itemPage is an item of a register with what was done to it.
func itemPage(shape *slo.Register, set evidence.Set, i *slo.RegisterItem) evidence.Page {
	p := evidence.Page{Path: "records/" + shape.Name + "/" + pathOf(i.ID) + ".html", Title: set.Name() + ": " + i.ID, Facts: [][2]string{{"State", i.State}}}
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
