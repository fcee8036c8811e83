package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// clocksOf are the clocks that the agreements about some services set for an
// incident.
func clocksOf(c *slo.Catalog, services []string, i *slo.Incident, at slo.Instant) []slo.IncidentClock {
	var out []slo.IncidentClock
	for _, a := range c.Agreements {
		if len(a.Targets) > 0 && (slices.Contains(services, a.Service) || slices.Contains(i.Agreements, a.Name)) {
			out = append(out, a.Clocks(i, at)...)
		}
	}
	return out
}

// Clocks are the clocks of an incident, those of its parts' services included.
func (l incidentList) Clocks(ctx context.Context, i *slo.Incident, at slo.Instant) ([]slo.IncidentClock, error) {
	parts, err := l.store.Incidents(ctx, sqlstore.IncidentFilter{Parent: i.ID})
	if err != nil {
		return nil, err
	}
	services := []string{i.Service}
	for _, p := range parts {
		services = append(services, p.Service)
	}
	return clocksOf(l.catalog(), services, i, at), nil
}

// clocksOfOpen are the clocks of open incidents, by ID; none of those that no
// agreement has a target for.
func clocksOfOpen(c *slo.Catalog, open []slo.Incident, services map[string][]string, at slo.Instant) map[string][]slo.IncidentClock {
	if !slices.ContainsFunc(c.Agreements, func(a *slo.Agreement) bool { return len(a.Targets) > 0 }) {
		return nil
	}
	out := map[string][]slo.IncidentClock{}
	for n := range open {
		i := &open[n]
		if clocks := clocksOf(c, services[i.ID], i, at); len(clocks) > 0 {
			out[i.ID] = clocks
		}
	}
	return out
}

// nearBreach alerts on each clock of open incidents of which half of the
// target is over, or more.
func nearBreach(open []slo.Incident, clocks map[string][]slo.IncidentClock, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for n := range open {
		i := &open[n]
		for _, k := range clocks[i.ID] {
			if share := k.Reached(); k.Stopped == 0 && share > 0 {
				out = append(out, clockAlert(i, &k, share, at))
			}
		}
	}
	return out
}

// noteNear puts on the timelines what nearBreach alerts on, once for each share.
func (f *conditions) noteNear(ctx context.Context, open []slo.Incident, clocks map[string][]slo.IncidentClock, at slo.Instant) error {
	var due []string
	for n := range open {
		i := &open[n]
		if _, news := noted(*i, clocks[i.ID], at); news {
			due = append(due, i.ID)
		}
	}
	slices.Sort(due)
	var errs []error
	for ids := range slices.Chunk(due, maxSaved) {
		errs = append(errs, f.save(ctx, ids, func(i slo.Incident) slo.Incident {
			i, _ = noted(i, clocks[i.ID], at)
			return i
		}))
	}
	return errors.Join(errs...)
}

// noted is an incident with what its clocks tell that is on no timeline yet.
func noted(i slo.Incident, clocks []slo.IncidentClock, at slo.Instant) (slo.Incident, bool) {
	news := false
	for n := range clocks {
		next, changed := incident.NearTarget(i, &clocks[n], at)
		i, news = next, news || changed
	}
	return i, news
}

func clockAlert(i *slo.Incident, k *slo.IncidentClock, share int, at slo.Instant) evaluate.Alert {
	a := evaluate.Alert{
		Name: notify.IncidentTargetNear, Severity: slo.Ticket, Since: at, Wanders: true, Path: "/incidents/" + i.ID,
		Labels: map[string]string{
			notify.LabelAgreement: k.Agreement, notify.LabelIncident: i.ID, notify.LabelClock: string(k.Kind), notify.LabelStep: strconv.Itoa(share),
		},
		Words: evaluate.Words{
			Summary:     fmt.Sprintf("%s: %d %% of the %s target of %s is over", i.ID, share, k.Kind, k.Agreement),
			Description: fmt.Sprintf("%s of %s of service hours have elapsed.", k.Elapsed.Round(time.Second), k.Target),
		},
	}
	if i.Service != "" {
		a.Labels[notify.LabelService] = i.Service
	}
	switch {
	case k.Paused:
		a.Words.Description += " The clock stands."
	case k.BreachAt != 0:
		a.Words.Description += fmt.Sprintf(" The target is missed at %s.", k.BreachAt)
	}
	return a
}
