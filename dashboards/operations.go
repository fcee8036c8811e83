package dashboards

// operations answers what needs somebody: incidents and their targets,
// problems, changes, service requests, continuity plans and resources.
func operations() dashboard {
	d := newDashboard(OperationsUID, "Assay: operations",
		"What operations has to do: incidents and their targets, problems, changes, service requests, continuity, capacity.", "now-7d")
	d.Templating.List = []variable{datasourceVariable(), pageVariable()}
	d.Annotations = marks("")
	d.Links = links("Incidents", "/incidents")
	d.Panels = lay(
		section{panels: operationsAnswers()},
		section{"Incidents", incidentPanels()},
		section{"Problems and changes", append(problemPanels(), changePanels()...)},
		section{"Service requests", []*panel{requestsTable()}},
		section{"Continuity", []*panel{plansTable()}},
		section{"Capacity", append([]*panel{resourcesTable()}, capacityOf("")...)},
	)
	return d
}

// activeProblems selects the problems that need somebody.
const activeProblems = `assay_problems{state!~"closed|rejected"}`

// operationsAnswers is the line of large figures.
func operationsAnswers() []*panel {
	alarming := func(p *panel) *panel { return p.stepped(steps(colourText, from(1, colourDown))) }
	return []*panel{
		statPanel("Open incidents", "Incidents that are open and part of no other.", 4,
			query{"sum(assay_incidents)", "open"}).linked(toPage("Incidents", "/incidents")),
		alarming(statPanel("Past a target", "Open incidents whose target of an agreement was missed, by the clock that measures it.", 4,
			query{"max by (clock) (assay_incidents_past_target)", "{{clock}}"})).linked(toPage("Incidents", "/incidents")),
		statPanel("Problems", "Problems that need somebody: proposed, open, known errors, and fixes that are being watched.", 4,
			query{"sum(" + activeProblems + ")", "active"}).linked(toPage("Problems", "/problems")),
		statPanel("Change-failure rate", "Of the changes of the last 30 days that are over, those that failed; and as much at worst, if all that is unsettled had failed too.", 4,
			query{`max by (bound) (assay_change_failure_ratio)`, "{{bound}}"}).
			unit(unitRatio).decimals(1).none("no changes").linked(toPage("Changes", "/changes")),
		alarming(statPanel("Plans with a late test", "Continuity plans whose next test is late.", 4,
			query{howMany("assay_plan_test_late", "== 1"), "late"})).none("no plans").linked(toPage("Continuity", "/continuity")),
		statPanel("Resources that run out", "Resources whose limit is forecast to be reached.", 4,
			query{"count(assay_resource_early_seconds) or 0 * count(assay_resource_used)", "run out"}).
			none("no resources").linked(toPage("Capacity", "/capacity")),
	}
}

func incidentPanels() []*panel {
	return []*panel{
		graphPanel("Open incidents, by priority", "Incidents that are open and part of no other. Priority 1 is the most urgent.", 12, 8,
			query{"sum by (priority) (assay_incidents)", "priority {{priority}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise).graph(stacked),
		graphPanel("Open incidents, by what opened them", "Incidents that are open and part of no other.", 12, 8,
			query{"sum by (name) (assay_incidents)", "{{name}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise).graph(stacked),
		tablePanel("Targets of open incidents",
			"The 100 targets that are missed soonest, of clocks that run. Below 0 the target is missed. A clock that is paused, or stands outside service hours for good, is not here.",
			16, 8, sortField{"Left", false},
			column{title: "Incident", label: "incident", look: leading(nil, toRecord("Incident", "/incidents/", ofRow, "Incident"))},
			column{title: "Priority", label: "priority"},
			column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toServicePage(ofRow, "Service"))},
			column{title: "Agreement", label: "agreement"},
			column{title: "Clock", label: "clock"},
			column{
				title: "Left", expr: "min by (incident, priority, service, agreement, clock) (assay_incident_target_seconds)",
				look: coloured(shown(unitSeconds, 1), dueSteps(60*60)),
			}).none("no target runs"),
		tablePanel("Open incidents of services", "Services that open incidents are about, as wholes; what is part of another stands with that.", 8, 8, sortField{"Open", true},
			column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toServicePage(ofRow, "Service"))},
			column{title: "Open", expr: `sum by (service) (assay_incidents{service!=""})`, look: shown(unitCount, 0)}).none("no incidents"),
	}
}

func problemPanels() []*panel {
	state := func(title, name string) column {
		return column{title: title, expr: `sum by (service) (assay_problems{service!="", state="` + name + `"})`, look: shown(unitCount, 0)}
	}
	return []*panel{
		graphPanel("Problems, by state", "Problems that need somebody. Closed and rejected ones are not drawn.", 12, 8,
			query{"sum by (state) (" + activeProblems + ")", "{{state}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise).graph(stacked),
		tablePanel("Problems of services", "How many problems of each service are in each state.", 12, 8, sortField{"Open", true},
			column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toServicePage(ofRow, "Service"))},
			state("Proposed", "proposed"), state("Open", "open"), state("Known error", "known_error"), state("Fixed", "fixed"), state("Closed", "closed")).
			none("no problems"),
	}
}

