package dashboards

// agreement answers for one objective of an agreement: what was promised, what
// is delivered, how sure that is, and what is owed.
func agreement() dashboard {
	d := newDashboard(AgreementUID, "Assay: agreement",
		"One objective of an agreement: promised, delivered, how sure that is, the error budget and what is owed.", "now-30d")
	d.Templating.List = []variable{
		datasourceVariable(),
		oneOf("agreement", "Agreement", "The agreement that this is about", "assay_objective_met"),
		oneOf("objective", "Objective", "One of its objectives", `assay_objective_met{agreement="$agreement"}`),
		pageVariable(),
	}
	whole := selector("agreement", "$agreement")
	about := selector("agreement", "$agreement", "objective", "$objective")
	d.Annotations = marks("")
	for i := range d.Annotations.List {
		d.Annotations.List[i].limit("and on (service) assay_objective_met" + about)
	}
	d.Links = links("Services", "/")
	d.Panels = lay(
		section{panels: agreementAnswers(about)},
		section{"Delivered", []*panel{
			deliveredGraph(about),
			timelinePanel("State of the service",
				"Of the service that the agreement is about. Down wins over unknown, and unknown over up, where one step holds several states.",
				gridWidth, 4, stateWords(), query{"(" + serviceStates("") + ") and on (service) assay_objective_met" + about, "{{service}}"}).
				linked(toService(ofSeries, "service"), toServicePage(ofSeries, "service")),
			lostTime(about),
			graphPanel("Coverage", "Known time over agreed time in the window so far, and of late. Where it is too low, only the bounds are certain. The shade is agreed time.", 12, 8,
				query{byObjective("assay_objective_coverage_ratio" + about), "Coverage"},
				query{byObjective("assay_objective_recent_coverage_ratio" + about), "Of late"},
				query{byObjective("assay_objective_agreed" + about), "Agreed time"}).
				unit(unitRatio).decimals(2).within(0, 1).graph(stepwise).styled("Coverage", fixed(colourUsed)).
				styled("Of late", fixed(colourTicket)).
				styled("Agreed time", fixed(colourUnknown), property{"custom.lineWidth", 0}, property{"custom.fillOpacity", 10}),
		}},
		section{"Error budget", []*panel{
			budgetGraph(about),
			burnRates("Burn rates", burnMeaning, 12, 8,
				query{"max by (window) (assay_objective_burn_rate" + about + ")", "{{window}}"}),
		}},
		section{"Requests", []*panel{requestsGraph(about), overloadGraph(about)}},
		section{"The whole agreement", []*panel{
			objectives("Every objective of the agreement, in its window so far.", whole, 7),
		}},
	)
	return d
}

// limit narrows an annotation's query.
func (a *annotation) limit(by string) {
	a.Expr += " " + by
	a.Target.Expr = a.Expr
}

// agreementAnswers are the large figures, in two lines.
func agreementAnswers(about string) []*panel {
	ratio := func(title, description, metric string, width int) *panel {
		return statPanel(title, description, width, query{byObjective(metric + about), title}).unit(unitRatio).decimals(figureDecimals)
	}
	seconds := func(title, description, expr string, width int) *panel {
		return statPanel(title, description, width, query{byObjective(expr), title}).unit(unitSeconds).decimals(1)
	}
	left := "assay_objective_budget_seconds" + about + " - assay_objective_budget_used_seconds" + about
	return []*panel{
		stateStat("Verdict", "Whether the target is met in the window so far; insufficient data where coverage does not allow to say.", 4,
			verdictWords(), query{byObjective("assay_objective_met" + about), "Verdict"}),
		ratio("Availability", "In the objective's window so far, under the agreement's policy for unknown time.", "assay_objective_availability_ratio", 5),
		ratio("Target", "What was promised.", "assay_objective_target_ratio", 5),
		ratio("Worst", "Availability if all unknown time had been down.", "assay_objective_worst_ratio", 5),
		ratio("Best", "Availability if all unknown time had been up.", "assay_objective_best_ratio", 5),
		ratio("Coverage", "Known time over agreed time.", "assay_objective_coverage_ratio", 4).decimals(2),
		seconds("Error budget left", "Of the whole window. Below 0 the objective is lost.", left, 5).
			stepped(steps(colourPage, from(0, colourText))).none("no error budget"),
		seconds("Down", "Agreed time that counts as down in the window so far.", "assay_objective_down_seconds"+about, 5),
		seconds("Unknown", "Agreed time of which nothing is known in the window so far.", "assay_objective_unknown_seconds"+about, 5),
		ratio("Credit owed", "Share of the fee, by the agreement's tiers.", "assay_objective_credit_ratio", 5).decimals(1).
			stepped(steps(colourText, from(0.000001, colourDown))).none("no credits on this objective"),
	}
}

