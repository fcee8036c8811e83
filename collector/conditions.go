package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// conditions opens and ends the incidents of whatever is not a service's
// downtime. Beside people and what joins them to others, it alone writes them,
// in rounds of which one runs at a time.
type conditions struct {
	store *sqlstore.Store
	// whole is the ID of the incident of a service that is down, "" of one
	// that is not.
	whole   func(service string) string
	changed func(slo.Incident) // what became of such an incident
	hold    func() time.Duration
	log     *slog.Logger

	known map[string]slo.Incident // by key, the latest of each; those that a condition may still concern

	mu   sync.Mutex
	told []slo.Incident // what others did to incidents since the last round
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
			}
		}
		if len(list) < page {
			return nil
		}
		filter.Offset += page
	}
}

// follow brings the incidents in line with the conditions that hold now.
func (f *conditions) follow(ctx context.Context, now []incident.Condition, at slo.Instant) error {
	f.listen()
	hold := f.hold()
	open, step := incident.Follow(f.known, now, hold, at)
	var errs []error
	for _, c := range open {
		errs = append(errs, f.open(ctx, c, at))
	}
	holds := map[string]*incident.Condition{}
	if len(step) > 0 {
		for n := range now {
			holds[now[n].Key] = &now[n]
		}
	}
	for _, key := range step {
		i, err := f.store.UpdateIncident(ctx, f.known[key].ID, sqlstore.LogBatch{}, func(i slo.Incident) (slo.Incident, error) {
			return incident.Step(i, holds[key], hold, at), nil
		})
		if err == nil {
			f.known[key] = i
		}
		errs = append(errs, err)
	}
	for key, i := range f.known {
		if !i.Open() && !incident.Lasts(&i) && i.Restored < at.Add(-rememberSettled) {
			delete(f.known, key)
		}
	}
	return errors.Join(errs...)
}

// open opens the incident of a condition. What comes of a service that is down
// is part of that one's incident.
func (f *conditions) open(ctx context.Context, c incident.Condition, at slo.Instant) error {
	i := incident.Open(c, at)
	if err := f.rename(ctx, &i); err != nil {
		return err
	}
	var whole []string
	if c.Service != "" {
		if id := f.whole(c.Service); id != "" {
			whole = append(whole, id)
		}
	}
	saved, err := f.store.UpdateIncidents(ctx, whole, sqlstore.LogBatch{}, func(list []slo.Incident) ([]slo.Incident, error) {
		if len(list) == 0 {
			return []slo.Incident{i}, nil
		}
		part, all, err := incident.Merge(i, list[0], nil, incident.Self, c.Service+" is down", at)
		if err != nil { // people closed it, or made it part of another
			return []slo.Incident{i}, nil
		}
		return []slo.Incident{part, all}, nil
	})
	if err != nil {
		return err
	}
	f.known[c.Key] = saved[0]
	f.log.Warn("an incident opened", "trigger", c.Trigger, "incident", saved[0].ID, "summary", c.Summary)
	for _, all := range saved[1:] {
		f.changed(all)
	}
	return nil
}

// rename gives an incident an ID that none on record has.
func (f *conditions) rename(ctx context.Context, i *slo.Incident) error {
	for id, n := i.ID, 2; ; n++ {
		_, err := f.store.Incident(ctx, i.ID)
		if errors.Is(err, sqlstore.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		i.ID = fmt.Sprintf("%s-%d", id, n)
	}
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
		if f.known[i.Key].ID == i.ID {
			f.known[i.Key] = i
		}
	}
	f.told = nil
}

// conditionsOf are the conditions that alerts tell of.
func conditionsOf(alerts []evaluate.Alert) []incident.Condition {
	var out []incident.Condition
	for _, a := range alerts {
		c := incident.Condition{Trigger: a.Opens, Service: a.Labels[notify.LabelService], Summary: a.Words.Summary, Since: a.Since}
		if agreement := a.Labels[notify.LabelAgreement]; agreement != "" {
			c.Agreements = []string{agreement}
		}
		subject := a.Labels[notify.LabelAgreement] + "/" + a.Labels[notify.LabelObjective]
		switch a.Opens {
		case "":
			continue
		case slo.BudgetUsed:
			subject += "/" + a.Labels[notify.LabelStep]
		case slo.AgentSilent:
			subject = a.Labels[notify.LabelAgent]
		}
		c.Key = string(a.Opens) + "/" + subject
		out = append(out, c)
	}
	return out
}
