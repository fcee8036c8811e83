package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// watchSelf alerts on what is wrong with the collector itself: a journal near
// its bound, records that were set aside of late, figures that are final and not
// sealed, and channels that take nothing.
func (c *Collector) watchSelf(ctx context.Context, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	alert := func(name string, severity slo.Severity, since slo.Instant, summary, description string) {
		out = append(out, evaluate.Alert{Name: name, Severity: severity, Since: since, Path: "/agents",
			Words: evaluate.Words{Summary: summary, Description: description}})
	}
	refused := slo.Instant(c.refused.Load())
	if size, most := c.journal.Bytes(), c.config.Journal.Size; float64(size) > journalNearTop*float64(most) || at.Sub(refused) < refusedRemember {
		since := slo.Instant(c.journalFull.Load())
		if since == 0 {
			since = at
			c.journalFull.Store(int64(at))
		}
		alert(notify.JournalFull, slo.Page, since, "The collector's journal is nearly full",
			fmt.Sprintf("It holds %d of %d bytes: a follower is behind. When it is full, agents keep their measurements and try again.", size, most))
	} else {
		c.journalFull.Store(0)
	}
	aside, err := c.store.SetAsideSince(ctx, at.Add(-asideRemember))
	if err != nil && ctx.Err() == nil {
		c.failed("counting the records set aside", err)
	}
	total := 0
	kinds := map[string]int{}
	for reason, n := range aside {
		kind, _, _ := strings.Cut(reason, ":")
		kinds[kind] += n
		total += n
	}
	if agents, n := c.ahead.since(at.Add(-asideRemember)); n > 0 {
		kinds["in the future, of "+agents] = n
		total += n
	}
	if total > 0 {
		alert(notify.RecordsSetAside, slo.Ticket, 0, fmt.Sprintf("%d records were set aside", total),
			fmt.Sprintf("They contradict others, make no sense, or lie in the future, and count nowhere: %s.", tally(kinds)))
	}
	if since := c.sealer.watch.behind(at); since != 0 {
		alert(notify.SealingBehind, slo.Ticket, since, "Figures that are final are not sealed, or not restated", c.sealer.watch.words(at))
	}
	due, err := c.drills.alerts(ctx, at)
	if err != nil && ctx.Err() == nil {
		c.failed("looking at the tests of continuity plans", err)
	}
	out = append(out, due...)
	reviews, err := c.lateReviews(ctx, at)
	if err != nil && ctx.Err() == nil {
		c.failed("looking at the reviews of major incidents", err)
	}
	out = append(out, reviews...)
	mails, err := c.sendings.alerts(ctx, at)
	if err != nil && ctx.Err() == nil {
		c.failed("looking at the reports on their way", err)
	}
	out = append(out, mails...)
	standings, err := c.channelStandings(ctx)
	if err != nil && ctx.Err() == nil {
		c.failed("counting what waits for channels", err)
	}
	return append(out, failingChannels(standings, at)...)
}

// tally lists how many there are of what, by name.
func tally(kinds map[string]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		parts = append(parts, fmt.Sprintf("%d %s", kinds[kind], kind))
	}
	return strings.Join(parts, ", ")
}

// watchedJournal tells when the journal refuses a batch for being full.
type watchedJournal struct {
	*wal.Log
	refused func()
}

// Append is the log's.
func (j watchedJournal) Append(entries ...[]byte) (uint64, error) {
	first, err := j.Log.Append(entries...)
	if errors.Is(err, wal.ErrFull) {
		j.refused()
	}
	return first, err
}

// ahead counts the quarantined measurements by agent. Its methods may be
// called at the same time.
type ahead struct {
	mu     sync.Mutex
	agents map[string]aheadCount
	all    int
}

type aheadCount struct {
	n    int         // since the first, without a pause of asideRemember
	last slo.Instant // when one was received
}

func (a *ahead) note(e slo.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.agents == nil {
		a.agents = map[string]aheadCount{}
	}
	c := a.agents[e.Agent]
	if e.Received.Sub(c.last) > asideRemember {
		c.n = 0
	}
	a.agents[e.Agent] = aheadCount{c.n + 1, max(c.last, e.Received)}
	a.all++
}

// since names agents that sent such measurements after an instant, and counts
// these.
func (a *ahead) since(at slo.Instant) (agents string, n int) {
	const most = 10
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for name, c := range a.agents {
		if c.last < at {
			delete(a.agents, name)
			continue
		}
		names = append(names, name)
		n += c.n
	}
	slices.Sort(names)
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", "), n
}

// total is how many there were since the start.
func (a *ahead) total() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all
}
