package collector

import (
	"context"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// gatherSendings takes reports of the period on their way: who released each,
// with what comment, and the messages that left; each with a page.
func (g *gathering) gatherSendings(ctx context.Context) error {
	list, err := g.store.Sendings(ctx, sqlstore.SendingFilter{})
	if err != nil {
		return err
	}
	var rows []evidence.Row
	for i := range list {
		x := &list[i]
		if len(x.Events) == 0 || !g.inMonths(x.Period) && !g.period.Contains(x.Since()) {
			continue
		}
		g.about[x.ID] = true
		path := g.page("sendings", x.ID, x.ID, func() evidence.Page { return sendingPage(g.Language, x) })
		for _, e := range x.Events {
			for _, id := range e.Mails {
				g.carries[id] = g.monthOf(x.Period, x.Since())
			}
		}
		last := x.Events[len(x.Events)-1]
		rows = append(rows, evidence.Row{At: g.monthOf(x.Period, x.Since()), File: path, Cells: []string{
			x.ID, x.Agreement, x.Period, strconv.Itoa(x.Edition), string(x.State()), strings.Join(x.Asked, ", "), last.Actor, last.At.String(), last.Comment,
			strconv.Itoa(len(x.Mails())),
		}})
	}
	g.add(evidence.Sendings, []string{"sending", "agreement", "period", "edition", "state", "asked to release", "by", "at", "comment", "messages"}, rows)
	return nil
}

// sendingPage is a report on its way, with what was done.
func sendingPage(l evidence.Language, x *slo.Sending) evidence.Page {
	p := evidence.Page{Title: l.Text("record.sending", x.ID), Facts: [][2]string{
		{"Agreement", x.Agreement}, {"Period", x.Period}, {"Edition", strconv.Itoa(x.Edition)}, {"State", string(x.State())},
		{"To", strings.Join(x.To, ", ")}, {"Asked to release", strings.Join(x.Asked, ", ")},
	}}
	t := evidence.Table{Title: "Timeline", Columns: []string{"at", "act", "by", "comment", "SHA-256 of the report", "message IDs", "entry"}}
	for _, e := range x.Events {
		t.Rows = append(t.Rows, []string{e.At.String(), string(e.Act), e.Actor, e.Comment, e.Report, strings.Join(e.Mails, " "), strconv.FormatInt(e.Entry, 10)})
	}
	p.Tables = []evidence.Table{t}
	return p
}
