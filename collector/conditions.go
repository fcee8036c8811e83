package collector

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/hook"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// conditions opens and ends the incidents of whatever is not a service's
// downtime. Beside people and what joins them to others, it alone writes them,
// in rounds of which one runs at a time. The rounds have a goroutine of their
// own: alerts do not wait for what is written.
type conditions struct {
	store *sqlstore.Store
	// whole is the ID of the incident of a service that is down, "" of one
	// that is not.
	whole   func(service string) string
	outages func() []slo.Incident // of services that are down, or were and are held or not ranked yet
	changed func(slo.Incident)    // what became of such an incident
	catalog func() *slo.Catalog   // in force
	scope   func(services []string, at slo.Instant) slo.Scope
	major   func(ctx context.Context, i slo.Incident, at slo.Instant) error // tells of a major incident, once
	has     func(service string) bool                                       // whether the catalogue has it
	wake    func()                                                          // there is something to tell channels
	base    func() string                                                   // URL of the pages
	now     func() slo.Instant
	log     *slog.Logger
	poke    chan struct{}
	asked   asked

	known   map[string]slo.Incident // by key, the latest of each; those that a condition may still concern
	ids     sync.Map                // their IDs by key, for those who must not wait for a round
	triaged slo.Instant             // when all were ranked last

	mu      sync.Mutex
	foreign hook.Set         // the alerts of other systems
	waiting []chan error     // of those who told of them
	told    []slo.Incident   // what others did to incidents since the last round
	heard   []evaluate.Alert // the latest
	near    []evaluate.Alert // of targets that are nearly missed, by the last round
	// standing is how the incidents stand, by the last round; nil before one.
	standing *incidentStanding
	ready    bool // alerts were heard since the start
}

// nearBreach are the alerts of targets that are nearly missed.
func (f *conditions) nearBreach() []evaluate.Alert {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.near)
}

// standings is how the incidents stand; nil before that is known. It is not to
// be changed.
func (f *conditions) standings() *incidentStanding {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.standing
}

// gather is how long the next round waits after one, so that what comes by the
// thousand is written together.
const gather = 100 * time.Millisecond

// maxSaved bounds the incidents that one transaction writes.
const maxSaved = 500

// hear takes the alerts of now, for the next round.
func (f *conditions) hear(alerts []evaluate.Alert) {
	f.mu.Lock()
	f.heard, f.ready = alerts, true
	f.mu.Unlock()
	f.soon()
}

// soon asks for a round.
func (f *conditions) soon() {
	select {
	case f.poke <- struct{}{}:
	default:
	}
}

// run makes a round whenever alerts are heard, or somebody asks for one, until
// ctx ends.
func (f *conditions) run(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		var done chan<- struct{}
		select {
		case <-ctx.Done():
			return nil
		case done = <-f.asked:
		case <-pause.C:
			select {
			case <-ctx.Done():
				return nil
			case done = <-f.asked:
			case <-f.poke:
			}
		}
		if err := f.round(ctx, f.now()); err != nil && ctx.Err() == nil {
			f.log.Error("following up alerts with incidents failed; the next round tries again", "error", err)
		}
		if done != nil {
			close(done)
		}
		pause.Reset(gather)
	}
}

// round follows the alerts and ranks what is open. Before our own alerts are
// known none of theirs may look as if it had ended.
func (f *conditions) round(ctx context.Context, at slo.Instant) error {
	f.mu.Lock()
	heard, ready, waiting := f.heard, f.ready, f.waiting
	if !ready {
		f.mu.Unlock()
		return nil
	}
	f.waiting = nil
	foreign := f.foreign.Held(at)
	f.mu.Unlock()
	now := conditionsOf(heard)
	for _, a := range foreign {
		now = append(now, f.conditionOf(a))
	}
	err := f.follow(ctx, now, at)
	for _, done := range waiting {
		done <- err
	}
	return errors.Join(err, f.triage(ctx, at))
}