func changePanels() []*panel {
	outcome := func(title, name string) column {
		return column{title: title, expr: `sum by (service) (assay_service_changes{outcome="` + name + `"})`, look: shown(unitCount, 0)}
	}
	return []*panel{
		graphPanel("Changes of the last 30 days, by how they went",
			"Counted anew at each instant. Unsettled: an incident is near, and nobody said whose fault that was. Pending: it lies ahead, is under way, or ended too short a time ago.", 12, 8,
			query{"sum by (outcome) (assay_changes)", "{{outcome}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise),
		tablePanel("Changes of services, last 30 days", "A change that touches several services stands with each of them.", 12, 8, sortField{"Failed", true},
			column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toServicePage(ofRow, "Service"))},
			outcome("Failed", "failed"), outcome("Unsettled", "unsettled"), outcome("Succeeded", "succeeded"), outcome("Pending", "pending")).
			none("no changes"),
	}
}

// requestsTable shows what was counted of service requests.
func requestsTable() *panel {
	by := func(expr string) string { return "max by (month, service, agreement) (" + expr + ")" }
	return tablePanel("Service requests, this month and the last",
		"As the tool where people ask counts them. Within target: of the completed ones, those within the time agreed.",
		gridWidth, 7, sortField{"Month", true},
		column{title: "Month", label: "month"},
		column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toPage("Service requests", "/service-requests"))},
		column{title: "Agreement", label: "agreement"},
		column{title: "Received", expr: by("assay_service_requests_received"), look: shown(unitCount, 0)},
		column{title: "Completed", expr: by("assay_service_requests_completed"), look: shown(unitCount, 0)},
		column{title: "Within target", expr: by("assay_service_requests_in_target / (assay_service_requests_completed > 0)"), look: shown(unitRatio, 1)},
		column{title: "Mean time", expr: by("assay_service_requests_mean_seconds"), look: shown(unitSeconds, 1)},
	).none("no service requests")
}

// plansTable shows how ready the continuity plans are.
func plansTable() *panel {
	by := func(metric string) string { return "max by (plan) (" + metric + ")" }
	const day = 24 * 60 * 60
	return tablePanel("Continuity plans",
		"When each was tested and is to be tested again, and the actual RTO and RPO of the last drill that measured them, against what the plan says.",
		gridWidth, 7, sortField{"Next test", false},
		column{title: "Plan", label: "plan", look: leading(nil, toRecord("Plan", "/continuity/plans/", ofRow, "Plan"))},
		column{title: "Test", expr: by("assay_plan_test_late"), look: worded(lateWords())},
		column{title: "Next test", expr: by("assay_plan_test_due_seconds"), look: coloured(shown(unitSeconds, 1), dueSteps(30*day))},
		column{title: "Last drill", expr: by("assay_plan_drill_passed"), look: worded(passedWords())},
		column{title: "Last passed", expr: by("assay_plan_passed_age_seconds"), look: shown(unitSeconds, 1)},
		column{title: "RTO", expr: by("assay_plan_rto_seconds"), look: shown(unitSeconds, 1)},
		column{title: "RTO target", expr: by("assay_plan_rto_target_seconds"), look: shown(unitSeconds, 1)},
		column{title: "RTO left", expr: by("assay_plan_rto_target_seconds - assay_plan_rto_seconds"), look: coloured(shown(unitSeconds, 1), steps(colourPage, from(0, colourText)))},
		column{title: "RPO", expr: by("assay_plan_rpo_seconds"), look: shown(unitSeconds, 1)},
		column{title: "RPO target", expr: by("assay_plan_rpo_target_seconds"), look: shown(unitSeconds, 1)},
		column{title: "RPO left", expr: by("assay_plan_rpo_target_seconds - assay_plan_rpo_seconds"), look: coloured(shown(unitSeconds, 1), steps(colourPage, from(0, colourText)))},
	).none("no plans")
}

// resourcesTable ranks the resources by the early date of their limit.
func resourcesTable() *panel {
	by := func(expr string) string { return "max by (resource, series, service) (" + expr + ")" }
	return tablePanel("Resources", "How full each is, and when its limit is expected to be reached; the early date is passed in one of ten cases. No date: it does not run out, or too little is known.",
		gridWidth, 7, sortField{"Early", false},
		column{title: "Resource", label: "resource", look: leading(nil, toPage("Capacity", "/capacity"))},
		column{title: "Series", label: "series"},
		column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toServicePage(ofRow, "Service"))},
		column{title: "Used", expr: by("assay_resource_used / assay_resource_limit"), look: shown(unitRatio, 1)},
		column{title: "Early", expr: by("assay_resource_early_seconds"), look: shown(unitSeconds, 1)},
		column{title: "Expected", expr: by("assay_resource_expected_seconds"), look: shown(unitSeconds, 1)},
	).none("no resources")
}
