package catalog

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// maxSteps bounds the steps of a budget policy.
const maxSteps = 20

// actionNames are the actions of a budget policy, by their values in slo.
var actionNames = []string{"notify", "freeze", "incident"}

// budgetPolicy reads what is done at which share of an error budget.
func (r reader) budgetPolicy(n *yaml.Node) ([]slo.BudgetStep, bool) {
	var seen []slo.BudgetStep
	return list(r, n, "budgetPolicy", maxSteps, func(n *yaml.Node) (slo.BudgetStep, bool) {
		s, ok := r.budgetStep(n)
		if ok && slices.ContainsFunc(seen, func(t slo.BudgetStep) bool { return t.At == s.At && t.Action == s.Action }) {
			r.errorf(n, "", "two steps %s at %s percent", actionNames[s.Action], s.At.Percent())
			return s, false
		}
		seen = append(seen, s)
		return s, ok
	})
}

func (r reader) budgetStep(n *yaml.Node) (slo.BudgetStep, bool) {
	s, action, severity := slo.BudgetStep{}, 0, slices.Index(severityNames, string(slo.Ticket))
	f, ok := r.fields(n, "a step of the budget policy", "at", "action", "severity")
	if !ok {
		return s, false
	}
	fine := set(&s.At, f.need("at"), r.percent)
	if fine && s.At == 0 {
		r.errorf(f.get("at"), "", "at 0 percent nothing is used yet")
		fine = false
	}
	fine = set(&action, f.need("action"), r.choice(actionNames...)) && fine
	if f.has("severity") {
		fine = set(&severity, f.get("severity"), r.choice(severityNames...)) && fine
	}
	s.Action, s.Severity = slo.BudgetAction(action), slo.Severity(severityNames[severity])
	return s, fine
}

// hasBudget reports whether one of the agreement's objectives has an error
// budget.
func hasBudget(a *slo.Agreement) bool {
	return slices.ContainsFunc(a.Objectives, func(o slo.Objective) bool { return o.Method == slo.ByTime || o.Method == slo.ByRequests })
}
