package evaluate

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// Scope is what an incident of some services touches at an instant. Services
// that the catalogue lacks touch nothing.
func (e *Engine) Scope(services []string, at slo.Instant) slo.Scope {
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := slo.Scope{Criticality: slo.LowLevel}
	if len(services) == 0 {
		out.Criticality = slo.MediumLevel
	}
	out.Planned = len(services) > 0
	customers, seen := map[string]bool{}, map[string]bool{}
	for _, name := range services {
		s := e.byName[name]
		if s == nil {
			out.Planned = false
			continue
		}
		out.Planned = out.Planned && e.planned(name, at) != nil
		out.Criticality = max(out.Criticality, s.history.Service.Criticality)
		for _, list := range [][]*slo.Account{s.accounts, s.part} {
			for _, a := range list {
				if a.Agreement.Type == slo.SLA {
					customers[customer(a.Agreement)] = true
				}
				out.Left = least(out.Left, a, at)
			}
		}
		s.sighted(seen, at)
	}
	out.Customers, out.Locations = len(customers), len(seen)
	for _, down := range seen {
		if down {
			out.Seen++
		}
	}
	return out
}

// customer is whom an agreement is made with; one that does not say is with
// somebody of its own.
func customer(a *slo.Agreement) string {
	if a.Party == "" {
		return "agreement " + a.Name
	}
	return "party " + a.Party
}

// least is the least budget that is left, of those so far and of an
// agreement's objectives.
func least(so *time.Duration, a *slo.Account, at slo.Instant) *time.Duration {
	for i := range a.Agreement.Objectives {
		st := a.Status(&a.Agreement.Objectives[i], at, at)
		if st.Budget == nil {
			continue
		}
		if left := *st.Budget - *st.BudgetUsed; so == nil || left < *so {
			so = &left
		}
	}
	return so
}

// sighted notes the locations that count for a service and know something,
// and whether they see one of its probes down.
func (s *service) sighted(seen map[string]bool, at slo.Instant) {
	for _, p := range s.history.Probes() {
		for _, l := range p.Locations() {
			state := l.Timeline().State(at - 1)
			if !l.Counts || state == slo.Unknown {
				continue
			}
			seen[l.Name] = seen[l.Name] || state == slo.Down
		}
	}
}
