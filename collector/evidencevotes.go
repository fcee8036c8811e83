package collector

import (
	"context"
	"strconv"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// gatherVotes takes the surveys about reports of the period, and those that were
// sent or answered in it. Who was asked is left out, as in a report.
func (g *gathering) gatherVotes(ctx context.Context) error {
	list, err := g.store.SurveysIn(ctx, "", slo.Interval{From: g.period.From, To: max(g.period.To, g.At+1)})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	unanswered := evidence.Remark{Key: "unanswered"}
	for i := range list {
		row := voteRow(&list[i])
		switch s := &list[i]; {
		case g.inMonths(s.Period):
			row.At = g.monthOf(s.Period, row.At)
		case g.period.Contains(row.At):
		case g.period.Contains(s.Asked):
			row.At = s.Asked
		default:
			continue
		}
		rows = append(rows, row)
		look(&unanswered, list[i].Agreement+" "+list[i].Period, list[i].Vote == nil)
	}
	if len(unanswered.Names) == unanswered.Of { // some who do not answer are the rule
		g.remarked(evidence.Satisfaction, unanswered)
	}
	g.add(evidence.Satisfaction, []string{"agreement", "service", "report of", "asked", "voted", "score", "comment", "entry"}, rows)
	return nil
}

// voteRow belongs to the instant of its vote, and to that of its question where
// there is none.
func voteRow(s *slo.Survey) evidence.Row {
	row := evidence.Row{At: s.Asked, Cells: []string{s.Agreement, s.Service, s.Period, s.Asked.String(), "", "", "", ""}}
	if v := s.Vote; v != nil {
		row.At = v.At
		copy(row.Cells[4:], []string{v.At.String(), strconv.Itoa(v.Score), v.Comment, strconv.FormatInt(v.Entry, 10)})
	}
	return row
}
