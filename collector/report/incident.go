package report

import (
	"cmp"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// touching are the incidents of the service that touch the period, oldest
// first. What burns the budget of another agreement is that one's customer's.
func touching(in Input) []*slo.Incident {
	var out []*slo.Incident
	for i := range in.Incidents {
		if k := &in.Incidents[i]; k.Service == in.Agreement.Service && k.Began < in.At && touches(k, in.Period.Interval) && concerns(k, in.Agreement) {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b *slo.Incident) int {
		return cmp.Or(cmp.Compare(a.Began, b.Began), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func concerns(k *slo.Incident, a *slo.Agreement) bool {
	return k.Trigger == slo.ServiceDown || len(k.Agreements) == 0 || slices.Contains(k.Agreements, a.Name)
}

// downs are the incidents of the service's downtimes.
func downs(list []*slo.Incident) []*slo.Incident {
	return slices.DeleteFunc(slices.Clone(list), func(k *slo.Incident) bool { return k.Trigger != slo.ServiceDown })
}

func touches(k *slo.Incident, v slo.Interval) bool {
	return v.Contains(k.Began) || !lasted(k).Intersect(v).Empty()
}

// disproved reports whether late measurements showed that nothing was down.
func disproved(k *slo.Incident) bool {
	return k.Trigger == slo.ServiceDown && !k.Open() && k.Downtime == 0
}

// incident takes over an incident as it stood at an instant: what happened
// later had not happened.
func incident(k *slo.Incident, at slo.Instant) Incident {
	i := Incident{
		ID: k.ID, Service: k.Service, Trigger: k.Trigger, Summary: k.Summary, PartOf: k.Work.Parent, Priority: k.Work.Priority, Major: k.Work.Major != nil,
		Began: k.Began, Detected: k.Detected, ToDetect: max(0, millis(k.Detected.Sub(k.Began))),
		Responded: by(k.Work.Responded, at), Restored: by(k.Restored, at), Resolved: by(k.Resolved, at), Acknowledged: by(k.Acknowledged, at),
		Downtime: millis(k.Downtime), Comments: []Comment{},
	}
	i.Open = i.Resolved == nil
	i.Disproved = disproved(k)
	if i.Acknowledged != nil {
		i.AckedBy = k.AckedBy
		i.ToAcknowledge = since(k.Detected, *i.Acknowledged)
	}
	if i.Responded != nil {
		i.ToRespond = since(k.Detected, *i.Responded)
	}
	if i.Restored != nil && !i.Disproved {
		i.ToRestore = since(k.Began, *i.Restored)
	}
	for _, e := range k.Events {
		if e.Kind == slo.EventCommented && e.At <= at {
			i.Comments = append(i.Comments, Comment{e.At, e.Actor, e.Text})
		}
	}
	return i
}

// standing is how the incident stood that k is worked on as; nil where that is k.
func standing(k, work *slo.Incident, at slo.Instant) *Whole {
	if work == k {
		return nil
	}
	w := Whole{Service: work.Service, Acknowledged: by(work.Acknowledged, at), Restored: by(work.Restored, at)}
	if w.Acknowledged != nil {
		w.AcknowledgedBy = work.AckedBy
	}
	return &w
}

// by is an instant that had come at another, or nil.
func by(i, at slo.Instant) *slo.Instant {
	if i == 0 || i > at {
		return nil
	}
	return &i
}

func since(from, to slo.Instant) *Milliseconds {
	d := max(0, millis(to.Sub(from)))
	return &d
}

// mark notes which incidents the outages are part of, and which were forgiven.
func mark(list []Incident, outages []Outage, forgiven []Stretch) {
	counted := map[string]bool{}
	for _, o := range outages {
		counted[o.Incident] = true
	}
	for i := range list {
		k := &list[i]
		k.Counted = counted[k.ID]
		k.Forgiven = !k.Counted && slices.ContainsFunc(forgiven, func(s Stretch) bool { return s.Contains(k.Began) })
	}
}
