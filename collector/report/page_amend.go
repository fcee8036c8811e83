package report

import (
	"cmp"
	"fmt"
)

// amendment is what changed, in words.
type amendment struct {
	Lead string
	Rows []amendedRow
	More string
}

// amendedRow is an amended figure in words.
type amendedRow struct{ Key, Name, Before, After, Why string }

func (p *page) amendment() {
	a, w := p.r.Amends, p.w
	if a == nil {
		return
	}
	p.Amendment.Lead = w.t("amend.lead", a.Replaces, p.clock.moment(a.Made))
	if len(a.Figures) == 0 {
		p.Amendment.Lead = w.join(p.Amendment.Lead, w.t("amend.nothing"))
	}
	for i := range a.Figures[:min(p.limits.planned, len(a.Figures))] {
		c := &a.Figures[i]
		row := amendedRow{
			Key: fmt.Sprintf("amended.%d", i), Name: w.t("annex.sealed.window", p.scoped(c.Agreement, c.Objective), p.clock.dates(c.Of)),
			Before: p.outcomeOf(&c.Before), After: p.outcomeOf(&c.After),
		}
		for _, r := range c.Why {
			row.Why = w.join(row.Why, p.why(&r))
		}
		p.Amendment.Rows = append(p.Amendment.Rows, row)
	}
	if n := len(a.Figures) - p.limits.planned; n > 0 {
		p.Amendment.More = w.n("omitted", n)
	}
}

// outcomeOf is what became of a window, in a line.
func (p *page) outcomeOf(o *Outcome) string {
	parts := []string{p.availability(o.Delivered)}
	if o.Delivered != nil {
		parts = append(parts, p.w.verdict(o.Verdict, false))
	}
	parts = append(parts, p.w.t("service.down", p.w.length(o.Down)))
	if o.Credit != "" {
		parts = append(parts, p.w.t("amend.credit", o.Credit))
	}
	return p.w.list(parts)
}

// why says why a figure was restated, and as which entry of the ledger.
func (p *page) why(r *Restated) string {
	reason := cmp.Or(map[string]string{RestatedTerms: p.w.t("amend.terms")}[r.Reason], p.w.t("amend.late"))
	if r.Exclusion != "" {
		reason = p.w.t("amend.exclusion", clean(r.Exclusion, p.name))
	}
	return p.w.t("amend.why", reason, r.Entry, p.clock.moment(r.At))
}
