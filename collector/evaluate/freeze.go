package evaluate

import (
	"cmp"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Freezes are the steps of budget policies that have changes wait at an
// instant, by service, agreement and objective. They are those that Alerts
// tells of as ChangesFrozen.
func (e *Engine) Freezes(at slo.Instant) []slo.ChangeFreeze {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []slo.ChangeFreeze
	for _, s := range e.services {
		for _, a := range s.accounts {
			if !slices.ContainsFunc(a.Agreement.BudgetPolicy, func(s slo.BudgetStep) bool { return s.Action == slo.Freeze }) {
				continue
			}
			for i := range a.Agreement.Objectives {
				st := a.Status(&a.Agreement.Objectives[i], at, at)
				out = append(out, freezesOf(a, &st)...)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b slo.ChangeFreeze) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Agreement, b.Agreement), cmp.Compare(a.Objective, b.Objective))
	})
	return out
}

// freezesOf are the freezes of one objective.
func freezesOf(a *slo.Account, st *slo.ObjectiveStatus) (out []slo.ChangeFreeze) {
	for _, s := range a.Agreement.BudgetPolicy {
		if s.Action == slo.Freeze && st.Step(s) == slo.StepReached {
			out = append(out, slo.ChangeFreeze{
				Agreement: a.Agreement.Name, Objective: st.Objective.Name, Service: a.Agreement.Service, Step: s.At.Percent(), Until: a.Lifted(st, s),
			})
		}
	}
	return out
}
