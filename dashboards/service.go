package dashboards

// service answers for one service: is it up and was it, as seen from where,
// and what takes the time.
func service() dashboard {
	d := newDashboard(ServiceUID, "Assay: service",
		"One service: its state and objectives, what each location sees, and where the time goes.", "now-24h")
	d.Templating.List = []variable{
		datasourceVariable(),
		oneOf("service", "Service", "The service that this is about", "assay_service_state"),
		anyOf("probe", "Probes", "Probes of the service to show in the lower half", "assay_service_probe"+selector("service", "$service")),
		anyOf("location", "Locations", "Locations to show in the lower half", "assay_probe_outcome"+selector("probe", "~$probe")),
		pageVariable(),
	}
	about := selector("service", "$service")
	d.Annotations = marks(about)
	d.Links = links("Page of the service", "/services/${service:percentencode}")
	d.Panels = lay(
		section{panels: serviceAnswers(about)},
		section{"What was promised", []*panel{
			timelinePanel("State of $service",
				"Down wins over unknown, and unknown over up, where one step holds several states.",
				gridWidth, 4, stateWords(), query{serviceStates(about), "{{service}}"}),
			objectives("Every objective about the service, in its window so far.", about, 6),
			graphPanel("Availability so far", "Availability in each objective's window so far. It begins anew with the window.", 12, 8,
				query{byObjective("assay_objective_availability_ratio" + about), "{{agreement}} / {{objective}}"}).
				unit(unitRatio).decimals(figureDecimals).graph(stepwise),
			burnRates("Burn rate over 1 h", burnMeaning, 12, 8,
				query{byObjective("assay_objective_burn_rate" + with(about, `window="1h"`)), "{{agreement}} / {{objective}}"}),
		}},
		section{"What it uses up", capacityOf(about)},
		section{"What the probes see", seenBy(selector("probe", "~$probe", "location", "~$location"))},
	)
	return d
}

// serviceAnswers is the line of large figures.
func serviceAnswers(about string) []*panel {
	each := "{{agreement}} / {{objective}}"
	left := "1 - assay_objective_budget_used_seconds" + about + " / (assay_objective_budget_seconds" + about + " > 0)"
	return []*panel{
		stateStat("Now", "State of the service by its own expression over probes.", 4, stateWords(),
			query{"assay_service_state" + about, "{{service}}"}).linked(toServicePage(ofSeries, "service")),
		statPanel("Incident", "Whether an incident of the service is open.", 3,
			query{"assay_incidents_open" + about, "{{service}}"}).
			mapped(incidentWords()).linked(toPage("Incidents", "/incidents")),
		statPanel("Availability", "In each objective's window so far.", 9,
			query{byObjective("assay_objective_availability_ratio" + about), each}).
			unit(unitRatio).decimals(figureDecimals).linked(toAgreement(ofSeries, "agreement", "objective")),
		statPanel("Error budget left", "Share of the whole window's error budget. Below 0 the objective is lost.", 8,
			query{byObjective(left), each}).
			unit(unitRatio).decimals(1).stepped(budgetSteps()).none("no error budgets").
			linked(toAgreement(ofSeries, "agreement", "objective")),
	}
}

// seenBy are the panels of the chosen probes and locations.
func seenBy(chosen string) []*panel {
	phases := func(metric string) string { return "avg by (phase) (" + metric + chosen + ")" }
	return []*panel{
		outcomeTimeline(chosen, 9),
		graphPanel("Duration of probes", "The whole probe, as each agent measured it.", gridWidth, 8,
			query{"max by (probe, location, agent) (probe_duration_seconds" + chosen + ")", "{{probe}} from {{location}} ({{agent}})"}).
			unit(unitSeconds).atLeast(0),
		graphPanel("Phases of HTTP probes", "Mean over the chosen HTTP probes and locations. Processing is the wait for the first byte.", 12, 8,
			query{phases("probe_http_duration_seconds"), "{{phase}}"}).
			unit(unitSeconds).atLeast(0).graph(stacked),
		graphPanel("Phases of other probes", "Mean over the chosen probes of other kinds and locations.", 12, 8,
			query{phases("assay_probe_phase_seconds"), "{{phase}}"},
			query{phases("probe_dns_duration_seconds"), "dns: {{phase}}"},
			query{phases("probe_icmp_duration_seconds"), "icmp: {{phase}}"}).
			unit(unitSeconds).atLeast(0),
		timelinePanel("HTTP status", "Status code of the answer; 0 where none came.", 12, 8, []mapping{},
			query{"max by (probe, location, agent) (probe_http_status_code" + chosen + ")", "{{probe}} from {{location}} ({{agent}})"}).
			decimals(0).stepped(steps(colourDown, from(100, colourWork), from(200, colourUp), from(300, colourUsed), from(400, colourDown))),
		tablePanel("Certificates by expiry",
			"Time until the earliest certificate of a chain expires. Within 21 days it makes a ticket, within 3 it pages.",
			12, 8, sortField{"Expires in", false},
			column{title: "Probe", label: "probe"},
			column{title: "Target", label: "instance"},
			column{
				title: "Expires in", expr: "min by (probe, instance) (probe_ssl_earliest_cert_expiry" + chosen + ") - time()",
				look: coloured(shown(unitSeconds, 1), expirySteps()),
			}).none("no certificates"),
	}
}
