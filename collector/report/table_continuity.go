package report

import (
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
)

// continuityTests are the tests of the plans that cover the service.
func (t tabler) continuityTests() table {
	out := t.of("continuity", "continuity.title", "plan drill kind declared ended state passed rto_s rto_allowed_s rpo_s rpo_allowed_s reasons down_s participants actions")
	for i := range t.r.Continuity {
		p := &t.r.Continuity[i]
		for k := range p.Tests {
			x := &p.Tests[k]
			row := []datum{
				said(p.Plan), said(x.Drill), coded(spreadsheet.Cell(string(x.Kind)), t.T("continuity.kind."+string(x.Kind))), t.on(x.Declared), t.onOr(x.Ended),
				coded(string(x.State), t.T("continuity.state."+string(x.State))), {},
			}
			if x.Passed != nil {
				row[6] = flagged(*x.Passed)
			}
			row = append(row, t.actual(x.RTO)...)
			row = append(row, t.actual(x.RPO)...)
			var codes, words []string
			for _, r := range x.Reasons {
				codes, words = append(codes, string(r)), append(words, t.T("continuity.reason."+string(r)))
			}
			why := coded(spreadsheet.Cell(clean(strings.Join(codes, " "), maxCell)), spreadsheet.Cell(t.w.list(words)))
			out.rows = append(out.rows, append(row, why, lasting(x.Down), said(x.Participants), said(x.Actions)))
		}
	}
	return out
}

// actual is an actual time, and what was allowed.
func (t tabler) actual(a *Actual) []datum {
	if a == nil {
		return []datum{{}, {}}
	}
	return []datum{lastingOr(a.Actual), lasting(a.Allowed)}
}

// continuityDue are the tests that those plans need.
func (t tabler) continuityDue() table {
	out := t.of("continuity_due", "continuity.due.title", "plan drill reason by late")
	for i := range t.r.Continuity {
		p := &t.r.Continuity[i]
		for _, d := range p.Due {
			out.rows = append(out.rows, []datum{said(p.Plan), said(d.Drill), coded(spreadsheet.Cell(string(d.Reason)), t.T("continuity.due."+string(d.Reason))), t.on(d.By), flagged(d.Late)})
		}
	}
	return out
}
