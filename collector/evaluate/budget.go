package evaluate

import (
	"fmt"
	"maps"
	"time"

	"github.com/prometheus/common/model"

	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// budgetBurn alerts for each burn condition of the objective that holds.
// Outside agreed time the burn clock stands, and nobody is woken by where it
// stopped.
func (e *Engine) budgetBurn(out []Alert, a *slo.Account, st slo.ObjectiveStatus, seen Words) []Alert {
	if !a.Agreed().Agreed(st.At) {
		return out
	}
	for _, p := range rules.Firing(e.conditions[st.Objective].Pairs, st.Burn) {
		if !rules.Held(p, st.At, burns(a, st.Objective, p)) {
			continue
		}
		labels := objectiveLabels(st)
		maps.Copy(labels, rules.Labels(p))
		out = append(out, Alert{
			Name: "ErrorBudgetBurn", Severity: p.Severity, Labels: labels, Since: burnSince(a, st, p), Wanders: true,
			Words: Words{
				Summary: fmt.Sprintf("%s/%s burns its error budget %s times too fast, over %s", st.Agreement.Name, st.Objective.Name, rate(st.Burn, p.Long), model.Duration(p.Long)),
				Description: fmt.Sprintf("%s Availability %s, worst %s, coverage %s.",
					rules.Tell(p, st.Agreement, st.Objective), figure(st.Availability), figure(st.Worst), figure(st.Coverage)),
				BudgetLeft: budgetLeft(st), SeenFrom: seen.SeenFrom, Evidence: seen.Evidence,
			},
			Path: "/services/" + st.Agreement.Service,
		})
		if p.Severity == slo.Page {
			out[len(out)-1].Opens = slo.BurnRate
		}
	}
	return out
}

// ofAgreed says that windows are lengths of agreed time, where that is not all
// the time.
func ofAgreed(a *slo.Agreement) string {
	if a.Hours == nil {
		return ""
	}
	return " of service hours"
}

// burnSince is when the pair's condition began to hold, at most its long
// window and the time that it waits ago.
func burnSince(a *slo.Account, st slo.ObjectiveStatus, p slo.BurnPair) slo.Instant {
	from, _ := a.Agreed().Back(st.At, p.Long+p.For)
	return began(from, st.At, burns(a, st.Objective, p))
}

// burns tells at which instants the condition of a pair holds. It never does
// outside agreed time.
func burns(a *slo.Account, o *slo.Objective, p slo.BurnPair) func(slo.Instant) bool {
	pair, windows := []slo.BurnPair{p}, rules.Windows([]slo.BurnPair{p})
	return func(at slo.Instant) bool {
		return a.Agreed().Agreed(at) && len(rules.Firing(pair, a.BurnRates(o, at, windows))) > 0
	}
}

func rate(burn []slo.Burn, w time.Duration) string {
	for _, b := range burn {
		if b.Window == w {
			return fmt.Sprintf("%.1f", b.Rate)
		}
	}
	return "0"
}

// missingData alerts where less is known of an objective's recent past than
// its agreement asks for. Silence that was planned is not agreed time, and
// outside of that nobody is told.
func (e *Engine) missingData(out []Alert, a *slo.Account, st slo.ObjectiveStatus) []Alert {
	r := e.recent(a, st.Objective, st.At)
	least := st.Agreement.MinCoverage
	if !r.Agreed || r.Coverage.Compare(least) >= 0 {
		return out
	}
	from, _ := a.Agreed().Back(st.At, r.Window)
	since := began(from, st.At, func(at slo.Instant) bool {
		before := e.recent(a, st.Objective, at)
		return before.Agreed && before.Coverage.Compare(least) < 0
	})
	missing := time.Duration(r.Coverage.Whole-r.Coverage.Part) * time.Millisecond
	return append(out, Alert{
		Name: "MissingData", Severity: slo.Ticket, Labels: objectiveLabels(st), Since: since, Wanders: true,
		Words: Words{
			Summary: fmt.Sprintf("Too little is known of %s/%s: %s of the last %s", st.Agreement.Name, st.Objective.Name, figure(r.Coverage), model.Duration(r.Window)),
			Description: fmt.Sprintf("Of the last %s%s nothing is known of %s; the agreement asks for %s %%. Look at the agents that probe %s: what they could not deliver yet counts when it comes, what nobody measured stays unknown.",
				model.Duration(r.Window), ofAgreed(st.Agreement), missing.Round(time.Second), least.Percent(), st.Agreement.Service),
		},
		Path: "/services/" + st.Agreement.Service,
	})
}
