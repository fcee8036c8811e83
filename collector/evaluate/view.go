package evaluate

import (
	"iter"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Services is the status of every service at an instant, by name.
func (e *Engine) Services(at slo.Instant) []slo.ServiceStatus {
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make([]slo.ServiceStatus, 0, len(e.services))
	for _, s := range e.services {
		out = append(out, e.status(s, at))
	}
	return out
}

// Service is the status of one service, with percentiles and next tiers; false
// where the catalogue lacks it.
func (e *Engine) Service(name string, at slo.Instant) (slo.ServiceStatus, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := e.byName[name]
	if s == nil {
		return slo.ServiceStatus{}, false
	}
	st := e.status(s, at)
	for i := range st.Objectives {
		o := &st.Objectives[i]
		a := e.account(o.Agreement.Name)
		o.Attribution = a.Attribution(o.Objective, at, o.Window)
		o.Percentile = a.Percentile(o.Objective.Target, at, o.Window)
		o.Next = a.NextTier(o.Objective, at, at.Add(-layoutBack))
	}
	return st, true
}

// States is the state of every service at an instant, by name.
func (e *Engine) States(at slo.Instant) iter.Seq2[string, slo.State] {
	return func(yield func(string, slo.State) bool) {
		e.mu.RLock()
		defer e.mu.RUnlock()
		for _, s := range e.services {
			if !yield(s.history.Service.Name, s.history.Timeline().State(at)) {
				return
			}
		}
	}
}

// Objectives calls f with the status of every objective at an instant and what
// is known of its recent past, by agreement and then as written.
func (e *Engine) Objectives(at slo.Instant, f func(slo.ObjectiveStatus, Recent)) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, a := range e.accounts() {
		for _, st := range e.objectives(a, at) {
			f(st, e.recent(a, st.Objective, at))
		}
	}
}

// accounts lists the books of every agreement, by agreement name.
func (e *Engine) accounts() []*slo.Account {
	var out []*slo.Account
	for _, s := range e.services {
		out = append(out, s.accounts...)
	}
	slices.SortFunc(out, func(a, b *slo.Account) int {
		switch {
		case a.Agreement.Name < b.Agreement.Name:
			return -1
		case a.Agreement.Name > b.Agreement.Name:
			return 1
		}
		return 0
	})
	return out
}

// objectives is the status of an agreement's objectives, burn rates included.
func (e *Engine) objectives(a *slo.Account, at slo.Instant) []slo.ObjectiveStatus {
	out := make([]slo.ObjectiveStatus, 0, len(a.Agreement.Objectives))
	for i := range a.Agreement.Objectives {
		o := &a.Agreement.Objectives[i]
		st := a.Status(o, at, at)
		st.Burn = a.BurnRates(o, at, e.conditions[o].windows)
		out = append(out, st)
	}
	return out
}

func (e *Engine) status(s *service, at slo.Instant) slo.ServiceStatus {
	tl := s.history.Timeline()
	st := slo.ServiceStatus{Service: s.history.Service}
	st.State, st.Since = stateSince(tl, at)
	st.Planned = e.planned(s.history.Service.Name, at)
	for _, p := range s.history.Probes() {
		st.Probes = append(st.Probes, e.probe(p, at))
	}
	for _, p := range e.counters(s) {
		st.Probes = append(st.Probes, e.probe(p, at))
	}
	if st.State == slo.Down {
		st.Causes = causes(st.Probes)
	}
	for _, a := range s.accounts {
		st.Objectives = append(st.Objectives, e.objectives(a, at)...)
	}
	for v, state := range tl.Spans(slo.Interval{From: at.Add(-24 * time.Hour), To: at}) {
		st.Recent = append(st.Recent, slo.TimedState{Interval: v, State: state})
	}
	return st
}

