package dashboards

// fleet answers: is everything up, what was promised and kept, and does the
// fleet of agents see what it should.
func fleet() dashboard {
	d := newDashboard(FleetUID, "Assay: fleet overview",
		"Every service, objective, location and agent: is it up, was it up, what needs somebody.", "now-24h")
	d.Templating.List = []variable{datasourceVariable(), pageVariable()}
	d.Annotations = marks("")
	d.Links = links("Services", "/")
	d.Panels = lay(
		section{panels: fleetAnswers()},
		section{"Services", []*panel{
			timelinePanel("State of services",
				"Down wins over unknown, and unknown over up, where one step holds several states.",
				gridWidth, 9, stateWords(), query{serviceStates(""), "{{service}}"}).
				linked(toService(ofSeries, "service"), toServicePage(ofSeries, "service")),
			objectives("Figures of each objective's window so far, as the page and the report have them.", "", 10),
			budgetsLeft(),
			burnRates("Burn rate over 1 h", burnMeaning, 12, 9,
				query{byObjective(`assay_objective_burn_rate{window="1h"}`), "{{agreement}} / {{objective}}"}).
				linked(toAgreement(ofSeries, "agreement", "objective")),
		}},
		section{"Locations", fleetLocations()},
		section{"Agents", fleetAgents()},
	)
	return d
}

// fleetAnswers is the line of large figures.
func fleetAnswers() []*panel {
	alarming := func(p *panel, colour string) *panel { return p.stepped(steps(colourText, from(1, colour))) }
	return []*panel{
		statPanel("Services up", "Services that are up by their own expression over probes.", 4,
			query{howMany("assay_service_state", "== 1"), "up"}).
			stepped(steps(colourText, from(1, colourUp))).linked(toPage("Services", "/")),
		alarming(statPanel("Services down", "Services that are down now.", 4,
			query{howMany("assay_service_state", "== 0"), "down"}), colourDown).linked(toPage("Incidents", "/incidents")),
		alarming(statPanel("Services unknown", "Services of which too little is known to say up or down.", 4,
			query{howMany("assay_service_state", "== -1"), "unknown"}), colourUnknown).linked(toPage("Services", "/")),
		alarming(statPanel("Objectives missed", "Objectives below their target in the window so far.", 4,
			query{howMany("assay_objective_met", "== 0"), "missed"}), colourDown),
		alarming(statPanel("Insufficient data", "Objectives whose coverage does not suffice to say whether they are met.", 4,
			query{howMany("assay_objective_met", "== -1"), "insufficient"}), colourUnknown),
		alarming(statPanel("Agents silent", "Agents that were not heard of for longer than they may be.", 4,
			query{howMany("assay_agent_up", "== 0"), "silent"}), colourUnknown).linked(toPage("Agents", "/agents")),
	}
}

// budgetsLeft ranks the objectives by the share of budget that is left.
func budgetsLeft() *panel {
	left := "1 - assay_objective_budget_used_seconds / (assay_objective_budget_seconds > 0)"
	return barPanel("Least error budget left",
		"Share of the whole window's error budget that is left, of the 15 objectives with the least. Below 0 the objective is lost.",
		12, 9, query{"bottomk(15, " + byObjective(left) + ")", "{{agreement}} / {{objective}}"}).
		unit(unitRatio).decimals(1).within(0, 1).stepped(budgetSteps()).none("no error budgets").
		linked(toAgreement(ofSeries, "agreement", "objective"))
}

func fleetLocations() []*panel {
	return []*panel{
		graphPanel("Probes down, by location", "Probes whose last measurement was down, by the location that measured.", 8, 8,
			query{howManyBy("location", "assay_probe_outcome", "== 0"), "{{location}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise),
		graphPanel("Probes unknown, by location", "Probes that an agent could not measure: neither up nor down.", 8, 8,
			query{howManyBy("location", "assay_probe_outcome", "== -1"), "{{location}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise),
		graphPanel("Duration of probes, by location", "Median and 95th percentile over the probes of a location.", 8, 8,
			query{"quantile by (location) (0.5, probe_duration_seconds)", "{{location}} median"},
			query{"quantile by (location) (0.95, probe_duration_seconds)", "{{location}} 95 %"}).
			unit(unitSeconds).atLeast(0),
		tablePanel("Certificates by expiry",
			"Time until the earliest certificate of a chain expires. Within 21 days it makes a ticket, within 3 it pages.",
			gridWidth, 7, sortField{"Expires in", false},
			column{title: "Probe", label: "probe"},
			column{title: "Target", label: "instance"},
			column{
				title: "Expires in", expr: "min by (probe, instance) (probe_ssl_earliest_cert_expiry) - time()",
				look: coloured(shown(unitSeconds, 1), expirySteps()),
			}).none("no certificates"),
	}
}

func fleetAgents() []*panel {
	machine := func(title, description, expr string) *panel {
		return graphPanel(title, description, 8, 8, query{expr, "{{agent}}"}).
			unit(unitPercent).within(0, 100)
	}
	return []*panel{
		timelinePanel("Agents", "Silent: not heard of for longer than it may be. What it measures meanwhile arrives later.",
			12, 8, agentWords(), query{"min by (agent, location) (min_over_time(assay_agent_up[$__interval]))", "{{agent}} in {{location}}"}).
			linked(toPage("Agents", "/agents")),
		graphPanel("Records waiting at agents", "What an agent has measured and the collector has not taken yet.", 12, 8,
			query{"max by (agent) (assay_agent_queue_records)", "{{agent}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise),
		graphPanel("Room for more probes", "How many more probes an agent could run beside those that it has, at their mean cost. At 0 it is saturated.", 8, 8,
			query{"min by (agent) (assay_agent_room_probes)", "{{agent}}"}).
			unit(unitCount).decimals(0).atLeast(0).graph(stepwise),
		graphPanel("Age of what waits at agents", "How long the oldest record that an agent has not delivered has waited.", 8, 8,
			query{"max by (agent) (assay_agent_queue_oldest_age_seconds)", "{{agent}}"}).
			unit(unitSeconds).decimals(0).atLeast(0).graph(stepwise),
		graphPanel("Clock offset of agents", "How far the collector's clock is ahead of an agent's. Beyond 10 s either way what it measures is marked.", 8, 8,
			query{"max by (agent) (assay_agent_clock_offset_seconds)", "{{agent}}"}).
			unit(unitSeconds).decimals(2).graph(stepwise),
		machine("Processor used", "Of the agent's machine, over all its processors.",
			`100 - min by (agent) (cpu_usage_idle{cpu="cpu-total"})`),
		machine("Memory used", "Of the agent's machine.", "max by (agent) (mem_used_percent)"),
		machine("Disk used", "The fullest file system of the agent's machine.", "max by (agent) (disk_used_percent)"),
	}
}
