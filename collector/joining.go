package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// joining is an incident that is to become part of another one, and why.
type joining struct{ part, why string }

// join makes the incident of each service that another one took down part of
// that one's. What people split stays split.
func (v *evaluator) join(ctx context.Context, e *evaluate.Engine, at slo.Instant) error {
	due := map[string][]joining{} // by the whole
	var wholes []string
	for _, s := range e.Catalog().Services {
		if len(s.DependsOn) == 0 {
			continue
		}
		part, ok := v.lasting(s.Name)
		if !ok || part.Work.Parent != "" || part.Work.Closed != 0 || incident.StaysSplit(&part) {
			continue
		}
		root, since := e.Root(s.Name, at)
		if root == "" {
			continue
		}
		whole, ok := v.lasting(root)
		if !ok {
			continue
		}
		id := whole.ID
		if p := whole.Work.Parent; p != "" {
			id = p
		}
		if id == part.ID {
			continue
		}
		if due[id] == nil {
			wholes = append(wholes, id)
		}
		due[id] = append(due[id], joining{part.ID, s.Name + " is affected by " + root + ", which went down at " + since.String()})
	}
	for _, whole := range wholes {
		for some := range slices.Chunk(due[whole], maxSaved) {
			if err := v.joinTo(ctx, whole, some, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// lasting is the incident of a service that is down.
func (v *evaluator) lasting(service string) (slo.Incident, bool) {
	for _, i := range v.incidents[service] {
		if i.Open() && incident.Lasts(&i) {
			return i, true
		}
	}
	return slo.Incident{}, false
}

// joinTo makes incidents part of another, and their own parts that one's, in
// one transaction: the whole has a line for each of them. What cannot join, for
// people were quicker, such as with closing it, is left out.
func (v *evaluator) joinTo(ctx context.Context, whole string, list []joining, at slo.Instant) error {
	ids, partsOf := []string{whole}, map[string][]string{}
	for _, j := range list {
		parts, err := v.store.IncidentParts(ctx, j.part)
		if err != nil {
			return err
		}
		partsOf[j.part] = parts
		ids = append(append(ids, j.part), parts...)
	}
	slices.Sort(ids)
	saved, err := v.store.UpdateIncidents(ctx, slices.Compact(ids), sqlstore.LogBatch{}, func(known []slo.Incident) ([]slo.Incident, error) {
		return joinAll(known, whole, list, partsOf, at), nil
	})
	if err != nil {
		return err
	}
	v.rememberAll(saved, at)
	v.log.Info("incidents joined another", "parts", len(list), "whole", whole)
	return nil
}

// joinAll is the incidents among those known that joining others to a whole
// changes. partsOf are the IDs of the parts that each has itself.
func joinAll(known []slo.Incident, whole string, list []joining, partsOf map[string][]string, at slo.Instant) []slo.Incident {
	now, changed := map[string]slo.Incident{}, map[string]bool{}
	for _, i := range known {
		now[i.ID] = i
	}
	for _, j := range list {
		var parts []slo.Incident
		for _, id := range partsOf[j.part] {
			parts = append(parts, now[id])
		}
		moved, err := incident.Join(now[whole], now[j.part], parts, incident.Self, j.why, at)
		if err != nil {
			continue
		}
		for _, i := range moved {
			now[i.ID], changed[i.ID] = i, true
		}
	}
	var out []slo.Incident
	for _, i := range known {
		if changed[i.ID] {
			out = append(out, now[i.ID])
		}
	}
	return out
}

// leave takes the incident of each service out of another one's that is still
// down after the one that took it down is up again.
func (v *evaluator) leave(ctx context.Context, e *evaluate.Engine, at slo.Instant) error {
	for _, s := range e.Catalog().Services {
		if len(s.DependsOn) == 0 {
			continue
		}
		part, ok := v.lasting(s.Name)
		if !ok || !incident.GatheredByItself(&part) {
			continue
		}
		root, up := e.Outlived(s.Name, at)
		if root == "" {
			continue
		}
		why := fmt.Sprintf("%s is still down while %s, which took it down, is up since %s: it has a cause of its own", s.Name, root, up)
		if err := v.leaveWhole(ctx, part.ID, part.Work.Parent, why, at); err != nil {
			return err
		}
	}
	return nil
}

// leaveWhole takes an incident out of the one that it is part of.
func (v *evaluator) leaveWhole(ctx context.Context, part, whole, why string, at slo.Instant) error {
	parts, err := v.store.IncidentParts(ctx, whole)
	if err != nil {
		return err
	}
	parts = slices.DeleteFunc(parts, func(id string) bool { return id == part })
	saved, err := v.store.UpdateIncidents(ctx, append([]string{whole, part}, parts...), sqlstore.LogBatch{}, func(list []slo.Incident) ([]slo.Incident, error) {
		return incident.Leave(list[0], list[1], list[2:], why, at)
	})
	var cannot *incident.Refused // people were quicker
	if errors.As(err, &cannot) {
		return nil
	}
	if err != nil {
		return err
	}
	v.rememberAll(saved, at)
	v.log.Warn("an incident has a cause of its own", "incident", part, "left", whole)
	return nil
}

// rememberAll keeps incidents in memory, here or where those of conditions are.
func (v *evaluator) rememberAll(list []slo.Incident, at slo.Instant) {
	for _, i := range list {
		if i.Trigger == slo.ServiceDown {
			v.remember(i, at)
		} else {
			v.others(i)
		}
	}
}