// counters are the probes that count the requests that the agreements about a
// service speak of.
func (e *Engine) counters(s *service) []*slo.ProbeHistory {
	var out []*slo.ProbeHistory
	for _, a := range s.accounts {
		for _, name := range a.Agreement.Counters() {
			if p := e.history.Probe(name); p != nil && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// stateSince is the state of a timeline at an instant, and since when.
func stateSince(tl *slo.Timeline, at slo.Instant) (slo.State, slo.Instant) {
	state, since := slo.Unknown, slo.MinInstant
	cs := tl.Changes()
	for i := len(cs) - 1; i >= 0; i-- {
		if cs[i].At() <= at {
			return cs[i].State(), cs[i].At()
		}
	}
	return state, since
}

// Planned reports whether maintenance of a service is in force at an instant.
func (e *Engine) Planned(service string, at slo.Instant) bool { return e.planned(service, at) != nil }

// planned is the maintenance of a service in force at an instant.
func (e *Engine) planned(service string, at slo.Instant) *slo.PlannedWork {
	for _, m := range e.catalog.Maintenances {
		if !m.Covers(service) {
			continue
		}
		for _, o := range m.Occurrences(slo.Interval{From: at, To: at + 1}) {
			return &slo.PlannedWork{Name: m.Name, Interval: o}
		}
	}
	return nil
}

func (e *Engine) probe(p *slo.ProbeHistory, at slo.Instant) slo.ProbeStatus {
	out := slo.ProbeStatus{Probe: p.Probe}
	out.State, out.Since = stateSince(p.Timeline(), at)
	for _, l := range p.Locations() {
		ls := slo.LocationStatus{Location: l.Name, Counts: l.Counts}
		ls.State, ls.Since = stateSince(l.Timeline(), at)
		for _, a := range l.Agents() {
			if r := e.reports[Word{p.Probe.Name, l.Name, a.Agent}]; r != nil {
				ls.Agents = append(ls.Agents, slo.AgentReport{Agent: a.Agent, Last: r.last})
			}
		}
		out.Locations = append(out.Locations, ls)
	}
	return out
}

// causes are the failed measurements behind the locations that see a probe
// down, those that count first.
func causes(probes []slo.ProbeStatus) []slo.Cause {
	var out []slo.Cause
	for _, p := range probes {
		for _, l := range p.Locations {
			if l.State != slo.Down || !l.Counts {
				continue
			}
			for _, a := range l.Agents {
				if a.Last.Outcome == slo.Down {
					out = append(out, cause(p.Probe, l.Location, a.Agent, &a.Last))
				}
			}
		}
	}
	return out
}

func cause(p *slo.Probe, location, agent string, m *slo.Measurement) slo.Cause {
	c := slo.Cause{Probe: p.Name, Location: location, Agent: agent, At: m.At, Reason: m.Reason, Evidence: m.Evidence, ClockOff: slo.ClockOff(m.Offset)}
	if p.Spec != nil {
		c.Target = p.Spec.Target()
	}
	return c
}

// Timeline is the spans of a service's timeline that cover v, up to at.
func (e *Engine) Timeline(service string, v slo.Interval) []slo.TimedState {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := e.byName[service]
	if s == nil {
		return nil
	}
	var out []slo.TimedState
	for v, state := range s.history.Timeline().Spans(v) {
		out = append(out, slo.TimedState{Interval: v, State: state})
	}
	return out
}

// DayFigure is what one interval of agreed time was, with the availability by
// an objective's method and its agreement's policy.
type DayFigure struct {
	slo.Figures
	Availability slo.Fraction
}

// Days are the figures of an objective for each of the intervals given; nil
// where the catalogue lacks it.
func (e *Engine) Days(agreement, objective string, days []slo.Interval, at slo.Instant) []DayFigure {
	e.mu.RLock()
	defer e.mu.RUnlock()
	a := e.account(agreement)
	if a == nil {
		return nil
	}
	for i := range a.Agreement.Objectives {
		o := &a.Agreement.Objectives[i]
		if o.Name != objective {
			continue
		}
		out := make([]DayFigure, len(days))
		for k, d := range days {
			if d.From < at && a.Agreed().Cover().Contains(d.From) {
				out[k] = DayFigure{a.Figures(at, d), a.Availability(o, at, d)}
			}
		}
		return out
	}
	return nil
}

func (e *Engine) account(agreement string) *slo.Account {
	for _, s := range e.services {
		for _, a := range s.accounts {
			if a.Agreement.Name == agreement {
				return a
			}
		}
	}
	return nil
}

// StatusAt is the status of an agreement's objectives for the windows that
// hold the instants just before each of ws, with what is known at at.
func (e *Engine) StatusAt(agreement string, at slo.Instant, ws ...slo.Instant) [][]slo.ObjectiveStatus {
	e.mu.RLock()
	defer e.mu.RUnlock()
	a := e.account(agreement)
	if a == nil {
		return nil
	}
	out := make([][]slo.ObjectiveStatus, len(ws))
	for i, w := range ws {
		books := e.reaching(a, w)
		for k := range a.Agreement.Objectives {
			out[i] = append(out[i], books.Status(&a.Agreement.Objectives[k], at, w))
		}
	}
	return out
}

// reaching is the books of an agreement with its agreed time laid out over the
// windows that hold the instant just before w, however long ago.
func (e *Engine) reaching(a *slo.Account, w slo.Instant) *slo.Account {
	need, have := slo.Interval{From: w, To: w}, a.Agreed().Cover()
	for _, o := range a.Agreement.Objectives {
		v := o.Window.At(w, a.Agreement.Zone)
		need = slo.Interval{From: min(need.From, v.From), To: max(need.To, v.To)}
	}
	if have.From <= need.From && need.To <= have.To {
		return a
	}
	return slo.NewAccount(a.Agreement, slo.LaidOver(need, e.catalog.Maintenances), e.history)
}
