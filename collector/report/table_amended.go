package report

import "github.com/assay-sla/assay/internal/spreadsheet"

// amended is what an amendment has otherwise than the edition before.
func (t tabler) amended() table {
	out := t.of("amended", "amend.table", "agreement objective from to verdict_before verdict delivered_before_percent delivered_percent down_before_s down_s credit_before_percent credit_percent entry reason")
	if t.r.Amends == nil {
		return out
	}
	for i := range t.r.Amends.Figures {
		c := &t.r.Amends.Figures[i]
		row := append([]datum{said(c.Agreement), said(c.Objective)}, t.span(c.Of)...)
		row = append(row, t.verdict(c.Before.Verdict), t.verdict(c.After.Verdict), share(c.Before.Delivered), share(c.After.Delivered),
			lasting(c.Before.Down), lasting(c.After.Down), creditShare(c.Before.Credit), creditShare(c.After.Credit))
		if n := len(c.Why); n > 0 {
			row = append(row, counted(c.Why[n-1].Entry), coded(spreadsheet.Cell(clean(c.Why[n-1].Reason, maxCell)), spreadsheet.Cell(t.why(&c.Why[n-1]))))
		} else {
			row = append(row, datum{}, datum{})
		}
		out.rows = append(out.rows, row)
	}
	return out
}

// creditShare is a credit in percent; "" is none.
func creditShare(percent string) datum {
	if percent == "" {
		return datum{}
	}
	return decimalOf(percentValue, percent)
}

// whoseCell is whose an outage was, in words; empty where nobody else can have
// been.
func (t tabler) whoseCell(a *Attribution) datum {
	if a == nil {
		return datum{}
	}
	s := spreadsheet.Cell(clean(t.whose(a), maxCell))
	return coded(s, s)
}
