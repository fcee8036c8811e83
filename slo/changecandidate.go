package slo

import (
	"cmp"
	"slices"
	"time"
)

// Bounds of which changes are near an incident.
const (
	// ChangeNear is how long after a change's end an incident that begins is near
	// it.
	ChangeNear = 4 * time.Hour
	// ChangeToldLate is how much later than an incident a change may seem to begin
	// and be near it: pipelines tell of a change when they are done.
	ChangeToldLate = 10 * time.Minute
	// MaxChangeCandidates bounds the candidates of one incident.
	MaxChangeCandidates = 10
)

// ChangeCandidate is a change near an incident. It is a candidate for the
// cause, not the cause: that people say.
type ChangeCandidate struct {
	*ChangeRecord
	Service string        // that it touches and that is nearest to the incident's
	Hops    int           // from the incident's service to that one, by dependencies; 0 is the same
	Before  time.Duration // from its beginning to the incident's; less than 0 where it was told late
}

// ChangeCandidates lists the changes near an incident of a service, those of
// the service itself first, then those of what it depends on, directly or
// through others; of equals the one that began nearest first. A change is near
// where the incident began between ChangeToldLate before the change's beginning
// and ChangeNear after its end. Withdrawn ones are none, and an incident that is
// part of another has none: the other one has them.
func (c *Catalog) ChangeCandidates(i *Incident, changes []ChangeRecord) []ChangeCandidate {
	if i.Service == "" || i.Work.Parent != "" {
		return nil
	}
	hops := c.dependencies(i.Service)
	var out []ChangeCandidate
	for n := range changes {
		if x := &changes[n]; !x.Withdrawn() && x.Near().Contains(i.Began) {
			if service, far := nearest(hops, x.Services); far >= 0 {
				out = append(out, ChangeCandidate{x, service, far, i.Began.Sub(x.From)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b ChangeCandidate) int {
		return cmp.Or(cmp.Compare(a.Hops, b.Hops), cmp.Compare(a.Before.Abs(), b.Before.Abs()), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), MaxChangeCandidates)]
}

// Near is when an incident begins that the change is near.
func (c *ChangeRecord) Near() Interval {
	return Interval{c.From.Add(-ChangeToldLate), c.To.Add(ChangeNear)}
}

// NearChanges is the time that a change which is near an instant touches.
func NearChanges(began Instant) Interval {
	return Interval{began.Add(-ChangeNear), began.Add(ChangeToldLate)}
}

// dependencies are the services that one depends on, itself included, with how
// far each is.
func (c *Catalog) dependencies(service string) map[string]int {
	on := map[string][]string{}
	for _, s := range c.Services {
		on[s.Name] = s.DependsOn
	}
	hops := map[string]int{service: 0}
	for queue := []string{service}; len(queue) > 0; queue = queue[1:] {
		for _, d := range on[queue[0]] {
			if _, known := hops[d]; !known {
				hops[d] = hops[queue[0]] + 1
				queue = append(queue, d)
			}
		}
	}
	return hops
}

// nearest is that of some services which is least far; -1 where none is there.
func nearest(hops map[string]int, services []string) (name string, far int) {
	far = -1
	for _, s := range services {
		if h, ok := hops[s]; ok && (far < 0 || h < far) {
			name, far = s, h
		}
	}
	return name, far
}
