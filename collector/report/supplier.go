package report

import (
	"fmt"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// suppliers are the results of the agreements that underpin the report's.
func suppliers(in Input) []SupplierResult {
	var out []SupplierResult
	for from := 0; from < len(in.Suppliers); {
		first := &in.Suppliers[from]
		var list []*slo.ObjectiveStatus
		for from < len(in.Suppliers) && in.Suppliers[from].Objective == first.Objective {
			list = append(list, &in.Suppliers[from])
			from++
		}
		theirs := in
		theirs.Agreement, theirs.Period = first.Agreement, in.Period.in(first.Agreement.Zone)
		out = append(out, SupplierResult{
			Supplier: first.Agreement.Party, Agreement: first.Agreement.Name, Service: first.Agreement.Service,
			Objective: objective(theirs, first.Objective, list),
		})
	}
	return out
}

// attribution is whose the down time was.
func attribution(t *slo.Attribution) *Attribution {
	if t == nil {
		return nil
	}
	out := &Attribution{millis(t.Own), millis(t.Shared), []SupplierShare{}}
	for _, s := range t.Suppliers {
		out.Suppliers = append(out.Suppliers, SupplierShare{s.Supplier, millis(s.Down)})
	}
	return out
}

// supplierRow is a supplier's promise and what became of it.
type supplierRow struct {
	Key, Supplier, Name, Promised, Delivered, Mark, Verdict, Credit string
	Class                                                           Verdict
}

func (p *page) suppliers() {
	list := p.r.Suppliers
	for i := range list[:min(p.limits.planned, len(list))] {
		s := &list[i]
		row := supplierRow{
			Key: fmt.Sprintf("supplier.%d", i), Supplier: clean(s.Supplier, p.name),
			Name:     p.w.t("supplier.of", clean(s.Agreement, p.name), clean(s.Objective.Name, p.name), clean(s.Service, p.name)),
			Promised: p.promised(&s.Objective) + " " + p.method(&s.Objective), Mark: p.w.mark(s.Verdict),
			Verdict: p.w.verdict(s.Verdict, s.SoFar), Class: s.Verdict,
		}
		row.Delivered, _ = p.delivered(&s.Objective)
		if s.EarnsCredit {
			row.Credit = p.w.t("supplier.credit", p.creditLine(&s.Objective))
		}
		p.Suppliers = append(p.Suppliers, row)
	}
	if n := len(list) - p.limits.planned; n > 0 {
		p.SuppliersOmitted = p.w.n("omitted", n)
	}
}

// whose says whose the down time was, without those who had none of it.
func (p *page) whose(t *Attribution) string {
	var parts []string
	taking := slices.DeleteFunc(slices.Clone(t.Suppliers), func(s SupplierShare) bool { return s.Down == 0 })
	if t.Own > 0 || t.Shared == 0 && len(taking) == 0 {
		parts = append(parts, p.w.t("whose.own", p.w.length(t.Own)))
	}
	for _, s := range taking[:min(p.limits.places, len(taking))] {
		parts = append(parts, p.w.t("whose.supplier", clean(s.Supplier, p.name), p.w.length(s.Down)))
	}
	if t.Shared > 0 {
		parts = append(parts, p.w.t("whose.shared", p.w.length(t.Shared)))
	}
	return p.w.list(append(parts, p.more(len(taking)-p.limits.places)...))
}
