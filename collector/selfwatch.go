package collector

import (
	"context"
	"fmt"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// watchSelf alerts on what is wrong with the collector itself: a journal near
// its bound, and records that were set aside of late.
func (c *Collector) watchSelf(ctx context.Context, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	alert := func(name string, severity rules.Severity, since slo.Instant, summary, description string) {
		out = append(out, evaluate.Alert{Name: name, Severity: severity, Since: since, Path: "/agents",
			Words: evaluate.Words{Summary: summary, Description: description}})
	}
	if size, most := c.journal.Bytes(), c.config.Journal.MaxBytes; float64(size) > journalNearTop*float64(most) {
		since := slo.Instant(c.journalFull.Load())
		if since == 0 {
			since = at
			c.journalFull.Store(int64(at))
		}
		alert(notify.JournalFull, rules.Page, since, "The collector's journal is nearly full",
			fmt.Sprintf("It holds %d of %d bytes: a follower is behind. When it is full, agents keep their measurements and try again.", size, most))
	} else {
		c.journalFull.Store(0)
	}
	aside, err := c.store.SetAsideSince(ctx, at.Add(-asideRemember))
	if err != nil {
		c.failed("counting the records set aside", err)
	}
	total := 0
	for _, n := range aside {
		total += n
	}
	if total > 0 {
		alert(notify.RecordsSetAside, rules.Ticket, 0, fmt.Sprintf("%d records were set aside within an hour", total),
			fmt.Sprintf("They contradict others, make no sense, or lie in the future, and count nowhere: %v.", aside))
	}
	return out
}
