package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

const (
	stepsKey    = "steps told" // of the settings
	keepNotices = 90 * 24 * time.Hour
	pruneEvery  = 6 * time.Hour
)

// teller puts what there is to tell channels into their outboxes, together
// with what it tells of.
type teller struct {
	channels *notify.Channels
	store    *sqlstore.Store
	planned  func(service string, at slo.Instant) bool
	root     func(service string, at slo.Instant) string // what took a service down; "" is nothing
	now      func() slo.Instant
	base     func() string // URL of the pages
	failed   func(what string, err error)

	told map[string][]notify.Step // by channel; of the alerter's loop alone
}

// openChannels makes the channels of the configuration.
func (c *Collector) openChannels(ctx context.Context, _ *slo.Catalog) error {
	var list []*notify.Channel
	for _, cfg := range c.config.Channels {
		ch, err := cfg.open()
		if err != nil {
			return err
		}
		list = append(list, ch)
	}
	var err error
	c.channels, err = notify.NewChannels(list, func(name string) notify.Store[notify.Notice] { return noticeOutbox(c.store, name) }, c.log)
	if err != nil {
		return err
	}
	c.teller = &teller{
		channels: c.channels, store: c.store, now: c.now, base: c.base, failed: c.failed,
		planned: func(service string, at slo.Instant) bool { return c.engine().Planned(service, at) },
		root: func(service string, at slo.Instant) string {
			name, _ := c.engine().Root(service, at)
			return name
		},
	}
	if len(list) > 0 {
		c.store.TellIncidents(c.teller.incident)
	}
	return c.teller.restore(ctx)
}

// restore takes what the last run told of steps.
func (t *teller) restore(ctx context.Context) error {
	b, err := t.store.Get(ctx, stepsKey)
	if err != nil || b == nil {
		return err
	}
	if err := json.Unmarshal(b, &t.told); err != nil {
		return fmt.Errorf("reading what channels were told of budgets: %w", err)
	}
	return nil
}

// incident makes the rows that tell of a change of an incident. It is called
// within the transaction that commits the change.
func (t *teller) incident(before *slo.Incident, after slo.Incident) ([]sqlstore.OutboxRow, error) {
	var items []notify.NoticeItem
	root := ""
	if after.Trigger == slo.ServiceDown && after.Restored == 0 {
		root = t.root(after.Service, t.now())
	}
	for _, e := range notify.IncidentEvents(before, after, root) {
		if t.planned(after.Service, after.Detected) {
			e.Severity = slo.Ticket // nobody is woken by work that was planned
		}
		e.Link = t.base() + "/incidents/" + after.ID
		items = append(items, t.channels.Notices(t.now(), e)...)
	}
	return noticeRows(items)
}

// steps tells of the steps of budget policies among the alerts that hold at an
// instant, and of those that no longer do. What was told and the rows that
// tell it are one transaction; after an error all of it is tried again.
func (t *teller) steps(ctx context.Context, at slo.Instant, alerts []evaluate.Alert) {
	var reached []notify.Step
	for i := range alerts {
		if s, ok := t.step(&alerts[i]); ok {
			reached = append(reached, s)
		}
	}
	notices, next := t.channels.StepNotices(t.told, reached, at)
	if len(notices) == 0 && sameSteps(t.told, next) {
		return
	}
	rows, err := noticeRows(notices)
	var b []byte
	if err == nil {
		b, err = json.Marshal(next)
	}
	if err == nil {
		err = t.store.SetAndEnqueue(ctx, stepsKey, b, rows)
	}
	if err != nil {
		if ctx.Err() == nil {
			t.failed("putting what there is to tell of budgets into the outbox", err)
		}
		return
	}
	t.told = next
	t.channels.Wake()
}

// sameSteps reports whether two records of what was told name the same steps.
func sameSteps(a, b map[string][]notify.Step) bool {
	if len(a) != len(b) {
		return false
	}
	for channel, steps := range a {
		if len(steps) != len(b[channel]) || len(notify.StepEvents(steps, b[channel], 0)) > 0 {
			return false
		}
	}
	return true
}

// step is the step of a budget policy that an alert is about; false where it is
// about none.
func (t *teller) step(a *evaluate.Alert) (notify.Step, bool) {
	s := a.Step
	if s == nil {
		return notify.Step{}, false
	}
	actions := map[slo.BudgetAction]string{slo.Notify: notify.ActionNotify, slo.Freeze: notify.ActionFreeze, slo.OpenIncident: notify.ActionIncident}
	action, ok := actions[s.Action]
	out := notify.Step{
		Service: a.Labels[notify.LabelService], Severity: a.Severity, Summary: a.Words.Summary, Link: t.base() + a.Path,
		Budget: notify.BudgetFacts{
			Agreement: s.Agreement, Objective: s.Objective, Step: s.At.Percent(), Action: action, Since: a.Since, Until: s.Lifted,
			Window: s.Window,
		},
	}
	if s.ByRequests {
		out.Budget.BudgetBad, out.Budget.UsedBad = json.Number(slo.Thousandths(s.Budget)), json.Number(slo.Thousandths(s.Used))
	} else {
		out.Budget.BudgetMS, out.Budget.UsedMS = s.Budget, s.Used
	}
	return out, ok
}

// run drops what channels were told long ago, until ctx ends.
func (t *teller) run(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := t.store.ForgetNotices(ctx, t.now().Add(-keepNotices)); err != nil && ctx.Err() == nil {
			t.failed("forgetting what channels were told", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
