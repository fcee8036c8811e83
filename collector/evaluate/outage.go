package evaluate

import (
	"maps"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Outages returns the outages that overlap the changed intervals of services,
// whole, with what is known at an instant: by service, oldest first.
func (e *Engine) Outages(changed map[string]slo.Interval, at slo.Instant) []slo.Outage {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []slo.Outage
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		s := e.byName[name]
		if s == nil {
			continue
		}
		for _, st := range s.history.Timeline().Stretches(changed[name], at) {
			o := slo.Outage{Service: name, Stretch: st, Causes: e.explain(s, st)}
			for _, a := range s.accounts {
				o.Agreements = append(o.Agreements, a.Agreement.Name)
			}
			out = append(out, o)
		}
	}
	return out
}

// Down returns the outages that last at an instant.
func (e *Engine) Down(at slo.Instant) []slo.Outage {
	e.mu.RLock()
	names := map[string]slo.Interval{}
	for _, s := range e.services {
		if state, _ := stateSince(s.history.Timeline(), at); state != slo.Up {
			names[s.history.Service.Name] = slo.Interval{From: at - 1, To: at}
		}
	}
	e.mu.RUnlock()
	return slices.DeleteFunc(e.Outages(names, at), func(o slo.Outage) bool { return o.Restored })
}

// explain finds the failed measurements that lie in a stretch: the newest of
// each agent that is still remembered.
func (e *Engine) explain(s *service, st slo.Stretch) []slo.Cause {
	var out []slo.Cause
	for _, p := range s.history.Probes() {
		hold := p.Probe.Hold
		for _, l := range p.Locations() {
			for _, a := range l.Agents() {
				r := e.reports[Word{p.Probe.Name, l.Name, a.Agent}]
				if r == nil || r.down == nil || !l.Counts {
					continue
				}
				if within(st, r.down.At, hold) {
					out = append(out, cause(p.Probe, l.Name, a.Agent, r.down))
				}
			}
		}
	}
	return out
}

func within(st slo.Stretch, at slo.Instant, hold time.Duration) bool {
	return at.Add(hold) >= st.From && at < st.To
}