// deliveredGraph draws availability between its bounds, against the target.
func deliveredGraph(about string) *panel {
	return graphPanel("Availability and its bounds",
		"In the objective's window so far; it begins anew with the window. The band lies between worst and best: the wider it is, the less is known.",
		gridWidth, 10,
		query{byObjective("assay_objective_availability_ratio" + about), "Availability"},
		query{byObjective("assay_objective_best_ratio" + about), "Best"},
		query{byObjective("assay_objective_worst_ratio" + about), "Worst"},
		query{byObjective("assay_objective_target_ratio" + about), "Target"}).
		unit(unitRatio).decimals(figureDecimals).graph(stepwise).
		styled("Availability", fixed(colourUp), property{"custom.lineWidth", 2}).
		styled("Best", fixed(colourUnknown), property{"custom.fillBelowTo", "Worst"}, property{"custom.fillOpacity", 25}).
		styled("Worst", fixed(colourUnknown)).
		styled("Target", fixed(colourDown), property{"custom.lineStyle", lineStyle{"dash", []int{10, 6}}})
}

// lostTime draws what was down and what is not known.
func lostTime(about string) *panel {
	return graphPanel("Time down and unknown", "Agreed time in the window so far.", 12, 8,
		query{byObjective("assay_objective_down_seconds" + about), "Down"},
		query{byObjective("assay_objective_unknown_seconds" + about), "Unknown"}).
		unit(unitSeconds).atLeast(0).graph(stepwise).graph(stacked).
		styled("Down", fixed(colourDown)).styled("Unknown", fixed(colourUnknown))
}

// requestsGraph draws the requests of an objective by requests.
func requestsGraph(about string) *panel {
	return graphPanel("Bad requests", "Of objectives by requests: the bad ones of the window so far, and how many the whole window may hold at the rate so far.", 12, 8,
		query{byObjective("assay_objective_requests_bad" + about), "Bad"},
		query{byObjective("assay_objective_requests_budget" + about), "May be bad"},
		query{byObjective("assay_objective_requests_good" + about), "Good"}).
		unit(unitCount).atLeast(0).graph(stepwise).styled("Bad", fixed(colourDown)).
		styled("May be bad", fixed(colourUnknown), property{"custom.lineStyle", lineStyle{"dash", []int{10, 6}}}).
		styled("Good", fixed(colourUp), property{"custom.axisPlacement", "right"})
}

// overloadGraph draws the time that a workload limit took out.
func overloadGraph(about string) *panel {
	return graphPanel("Time over the workload limit", "Of agreements that have one: no agreed time, since there were more requests than are promised for.", 12, 8,
		query{byObjective("assay_objective_exempt_seconds" + about), "Over the limit"}).
		unit(unitSeconds).atLeast(0).graph(stepwise).styled("Over the limit", fixed(colourUnknown))
}

// budgetGraph draws the error budget and what is left of it.
func budgetGraph(about string) *panel {
	left := "assay_objective_budget_seconds" + about + " - assay_objective_budget_used_seconds" + about
	return graphPanel("Error budget left", "Of the whole window. Below 0 the objective is lost.", 12, 8,
		query{byObjective(left), "Left"},
		query{byObjective("assay_objective_budget_seconds" + about), "Whole budget"}).
		unit(unitSeconds).graph(stepwise).
		styled("Left", fixed(colourUsed), property{"custom.fillOpacity", 20}).
		styled("Whole budget", fixed(colourUnknown), property{"custom.lineStyle", lineStyle{"dash", []int{10, 6}}})
}