// load remembers the incidents that last, or did of late.
func (f *conditions) load(ctx context.Context, at slo.Instant) error {
	const page = 1000
	f.known = map[string]slo.Incident{}
	filter := sqlstore.IncidentFilter{Keyed: true, Overlap: &slo.Interval{From: at.Add(-rememberSettled), To: slo.MaxInstant}, Limit: page}
	for {
		list, err := f.store.Incidents(ctx, filter)
		if err != nil {
			return err
		}
		for _, i := range list { // the latest first
			if _, later := f.known[i.Key]; !later {
				f.known[i.Key] = i
				f.ids.Store(i.Key, i.ID)
			}
		}
		if len(list) < page {
			f.restore(at)
			return nil
		}
		filter.Offset += page
	}
}

// follow brings the incidents in line with the conditions that hold now.
func (f *conditions) follow(ctx context.Context, now []incident.Condition, at slo.Instant) error {
	f.listen()
	hold := f.catalog().Policy().Hold
	open, step := incident.Follow(f.known, now, hold, at)
	holds := map[string]*incident.Condition{}
	if len(step) > 0 {
		for n := range now {
			holds[now[n].Key] = &now[n]
		}
	}
	var errs []error
	for some := range slices.Chunk(step, maxSaved) {
		ids := make([]string, len(some))
		for n, key := range some {
			ids[n] = f.known[key].ID
		}
		errs = append(errs, f.save(ctx, ids, func(i slo.Incident) slo.Incident { return incident.Step(i, holds[i.Key], hold, at) }))
	}
	for some := range slices.Chunk(open, maxSaved) {
		errs = append(errs, f.open(ctx, some, at))
	}
	for key, i := range f.known {
		if !i.Open() && !incident.Lasts(&i) && i.Restored < at.Add(-rememberSettled) {
			delete(f.known, key)
			f.ids.Delete(key)
		}
	}
	return errors.Join(errs...)
}

// save changes incidents in one transaction.
func (f *conditions) save(ctx context.Context, ids []string, change func(slo.Incident) slo.Incident) error {
	saved, err := f.store.UpdateIncidents(ctx, ids, sqlstore.LogBatch{}, func(list []slo.Incident) ([]slo.Incident, error) {
		for n := range list {
			list[n] = change(list[n])
		}
		return list, nil
	})
	for _, i := range saved {
		f.remember(i)
	}
	return err
}

// remember takes what became of an incident.
func (f *conditions) remember(i slo.Incident) {
	if i.Trigger == slo.ServiceDown {
		f.changed(i)
		return
	}
	f.known[i.Key] = i
	f.ids.Store(i.Key, i.ID)
	f.wake()
}

// tell says what somebody else did to an incident, so that what is in memory
// does not undo it. It waits for nothing that a round holds.
func (f *conditions) tell(i slo.Incident) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, i)
}

// listen takes what was told.
func (f *conditions) listen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.told {
		if k := f.known[i.Key]; k.ID == i.ID && !incident.Newer(&k, &i) {
			f.known[i.Key] = i
		}
	}
	f.told = nil
}

// conditionsOf are the conditions that alerts tell of.
func conditionsOf(alerts []evaluate.Alert) []incident.Condition {
	var out []incident.Condition
	for n := range alerts {
		if c, ok := alertCondition(&alerts[n]); ok {
			out = append(out, c)
		}
	}
	return out
}

// alertCondition is the condition that an alert tells of, false where it is to
// have no incident.
func alertCondition(a *evaluate.Alert) (incident.Condition, bool) {
	c := incident.Condition{Trigger: a.Opens, Service: a.Labels[notify.LabelService], Summary: a.Words.Summary, Since: a.Since}
	if agreement := a.Labels[notify.LabelAgreement]; agreement != "" {
		c.Agreements = []string{agreement}
	}
	subject := a.Labels[notify.LabelAgreement] + "/" + a.Labels[notify.LabelObjective]
	switch a.Opens {
	case "":
		return c, false
	case slo.BudgetUsed:
		subject += "/" + a.Labels[notify.LabelStep]
	case slo.Exhausted:
		subject = a.Labels[notify.LabelResource] + "/" + a.Labels[notify.LabelSeries]
	case slo.AgentSilent:
		subject = a.Labels[notify.LabelAgent]
	case slo.DrillFailed:
		subject = a.Labels[notify.LabelPlan] + "/" + a.Labels[notify.LabelDrill]
	}
	c.Key = string(a.Opens) + "/" + subject
	return c, true
}
