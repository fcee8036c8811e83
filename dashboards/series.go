package dashboards

// Family is all the series of one name. All of them are gauges.
type Family struct {
	Name   string
	Help   string   // one sentence
	Unit   string   // seconds, ratio, or "" for a plain number
	Labels []string // the names of its labels, sorted
}

// Series lists the series that the collector writes of its own figures, every
// 15 seconds, in the order of their names. Those of the measurements are not
// among them.
func Series() []Family {
	agent := []string{"agent", "location"}
	objective := []string{"agreement", "objective", "service"}
	window := []string{"agreement", "objective", "service", "window"}
	service := []string{"service"}
	probe := []string{"probe", "service"}
	resource := []string{"resource", "series", "service"}
	plan := []string{"plan"}
	requests := []string{"agreement", "month", "service"}
	return []Family{
		{"assay_agent_clock_offset_seconds", "How far the collector's clock is ahead of the agent's, as the agent last said.", "seconds", agent},
		{"assay_agent_queue_oldest_age_seconds", "How long the oldest record that waits at the agent has waited; 0 where none does.", "seconds", agent},
		{"assay_agent_queue_records", "Records that wait at the agent, as it last said.", "", agent},
		{"assay_agent_room_probes", "How many more probes the agent could run, as it last said; absent where it does not say, or is silent.", "", agent},
		{"assay_agent_up", "1 where the agent was heard of lately, 0 where it is silent.", "", agent},
		{"assay_change_failure_ratio", "Changes of the last 30 days that failed, of those that are over; the bound worst is as much if all that is unsettled had failed too. Absent where there are none.", "ratio", []string{"bound"}},
		{"assay_change_under_way", "1 at the beginning and at the end of each change or release of the service, and while it lasts.", "", []string{"change", "kind", "major", "service", "summary"}},
		{"assay_changes", "Changes and releases that touch the last 30 days, by how they went; those that were withdrawn do not count.", "", []string{"kind", "outcome"}},
		{"assay_drill_under_way", "1 at the beginning and at the end of a drill that may take the service down, and while it runs.", "", []string{"drill", "kind", "plan", "service"}},
		{"assay_incident_target_seconds", "Time until a target of an open incident is missed, below 0 where it was; of the 100 soonest whose clock runs.", "seconds", []string{"agreement", "clock", "incident", "priority", "service"}},
		{"assay_incidents", "Open incidents that are part of no other; 0 of those about no service, so that a sum over all is there always.", "", []string{"name", "priority", "service", "trigger"}},
		{"assay_incidents_open", "1 while an incident of the downtime of the service lasts, else 0.", "", service},
		{"assay_incidents_past_target", "Open incidents that missed a target of the clock.", "", []string{"clock"}},
		{"assay_objective_agreed", "1 while the objective's agreement counts the time, 0 outside its service hours, in planned work and outside its term.", "", objective},
		{"assay_objective_availability_ratio", "Availability in the objective's window so far, under the agreement's policy for unknown time; absent where there is nothing to divide by.", "ratio", objective},
		{"assay_objective_best_ratio", "Availability if all unknown time had been up.", "ratio", objective},
		{"assay_objective_budget_seconds", "Error budget of the whole window; of objectives by time only.", "seconds", objective},
		{"assay_objective_budget_used_seconds", "Error budget used so far; of objectives by time only.", "seconds", objective},
		{"assay_objective_burn_rate", "How fast the error budget went over the recent window in the label window, a length of agreed time; 1 uses it up exactly at the end of the objective's window. Absent where nothing is known.", "", window},
		{"assay_objective_coverage_ratio", "Known time over agreed time in the objective's window so far.", "ratio", objective},
		{"assay_objective_credit_ratio", "Service credit owed, as a share of the fee; of objectives that earn credits, once that is settled.", "ratio", objective},
		{"assay_objective_down_seconds", "Agreed time that counts as down in the objective's window so far.", "seconds", objective},
		{"assay_objective_exempt_seconds", "Time over the workload limit; of agreements that have one.", "seconds", objective},
		{"assay_objective_long_outages", "Outages that are longer than promised, in the objective's window so far; of objectives by outages only.", "", objective},
		{"assay_objective_met", "1 where the target is met, 0 where it is missed, -1 where data is insufficient.", "", objective},
		{"assay_objective_recent_coverage_ratio", "Known time over agreed time of late: over the agreed time by which missing data is alerted on.", "ratio", objective},
		{"assay_objective_requests_bad", "Bad requests of the window so far; of objectives by requests only.", "", objective},
		{"assay_objective_requests_budget", "Bad requests that the whole window may hold, at the rate so far; of objectives by requests only.", "", objective},
		{"assay_objective_requests_good", "Good requests of the window so far; of objectives by requests only.", "", objective},
		{"assay_objective_target_ratio", "Target of the objective; none of objectives by outages.", "ratio", objective},
		{"assay_objective_unknown_seconds", "Agreed time of which nothing is known in the objective's window so far.", "seconds", objective},
		{"assay_objective_worst_ratio", "Availability if all unknown time had been down.", "ratio", objective},
		{"assay_plan_drill_passed", "1 where the last drill of the continuity plan passed, else 0; absent before one.", "", plan},
		{"assay_plan_passed_age_seconds", "Time since a drill of the continuity plan was declared that passed, the last one; absent before one.", "seconds", plan},
		{"assay_plan_rpo_seconds", "Actual recovery point of the last drill of the continuity plan that measured one.", "seconds", plan},
		{"assay_plan_rpo_target_seconds", "Recovery point objective of the continuity plan.", "seconds", plan},
		{"assay_plan_rto_seconds", "Actual recovery time of the last drill of the continuity plan that measured one.", "seconds", plan},
		{"assay_plan_rto_target_seconds", "Recovery time objective of the continuity plan.", "seconds", plan},
		{"assay_plan_test_due_seconds", "Time until the next test of the continuity plan is late, below 0 where it is.", "seconds", plan},
		{"assay_plan_test_late", "1 while a test of the continuity plan is late, else 0.", "", plan},
		{"assay_problems", "Problems; 0 of those about no service, so that a sum over all is there always.", "", []string{"service", "state"}},
		{"assay_resource_early_seconds", "Time until the resource's limit is reached, in the one of ten cases that is earliest; absent where it does not run out.", "seconds", resource},
		{"assay_resource_expected_seconds", "Time until the resource's limit is expected to be reached; absent where it does not run out.", "seconds", resource},
		{"assay_resource_limit", "How much there is of the resource, in its unit.", "", resource},
		{"assay_resource_used", "How much of the resource is used, in its unit.", "", resource},
		{"assay_service_changes", "Changes and releases of the service that touch the last 30 days, by how they went; absent where there are none.", "", []string{"outcome", "service"}},
		{"assay_service_probe", "1 for each probe that the service's state is made from.", "", probe},
		{"assay_service_requests_completed", "Service requests completed in the month, as counted so far; of the month that runs, in UTC, and the one before.", "", requests},
		{"assay_service_requests_in_target", "Of the completed ones, those within the time agreed.", "", requests},
		{"assay_service_requests_mean_seconds", "Mean time from reception to completion; absent where none was completed.", "seconds", requests},
		{"assay_service_requests_received", "Service requests received in the month, as counted so far.", "", requests},
		{"assay_service_state", "1 where the service is up, 0 where it is down, -1 where that is unknown.", "", service},
	}
}
