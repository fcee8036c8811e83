package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

const (
	alertsEvery    = 5 * time.Second
	alertsKey      = "alerts" // of the settings
	asideRemember  = time.Hour
	journalNearTop = 0.9
	// refusedRemember is how long a full journal is alerted on after it last
	// refused a batch: agents try again within this.
	refusedRemember = time.Minute
)

// alerter keeps the Alertmanagers told of what is so.
type alerter struct {
	to     *notify.Alertmanagers
	store  *sqlstore.Store
	engine func() *evaluate.Engine
	agents func(slo.Instant) []slo.AgentStatus
	// certificates are when those of the agents end, by agent.
	certificates func() map[string]slo.Instant
	// forecasts are those of the resources.
	forecasts func() []slo.ResourceForecast
	// self are the alerts about the collector.
	self func(context.Context, slo.Instant) []evaluate.Alert
	// steps tells channels of the steps of budget policies among the alerts.
	steps func(context.Context, slo.Instant, []evaluate.Alert)
	now   func() slo.Instant
	near  func() []evaluate.Alert // of incidents' targets that are nearly missed
	opens func([]evaluate.Alert)  // is told of the alerts, some of which are to have an incident
	ready func() bool             // before it is, nothing is known to have ended
	base  func() string           // URL of the pages
	// incident is the ID of the incident that an alert is about, "" where it has
	// none, or none yet.
	incident func(*evaluate.Alert) string
	flapping func(slo.Instant) map[string]bool // services whose incident comes and goes
	poke     chan struct{}
	failed   func(what string, err error)
}

// soon asks for the alerts to be computed at once.
func (a *alerter) soon() {
	select {
	case a.poke <- struct{}{}:
	default:
	}
}

// restore takes the alerts of the last run, so that what ended meanwhile is
// sent resolved.
func (a *alerter) restore(ctx context.Context) error {
	b, err := a.store.Get(ctx, alertsKey)
	if err != nil || b == nil {
		return err
	}
	var alerts []notify.Alert
	if err := json.Unmarshal(b, &alerts); err != nil {
		return fmt.Errorf("reading the alerts of the last run: %w", err)
	}
	a.to.Restore(a.now(), alerts)
	return nil
}

// run computes the alerts whenever it is poked, and now and then, until ctx
// ends.
func (a *alerter) run(ctx context.Context) error {
	tick := time.NewTicker(alertsEvery)
	defer tick.Stop()
	var saved string
	for {
		if a.ready() {
			at := a.now()
			alerts := a.engine().Alerts(at)
			a.steps(ctx, at, alerts)
			a.to.Set(at, a.current(ctx, at, alerts))
			saved = a.save(ctx, saved)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-a.poke:
		}
	}
}

// save keeps the set where it differs from what was saved.
func (a *alerter) save(ctx context.Context, saved string) string {
	b, err := json.Marshal(a.to.Current())
	if err == nil && string(b) != saved {
		err = a.store.Set(ctx, alertsKey, b)
	}
	if err != nil {
		if ctx.Err() == nil {
			a.failed("saving the alerts", err)
		}
		return saved
	}
	return string(b)
}

// current is the alerts of the engine and all others as the Alertmanagers get
// them.
func (a *alerter) current(ctx context.Context, at slo.Instant, alerts []evaluate.Alert) []notify.Alert {
	agents := a.agents(at)
	alerts = append(alerts, silent(agents, at)...)
	alerts = append(alerts, clocksOff(agents, at)...)
	alerts = append(alerts, saturated(agents, at)...)
	alerts = append(alerts, notRenewed(agents, a.certificates(), at)...)
	alerts = append(alerts, capacityAlerts(a.forecasts(), at)...)
	alerts = append(alerts, a.self(ctx, at)...)
	alerts = append(alerts, a.near()...)
	a.opens(slices.Clone(alerts))
	before, flapping := map[string]slo.Instant{}, a.flapping(at)
	last := a.to.Current()
	for _, f := range last {
		if f.EndsAt == 0 {
			before[identity(f.Labels)] = f.StartsAt
		}
	}
	out := make([]notify.Alert, len(alerts))
	for i := range alerts {
		e := &alerts[i]
		out[i] = a.alert(e)
		// When a condition over a window began is found by looking back, and
		// may move as the window does: what was said first stays. What flaps
		// began once.
		if since, fired := before[identity(out[i].Labels)]; fired && (e.Wanders || ofOutage(out[i].Labels) && flapping[e.Labels[notify.LabelService]]) {
			e.Since = since
			out[i] = a.alert(e)
		}
	}
	planned := func(service string) bool { return a.engine().Planned(service, at) }
	return append(out, heldAlerts(last, out, flapping, planned)...)
}

// identity is a set of labels as one text.
func identity(labels map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%q=%q,", k, labels[k])
	}
	return b.String()
}

// alert is an alert as the Alertmanagers get it.
func (a *alerter) alert(e *evaluate.Alert) notify.Alert {
	labels := maps.Clone(e.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[notify.LabelAlertname], labels[notify.LabelSeverity] = e.Name, string(e.Severity)
	words := map[string]string{
		notify.AnnotationSummary: e.Words.Summary, notify.AnnotationDescription: e.Words.Description,
		notify.AnnotationSince: e.Since.String(), notify.AnnotationSeenFrom: e.Words.SeenFrom,
		notify.AnnotationEvidence: e.Words.Evidence, notify.AnnotationBudgetLeft: e.Words.BudgetLeft,
		notify.AnnotationLink: a.base() + e.Path,
	}
	if id := a.incident(e); id != "" {
		words[notify.AnnotationIncident] = a.base() + "/incidents/" + id
	}
	maps.DeleteFunc(words, func(_, v string) bool { return v == "" })
	return notify.Alert{Labels: labels, Annotations: words, StartsAt: e.Since, GeneratorURL: a.base() + e.Path}
}
