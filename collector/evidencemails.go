package collector

import (
	"context"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// gatherMails takes what was mailed in the period, and what carries reports of
// it whenever that left: a report of a month leaves after it. Other mails of
// later are none of the pack's.
func (g *gathering) gatherMails(ctx context.Context) error {
	var rows []evidence.Row
	failed := evidence.Remark{Key: "failed"}
	err := g.store.EachMail(ctx, slo.Interval{From: g.period.From, To: max(g.period.To, g.At+1)}, func(r sqlstore.OutboxRow) error {
		item, err := outboxItem[notify.Message](r)
		if err != nil {
			g.doesNotFit("mail", r.ID)
			return nil
		}
		of, carries := g.carries[r.ID]
		if a := item.Message.Again; a != nil && !carries {
			of, carries = g.carries[a.Of]
			g.carries[r.ID] = of
		}
		if !carries {
			of = r.Enqueued
		}
		if !carries && !g.period.Contains(r.Enqueued) {
			return nil
		}
		look(&failed, r.ID, item.Delivery.State == notify.Failed || len(item.Delivery.Refused) > 0)
		rows = append(rows, sentRow(item, of))
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i := range rows {
		if err := g.addBounces(ctx, &rows[i]); err != nil {
			return err
		}
	}
	g.remarked(evidence.Mails, failed)
	g.add(evidence.Mails, []string{
		"message ID", "subject", "to", "queued", "state", "ended", "accepted for", "refused for", "marked as sent again", "the server's answer", "error", "came back",
	}, rows)
	return nil
}

// sentRow is a mail that belongs to an instant, with what the server said; what
// came back of it follows.
func sentRow(item notify.Item, of slo.Instant) evidence.Row {
	m, d := &item.Message, &item.Delivery
	var refused []string
	for _, x := range d.Refused {
		refused = append(refused, x.To)
	}
	return evidence.Row{At: of, Cells: []string{
		m.ID, m.Subject, strings.Join(m.To, ", "), item.Enqueued.String(), string(d.State), instant(d.Ended), strings.Join(d.Accepted, ", "),
		strings.Join(refused, ", "), strconv.FormatBool(d.Resent || m.Again != nil), d.Response, d.Error, "",
	}}
}

// addBounces adds to a mail's row what came back of it.
func (g *gathering) addBounces(ctx context.Context, row *evidence.Row) error {
	list, err := g.store.Bounces(ctx, row.Cells[0])
	if err != nil {
		return err
	}
	var back []string
	for _, b := range list {
		back = append(back, strings.TrimSpace(strings.Join([]string{b.At.String(), b.Recipient, b.Action, b.Status}, " ")))
	}
	row.Cells[len(row.Cells)-1] = strings.Join(back, "; ")
	return nil
}
