package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// open opens the incidents of conditions, each with its priority, so that it
// is written once. What comes of a service that is down is part of that one's
// incident.
func (f *conditions) open(ctx context.Context, list []incident.Condition, at slo.Instant) error {
	fresh := make([]slo.Incident, len(list))
	wholes := map[string]string{} // by the part's ID
	var ids []string              // of the wholes
	for n, c := range list {
		fresh[n] = incident.Open(c, at)
	}
	if err := f.rename(ctx, fresh); err != nil {
		return err
	}
	for n := range fresh {
		if whole := f.wholeOf(list[n]); whole != "" {
			wholes[fresh[n].ID] = whole
			if !slices.Contains(ids, whole) {
				ids = append(ids, whole)
			}
		}
	}
	rank := f.ranking(list, at)
	saved, err := f.store.UpdateIncidents(ctx, ids, sqlstore.LogBatch{}, func(known []slo.Incident) ([]slo.Incident, error) {
		for n := range fresh {
			if k := slices.Index(ids, wholes[fresh[n].ID]); k >= 0 {
				part, whole, err := incident.Merge(fresh[n], known[k], incident.Self, fresh[n].Service+" is down", at)
				if err == nil { // else people closed it, or made it part of another
					fresh[n], known[k] = part, whole
				}
			}
			fresh[n] = rank(fresh[n])
		}
		return append(known, fresh...), nil
	})
	if err != nil {
		return err
	}
	for _, i := range saved {
		f.remember(i)
	}
	var errs []error
	for _, i := range fresh {
		f.log.Warn("an incident opened", "trigger", i.Trigger, "incident", i.ID, "summary", i.Summary)
		if i.Work.Major != nil {
			errs = append(errs, f.major(ctx, i, at))
		}
	}
	return errors.Join(errs...)
}

// ranking gives incidents of conditions the priority of what their services
// are at an instant.
func (f *conditions) ranking(list []incident.Condition, at slo.Instant) func(slo.Incident) slo.Incident {
	policy := f.catalog().Policy()
	scopes := map[string]slo.Scope{} // by service
	for _, c := range list {
		if _, known := scopes[c.Service]; !known {
			scopes[c.Service] = f.scope(servicesOf(c.Service), at)
		}
	}
	return func(i slo.Incident) slo.Incident {
		i, _ = incident.Triage(i, policy, scopes[i.Service], at)
		return i
	}
}

// servicesOf lists a service that an incident is about, if it is about one.
func servicesOf(service string) []string {
	if service == "" {
		return nil
	}
	return []string{service}
}

// wholeOf is the ID of the incident that a condition's is part of, "" where it
// stands alone.
func (f *conditions) wholeOf(c incident.Condition) string {
	if c.Service == "" {
		return ""
	}
	return f.whole(c.Service)
}

// rename gives each of some incidents an ID that no other and none on record
// has.
func (f *conditions) rename(ctx context.Context, list []slo.Incident) error {
	ids := make([]string, len(list))
	for n := range list {
		ids[n] = list[n].ID
	}
	taken, err := f.store.KnownIncidents(ctx, ids)
	if err != nil {
		return err
	}
	for i := range list {
		id := list[i].ID
		for n := 2; taken[list[i].ID]; n++ {
			list[i].ID = fmt.Sprintf("%s-%d", id, n)
			_, err := f.store.Incident(ctx, list[i].ID)
			if err != nil && !errors.Is(err, sqlstore.ErrNotFound) {
				return err
			}
			taken[list[i].ID] = taken[list[i].ID] || err == nil
		}
		taken[list[i].ID] = true
	}
	return nil
}
