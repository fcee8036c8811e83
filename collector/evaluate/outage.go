package evaluate

import (
	"maps"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Outages returns the outages that a change inside the intervals of services
// may have made, moved or ended, whole, with what is known at an instant: by
// service, oldest first. Those that flap, with less than a hold between, are
// one; hold is the one in force at an instant. What of an interval lies ahead of the instant is
// looked at again when the service is next asked for.
func (e *Engine) Outages(changed map[string]slo.Interval, at slo.Instant, hold func(slo.Instant) time.Duration) []slo.Outage {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []slo.Outage
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		s := e.byName[name]
		if s == nil {
			continue
		}
		v := changed[name]
		if s.ahead != 0 {
			v = slo.Interval{From: min(v.From, s.ahead), To: max(v.To, at)}
		}
		s.ahead = 0
		if v.To > at {
			s.ahead = max(v.From, at)
		}
		for _, st := range s.history.Timeline().Flaps(v, at, hold) {
			out = append(out, e.outage(s, st, at))
		}
	}
	return out
}

// outage is a stretch with what explains it and the agreements that it counts
// against.
func (e *Engine) outage(s *service, st slo.Stretch, at slo.Instant) slo.Outage {
	o := slo.Outage{Service: s.history.Service.Name, Stretch: st, Causes: e.causes(s, st)}
	for _, a := range s.accounts {
		if a.Figures(at, st.Interval).Down > 0 {
			o.Agreements = append(o.Agreements, a.Agreement.Name)
		}
	}
	return o
}

// Down returns the outages that last at an instant, by service, those that
// flap as one.
func (e *Engine) Down(at slo.Instant, hold func(slo.Instant) time.Duration) []slo.Outage {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []slo.Outage
	for _, s := range e.services {
		if _, down := s.down(at); !down {
			continue
		}
		flaps := s.history.Timeline().Flaps(slo.Interval{From: at, To: at}, at, hold)
		out = append(out, e.outage(s, flaps[len(flaps)-1], at))
	}
	return out
}

// down is the stretch that lasts at an instant, false where the service is up
// or was never down since it was. It lasts while nothing is known.
func (s *service) down(at slo.Instant) (slo.Stretch, bool) {
	tl := s.history.Timeline()
	if tl.State(at-1) == slo.Up {
		return slo.Stretch{}, false
	}
	list := tl.Stretches(slo.Interval{From: at, To: at}, at)
	if len(list) == 0 || list[len(list)-1].Restored {
		return slo.Stretch{}, false
	}
	return list[len(list)-1], true
}

// explain finds the failed measurements that lie in a stretch: the newest of
// each agent that is still remembered.
func (e *Engine) explain(s *service, st slo.Stretch) []slo.Cause {
	var out []slo.Cause
	for _, p := range s.history.Probes() {
		for _, l := range p.Locations() {
			for _, a := range l.Agents() {
				r := e.reports[Word{p.Probe.Name, l.Name, a.Agent}]
				if r == nil || r.down == nil || !l.Counted() {
					continue
				}
				if r.downWithin(st, p.Speaks(r.down)) {
					out = append(out, cause(p.Probe, l.Name, a.Agent, r.down))
				}
			}
		}
	}
	return out
}

// causes is explain with the other reasons for which measurements failed in a
// stretch, by how often: an outage that is learnt of afterwards, from an agent
// that was cut off, has none that is the newest.
func (e *Engine) causes(s *service, st slo.Stretch) []slo.Cause {
	out := e.explain(s, st)
	for _, p := range s.history.Probes() {
		for _, l := range p.Locations() {
			for _, a := range l.Agents() {
				r := e.reports[Word{p.Probe.Name, l.Name, a.Agent}]
				if r == nil || len(r.failures) == 0 || !l.Counted() {
					continue
				}
				known := slo.Reason("")
				if r.down != nil && r.downWithin(st, p.Speaks(r.down)) {
					known = r.down.Reason
				}
				out = append(out, r.within(st, known, p.Probe, l.Name, a.Agent)...)
			}
		}
	}
	return out
}

// downWithin reports whether the newest down of a word spoke in a stretch: for
// hold at most, and no longer than to the word's last measurement after it.
func (r *report) downWithin(st slo.Stretch, hold time.Duration) bool {
	until := r.down.At.Add(hold)
	if r.last.At > r.down.At {
		until = min(until, r.last.At)
	}
	return r.down.At < st.To && until > st.From
}
