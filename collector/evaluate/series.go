package evaluate

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/assay-sla/assay/slo"
)

// noHold is where it does not matter which outages flap.
func noHold(slo.Instant) time.Duration { return 0 }

// Samples are the figures of services and objectives at an instant as series;
// dashboards.Series lists them.
func (e *Engine) Samples(at slo.Instant) []slo.Sample {
	var out []slo.Sample
	add := func(name string, value float64, labels map[string]string) {
		out = append(out, slo.Sample{Name: name, Labels: labels, Value: value})
	}
	open := map[string]float64{}
	for _, o := range e.Down(at, noHold) {
		open[o.Service] = 1
	}
	for service, state := range e.States(at) {
		labels := map[string]string{"service": service}
		add("assay_service_state", stateValue(state), labels)
		add("assay_incidents_open", open[service], labels)
	}
	for _, s := range e.Catalog().Services {
		for _, probe := range s.Up.Probes() {
			add("assay_service_probe", 1, map[string]string{"service": s.Name, "probe": probe})
		}
	}
	e.Objectives(at, func(st slo.ObjectiveStatus, recent Recent) {
		labels := map[string]string{"agreement": st.Agreement.Name, "objective": st.Objective.Name, "service": st.Agreement.Service}
		ratio := func(name string, f slo.Fraction) {
			if f.Valid() {
				add(name, f.Float(), labels)
			}
		}
		ratio("assay_objective_availability_ratio", st.Availability)
		ratio("assay_objective_best_ratio", st.Best)
		ratio("assay_objective_worst_ratio", st.Worst)
		ratio("assay_objective_coverage_ratio", st.Coverage)
		if c := st.Long; c != nil {
			add("assay_objective_long_outages", float64(c.Longer), labels)
		} else {
			add("assay_objective_target_ratio", st.Objective.Target.Float(), labels)
		}
		add("assay_objective_met", verdictValue(st.Verdict), labels)
		add("assay_objective_down_seconds", st.Down.Seconds(), labels)
		add("assay_objective_unknown_seconds", st.Unknown.Seconds(), labels)
		if st.Budget != nil {
			add("assay_objective_budget_seconds", st.Budget.Seconds(), labels)
			add("assay_objective_budget_used_seconds", st.BudgetUsed.Seconds(), labels)
		}
		if c := st.Requests; c != nil {
			add("assay_objective_requests_good", float64(c.Good)/slo.PerRequest, labels)
			add("assay_objective_requests_bad", float64(c.Bad)/slo.PerRequest, labels)
			add("assay_objective_requests_budget", float64(c.Budget)/slo.PerRequest, labels)
		}
		if st.Agreement.Workload != nil {
			add("assay_objective_exempt_seconds", st.Exempt.Seconds(), labels)
		}
		if st.Credit != nil {
			add("assay_objective_credit_ratio", st.Credit.Float(), labels)
		}
		add("assay_objective_agreed", truth(recent.Agreed), labels)
		ratio("assay_objective_recent_coverage_ratio", recent.Coverage)
		for _, b := range st.Burn {
			switch {
			case b.Known:
				add("assay_objective_burn_rate", b.Rate, withWindow(labels, b.Window))
			case st.Objective.Method != slo.ByOutages: // whose has none at all
				add("assay_objective_burn_rate", slo.Stale(), withWindow(labels, b.Window)) // an alert must not go on with the last one
			}
		}
	})
	return out
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func withWindow(labels map[string]string, w time.Duration) map[string]string {
	out := map[string]string{"window": windowName(w)}
	for k, v := range labels {
		out[k] = v
	}
	return out
}

// windowName is a window as Prometheus writes durations: 5m, 2h, 3d.
func windowName(w time.Duration) string {
	return model.Duration(w).String()
}

func stateValue(s slo.State) float64 {
	switch s {
	case slo.Up:
		return 1
	case slo.Down:
		return 0
	}
	return -1
}

func verdictValue(v slo.Verdict) float64 {
	switch v {
	case slo.Met:
		return 1
	case slo.Missed:
		return 0
	}
	return -1
}
