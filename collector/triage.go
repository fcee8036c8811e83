package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// triageEvery is how often incidents are ranked that have a priority already.
const triageEvery = 15 * time.Second

// triage ranks the incidents that are open, and those that were over before they
// were ranked, and tells of those that are major.
func (f *conditions) triage(ctx context.Context, at slo.Instant) error {
	all := at.Sub(f.triaged) >= triageEvery
	if all {
		f.triaged = at
	}
	catalog := f.catalog()
	policy := catalog.Policy()
	open, services := f.ranked()
	scopes := map[string]slo.Scope{}
	var errs []error
	for _, i := range open {
		if i.Work.Priority != 0 && !all {
			continue
		}
		scope := f.scope(services[i.ID], lastOf(i, at))
		if _, changes := incident.Triage(i, policy, scope, at); changes {
			scopes[i.ID] = scope
		} else if i.Work.Major != nil {
			errs = append(errs, f.major(ctx, i, at)) // unless the last run told already
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(scopes)), maxSaved) {
		var major []slo.Incident
		err := f.save(ctx, ids, func(i slo.Incident) slo.Incident {
			i, _ = incident.Triage(i, policy, scopes[i.ID], at)
			if i.Work.Major != nil {
				major = append(major, i)
			}
			return i
		})
		for _, i := range major {
			if err == nil {
				errs = append(errs, f.major(ctx, i, at))
			}
		}
		errs = append(errs, err)
	}
	if all {
		open = slices.DeleteFunc(open, func(i slo.Incident) bool { return !i.Open() })
		clocks := clocksOfOpen(catalog, open, services, at)
		errs = append(errs, f.noteNear(ctx, open, clocks, at))
		near, standing := nearBreach(open, clocks, at), standingOf(open, clocks)
		f.mu.Lock()
		f.near, f.standing = near, standing
		f.mu.Unlock()
	}
	return errors.Join(errs...)
}

// lastOf is the instant at which an incident is ranked: now, or when it was over.
func lastOf(i slo.Incident, at slo.Instant) slo.Instant {
	if i.Open() {
		return at
	}
	return i.Restored
}

// ranked are the incidents to rank, which are part of no other, and the services
// of each with those of its parts.
func (f *conditions) ranked() (open []slo.Incident, services map[string][]string) {
	services = map[string][]string{}
	add := func(i slo.Incident) {
		if !i.Open() && !incident.Unranked(&i) {
			return
		}
		whole := i.Work.Parent
		if whole == "" {
			whole = i.ID
			open = append(open, i)
		}
		if i.Service != "" && !slices.Contains(services[whole], i.Service) {
			services[whole] = append(services[whole], i.Service)
		}
	}
	for _, i := range f.outages() {
		add(i)
	}
	for _, i := range f.known {
		add(i)
	}
	return open, services
}

// unsettled are the incidents of services' downtimes that are open, or were over
// before they were ranked.
func (v *evaluator) unsettled() []slo.Incident {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []slo.Incident
	for _, list := range v.incidents {
		for _, i := range list {
			if i.Open() || incident.Unranked(&i) {
				out = append(out, i)
			}
		}
	}
	return out
}

// tellMajor mails those who are to know of a major incident. The message's ID
// follows from the incident and the recipient, so that each gets it once.
func (c *Collector) tellMajor(ctx context.Context, i slo.Incident, at slo.Instant) error {
	rule := c.catalog.current().Policy().Major
	if c.outbox == nil || rule == nil {
		return nil
	}
	for _, to := range rule.Mail {
		item, err := notify.NewItem(at, c.majorMail(i, to, at))
		if err != nil {
			return fmt.Errorf("mailing a major incident: %w", err)
		}
		fresh, err := mailOutbox(c.store).Enqueue(ctx, item)
		if err != nil {
			return fmt.Errorf("mailing a major incident: %w", err)
		}
		if fresh {
			c.outbox.Wake()
		}
	}
	return nil
}

func (c *Collector) majorMail(i slo.Incident, to string, at slo.Instant) notify.Message {
	about := i.Summary
	if i.Trigger == slo.ServiceDown {
		about = fmt.Sprintf("%s is down since %s", i.Service, i.Began)
	}
	return notify.Message{
		ID: notify.MessageID(c.mailDomain(), "major", i.ID, to), Date: at, From: c.config.Mail.From, To: []string{to},
		Subject: "Major incident: " + about,
		Text: fmt.Sprintf("%s.\n\nPriority %d. %s leads it. Its review is due on %s.\n\n%s/incidents/%s\n",
			about, i.Work.Priority, i.Work.Major.Owner, i.Work.Major.ReviewDue, c.base(), i.ID),
	}
}
