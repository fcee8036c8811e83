package evaluate

import (
	"maps"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Books opens the books of an agreement over a cover of its own, and calls f
// with them, the timeline of its service and its probes. It is false where the
// catalogue lacks the agreement. What f is given must not be kept.
func (e *Engine) Books(agreement string, cover func(*slo.Agreement) slo.Interval, f func(*slo.Account, *slo.Timeline, []*slo.ProbeHistory)) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, a := range e.catalog.Agreements {
		if a.Name != agreement {
			continue
		}
		acc := slo.NewAccount(a, slo.LaidOver(cover(a), e.catalog.Maintenances), e.history)
		s := e.history.Service(a.Service)
		f(acc, s.Timeline(), s.Probes())
		return true
	}
	return false
}

// Reporters lists the agents that ever reported from a location that counts, or
// did under a catalogue before, on a service's probes or on those others, by
// name.
func (e *Engine) Reporters(service string, others ...string) []string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := e.history.Service(service)
	if s == nil {
		return nil
	}
	names := map[string]bool{}
	probes := slices.Clone(s.Probes())
	for _, name := range others {
		if p := e.history.Probe(name); p != nil {
			probes = append(probes, p)
		}
	}
	for _, p := range probes {
		for _, l := range p.Locations() {
			for _, a := range l.Agents() {
				if l.Counted() {
					names[a.Agent] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
