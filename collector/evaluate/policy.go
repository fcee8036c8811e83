package evaluate

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// ReachedStep is the step of a budget policy that an alert is about.
type ReachedStep struct {
	slo.BudgetStep
	Agreement, Objective string
	Window               slo.Interval
	Budget, Used         int64       // in milliseconds, or in thousandths of a request
	ByRequests           bool        // which of them
	Lifted               slo.Instant // of a freeze, if no more is used; else 0
}

// budgetPolicy alerts for each step of the agreement's budget policy that is
// reached. The step is part of an alert's identity, and since when it is so
// follows from what is known: after a restart it is the same alert.
func (e *Engine) budgetPolicy(out []Alert, a *slo.Account, st slo.ObjectiveStatus) []Alert {
	for _, s := range a.Agreement.BudgetPolicy {
		if st.Step(s) != slo.StepReached {
			continue
		}
		of, whole, _ := st.BudgetSpent()
		labels := objectiveLabels(st)
		labels["step"] = s.At.Percent()
		out = append(out, Alert{
			Name: "BudgetUsed", Severity: s.Severity, Labels: labels, Since: stepSince(a, st, s), Wanders: true,
			Words: Words{
				Summary:     fmt.Sprintf("%s/%s has used %s of its error budget", st.Agreement.Name, st.Objective.Name, used(st)),
				Description: fmt.Sprintf("The budget policy tells of it from %s %% on. %s in the window from %s to %s.", s.At.Percent(), spent(st), st.Window.From, st.Window.To),
				BudgetLeft:  budgetLeft(st),
			},
			Path: "/services/" + st.Agreement.Service,
			Step: &ReachedStep{
				BudgetStep: s, Agreement: st.Agreement.Name, Objective: st.Objective.Name,
				Window: st.Window, Budget: whole, Used: of, ByRequests: st.Requests != nil,
			},
		})
		switch al := &out[len(out)-1]; s.Action {
		case slo.Freeze:
			frozen(al, st, s, a.Lifted(&st, s))
		case slo.OpenIncident:
			al.Name, al.Opens = "BudgetIncident", slo.BudgetUsed
		}
	}
	return out
}

// frozen makes the alert of a step one that changes are to wait.
func frozen(al *Alert, st slo.ObjectiveStatus, s slo.BudgetStep, lifted slo.Instant) {
	al.Name, al.Step.Lifted = "ChangesFrozen", lifted
	al.Words.Summary = fmt.Sprintf("Changes to %s are frozen until %s: %s", st.Agreement.Service, lifted, al.Words.Summary)
	al.Words.Description = fmt.Sprintf("The budget policy freezes them from %s %% on. Unless more is used, the freeze is lifted at %s. %s in the window from %s to %s.",
		s.At.Percent(), lifted, spent(st), st.Window.From, st.Window.To)
}

// used is how much of a budget is used, in percent; what it is of none is said
// as a time.
func used(st slo.ObjectiveStatus) string {
	switch used, whole, _ := st.BudgetSpent(); {
	case whole > 0:
		return fmt.Sprintf("%d %%", int64(float64(used)*100/float64(whole)))
	case st.Requests != nil:
		return slo.Thousandths(used) + " requests"
	}
	return st.BudgetUsed.String()
}

// spent is what used the budget.
func spent(st slo.ObjectiveStatus) string {
	if c := st.Requests; c != nil {
		return slo.Thousandths(c.Bad) + " bad requests"
	}
	return "Down " + st.BudgetUsed.String()
}

// stepSince is when a step of the present window was reached.
func stepSince(a *slo.Account, st slo.ObjectiveStatus, s slo.BudgetStep) slo.Instant {
	return began(st.Window.From, st.At, func(at slo.Instant) bool {
		then := a.Status(st.Objective, at, at)
		return then.Step(s) == slo.StepReached
	})
}
