package collector

import (
	"context"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// loadIncidents remembers the incidents that are open or were of late.
func (v *evaluator) loadIncidents(ctx context.Context) error {
	const page = 1000
	v.incidents = map[string][]slo.Incident{}
	f := sqlstore.IncidentFilter{Trigger: slo.ServiceDown, Overlap: &slo.Interval{From: v.now().Add(-rememberSettled), To: slo.MaxInstant}, Limit: page}
	for {
		list, err := v.store.Incidents(ctx, f)
		if err != nil {
			return err
		}
		for _, i := range list {
			v.remember(i, v.now())
		}
		if len(list) < page {
			return nil
		}
		f.Offset += page
	}
}

// reconcile opens, revises and closes incidents where timelines changed. The
// records are asked only where those in memory differ or do not reach. What
// lies further back than the archive stays as it is on record: nothing can be
// rebuilt that would contradict it.
func (v *evaluator) reconcile(ctx context.Context, e *evaluate.Engine, changed map[string]slo.Interval, at slo.Instant) error {
	changed = clipped(changed, at.Add(-archiveKeep))
	outages := map[string][]slo.Outage{}
	for _, o := range e.Outages(changed, at, v.holds.at) {
		outages[o.Service] = append(outages[o.Service], o)
	}
	hold, opened := v.holds.at(at), false
	var due []sqlstore.Reconciliation
	for service, where := range changed {
		recent := where.From > at.Add(-rememberSettled)
		if recent && len(incident.Reconcile(service, v.incidents[service], outages[service], where, hold, at)) == 0 {
			continue
		}
		since := where.From // those that flap with what changed may have ended before
		if list := outages[service]; len(list) > 0 {
			since = min(since, list[0].From)
		}
		due = append(due, sqlstore.Reconciliation{Service: service, Since: since, Make: func(known []slo.Incident) []slo.Incident {
			return incident.Reconcile(service, known, outages[service], where, hold, at)
		}})
	}
	for some := range slices.Chunk(due, maxSaved) {
		saved, err := v.store.ReconcileIncidents(ctx, some...)
		if err != nil {
			return err
		}
		for _, i := range saved {
			v.tell(i, at)
			v.remember(i, at)
			opened = opened || i.Open() && incident.Lasts(&i)
		}
	}
	if opened {
		return v.join(ctx, e, at)
	}
	return nil
}

// tell logs that an incident opened or ended of late; what is rebuilt from the
// past is not news.
func (v *evaluator) tell(i slo.Incident, at slo.Instant) {
	const news = time.Hour
	k := slices.IndexFunc(v.incidents[i.Service], func(k slo.Incident) bool { return k.ID == i.ID })
	was := k >= 0 && v.incidents[i.Service][k].Open()
	switch {
	case i.Open() && !was && at.Sub(i.Detected) < news:
		v.log.Warn("an incident opened", "service", i.Service, "incident", i.ID, "since", i.Began)
	case !i.Open() && was:
		v.log.Info("an incident ended", "service", i.Service, "incident", i.ID, "downtime", i.Downtime)
	}
}

// withdraw closes the incidents of services that the catalogue lacks.
func (v *evaluator) withdraw(ctx context.Context, c *slo.Catalog, at slo.Instant) error {
	for service, list := range v.incidents {
		if slices.ContainsFunc(c.Services, func(s *slo.Service) bool { return s.Name == service }) {
			continue
		}
		for _, i := range slices.Clone(list) {
			if !i.Open() {
				continue
			}
			i, err := v.store.UpdateIncident(ctx, i.ID, sqlstore.LogBatch{}, func(i slo.Incident) (slo.Incident, error) { return incident.Withdraw(i, at), nil })
			if err != nil {
				return err
			}
			v.remember(i, at)
		}
	}
	return nil
}

// clipped is changed without what lies before an instant.
func clipped(changed map[string]slo.Interval, from slo.Instant) map[string]slo.Interval {
	out := make(map[string]slo.Interval, len(changed))
	for service, where := range changed {
		if where.From = max(where.From, from); !where.Empty() {
			out[service] = where
		}
	}
	return out
}

// remember keeps an incident in memory while late measurements may move it.
func (v *evaluator) remember(i slo.Incident, at slo.Instant) {
	list := slices.DeleteFunc(v.incidents[i.Service], func(k slo.Incident) bool {
		return k.ID == i.ID || !k.Open() && k.Restored < at.Add(-rememberSettled)
	})
	v.incidents[i.Service] = append(list, i)
	if i.Open() {
		v.ids.Store(i.Service, i.ID)
	} else {
		v.ids.CompareAndDelete(i.Service, i.ID)
	}
	v.noteFlap(&i, at)
	v.told()
	if held := i.Open() && !incident.Lasts(&i) && !i.Work.Reopened; held {
		if until := i.Restored.Add(v.holds.at(at)); v.wake == 0 || until < v.wake {
			v.wake = until
		}
	}
}

// release makes due the services whose incident is held no more.
func (v *evaluator) release(e *evaluate.Engine, at slo.Instant) {
	if v.wake == 0 || at < v.wake {
		return
	}
	v.wake = 0
	hold := v.holds.at(at)
	for _, s := range e.Catalog().Services { // another one's incident is withdrawn
		for _, i := range v.incidents[s.Name] {
			switch until := i.Restored.Add(hold); {
			case !i.Open() || incident.Lasts(&i) || i.Work.Reopened:
			case until <= at:
				v.due.change(map[string]slo.Interval{s.Name: {From: i.Restored - 1, To: i.Restored}})
			case v.wake == 0 || until < v.wake:
				v.wake = until
			}
		}
	}
}

// whole is the ID of the incident of a service that is down, or of the one
// that it is part of; "" where none lasts.
func (v *evaluator) whole(service string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, i := range v.incidents[service] {
		if i.Open() && i.Work.Parent != "" {
			return i.Work.Parent
		}
		if i.Open() {
			return i.ID
		}
	}
	return ""
}

// people takes what somebody did to an incident, so that what is in memory
// does not undo it.
func (v *evaluator) people(i slo.Incident) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, k := range v.incidents[i.Service] {
		if k.ID == i.ID && incident.Newer(&k, &i) {
			return
		}
	}
	v.remember(i, v.now())
}
