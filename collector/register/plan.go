package register

import (
	"errors"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// Plan says what the lines of a CSV file do to a register, and returns the items
// with their next event. there are all items of the register. A line with the ID
// of an item changes that one; a line without an ID makes a new one, once: an item
// that began with the same values is left as it is. Where anything is wrong
// nothing is to be done.
func Plan(g *slo.Register, file []byte, there []slo.RegisterItem, known Known, by By) (slo.RegisterImport, []slo.RegisterItem) {
	rows, problems := readCSV(g, file)
	p := planning{g: g, known: known, by: by, there: map[string]*slo.RegisterItem{}, seen: map[string]bool{}}
	for i := range there {
		p.there[there[i].ID] = &there[i]
	}
	p.plan.Lines = []slo.RegisterImportLine{}
	for _, r := range rows {
		problems = append(problems, p.row(r)...)
	}
	if len(there)+p.plan.Created > slo.MaxRegisterItems {
		problems = append(problems, slo.ItemProblem(slo.ItemFull)...)
	}
	slices.SortStableFunc(problems, func(a, b slo.RegisterProblem) int { return a.Line - b.Line })
	if n := len(problems); n > maxProblems {
		problems, p.plan.Omitted = problems[:maxProblems], n-maxProblems
	}
	p.plan.Problems = append(slo.RegisterProblems{}, problems...)
	if len(problems) > 0 {
		p.items = nil
	}
	return p.plan, p.items
}

// planning is a plan while its lines are read.
type planning struct {
	g     *slo.Register
	known Known
	by    By
	there map[string]*slo.RegisterItem // by ID
	seen  map[string]bool              // IDs of the lines so far
	plan  slo.RegisterImport
	items []slo.RegisterItem
}

// row plans what one line does.
func (p *planning) row(r row) slo.RegisterProblems {
	c := slo.RegisterChange{Register: p.g.Name, ID: r.cells[columnID], State: r.cells[columnState], Values: map[string]string{}}
	for name, v := range r.cells {
		if f := p.g.Field(name); f != nil && f.Kind != slo.FieldProduct {
			c.Values[name] = v
		}
	}
	item, act, err := p.decide(c, r.cells[columnVersion])
	var problems slo.RegisterProblems
	if !errors.As(err, &problems) && p.seen[item.ID] {
		problems = slo.RegisterProblems{{Field: columnID, Reason: slo.FieldTwice}}
	}
	if len(problems) > 0 {
		problems = slices.Clone(problems)
		for k := range problems {
			problems[k].Line = r.line
		}
		return problems
	}
	p.seen[item.ID] = true
	switch act {
	case slo.LineCreates:
		p.plan.Created++
	case slo.LineChanges:
		p.plan.Changed++
	default:
		p.plan.Unchanged++
	}
	if act != slo.LineNothing {
		p.items = append(p.items, item)
	}
	p.plan.Lines = append(p.plan.Lines, slo.RegisterImportLine{Line: r.line, ID: item.ID, Title: item.Values[p.g.Title()], Act: act})
	return nil
}

// decide is the item that a line leaves, and what the line does to it.
func (p *planning) decide(c slo.RegisterChange, version string) (slo.RegisterItem, slo.ImportLineActed, error) {
	if was := p.there[c.ID]; was != nil {
		c.Version = was.Version()
		if version != "" && version != strconv.Itoa(c.Version) {
			return *was, slo.LineNothing, slo.ItemProblem(slo.ItemConflict)
		}
		now, changed, err := Change(p.g, *was, c, p.known, p.by)
		if !changed {
			return now, slo.LineNothing, err
		}
		return now, slo.LineChanges, err
	}
	now, err := Create(p.g, c, p.known, p.by)
	if err != nil {
		return now, slo.LineCreates, err
	}
	if was := p.there[now.ID]; was != nil {
		if !Same(was, &now) {
			return now, slo.LineNothing, slo.ItemProblem(slo.ItemElsewhere)
		}
		return *was, slo.LineNothing, nil
	}
	return now, slo.LineCreates, nil
}
