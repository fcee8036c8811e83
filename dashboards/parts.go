package dashboards

// Panels that several dashboards have.

// shown makes the look of a column of figures.
func shown(unit string, decimals int) []property {
	return []property{{"unit", unit}, {"decimals", decimals}}
}

// worded makes the look of a column of words on their colours.
func worded(m []mapping) []property {
	return []property{
		{"mappings", m},
		{"custom.cellOptions", cellOptions{Type: "color-background", Mode: "basic"}},
	}
}

// coloured adds thresholds to the look of a column: its text has the colour.
func coloured(look []property, t *thresholds) []property {
	return append(look, property{"thresholds", t}, property{"custom.cellOptions", cellOptions{Type: "color-text"}})
}

// leading adds links to the look of a column.
func leading(look []property, l ...dataLink) []property {
	return append(look, property{"links", l})
}

// objectives is the table of objectives that labels select.
func objectives(description, labels string, height int) *panel {
	figure := func(title, metric string, look []property) column {
		return column{title: title, expr: byObjective(metric + labels), look: look}
	}
	ratio := shown(unitRatio, figureDecimals)
	left := "assay_objective_budget_seconds" + labels + " - assay_objective_budget_used_seconds" + labels
	return tablePanel("Objectives", description, gridWidth, height, sortField{"Verdict", false},
		column{title: "Agreement", label: "agreement", look: leading(nil, toAgreement(ofRow, "Agreement", "Objective"))},
		column{title: "Objective", label: "objective"},
		column{title: "Service", label: "service", look: leading(nil, toService(ofRow, "Service"), toServicePage(ofRow, "Service"))},
		figure("Verdict", "assay_objective_met", worded(verdictWords())),
		figure("Availability", "assay_objective_availability_ratio", ratio),
		figure("Target", "assay_objective_target_ratio", ratio),
		figure("Long outages", "assay_objective_long_outages", shown(unitCount, 0)),
		figure("Coverage", "assay_objective_coverage_ratio", shown(unitRatio, 2)),
		figure("Worst", "assay_objective_worst_ratio", ratio),
		figure("Best", "assay_objective_best_ratio", ratio),
		column{title: "Budget left", expr: byObjective(left), look: coloured(shown(unitSeconds, 1), steps(colourPage, from(0, colourText)))},
		column{
			title: "Burn rate, 1 h", expr: byObjective("assay_objective_burn_rate" + with(labels, `window="1h"`)),
			look: coloured(shown(unitMultiple, 1), burnSteps(colourText)),
		},
		figure("Credit", "assay_objective_credit_ratio", coloured(shown(unitRatio, 1), steps(colourText, from(0.000001, colourDown)))),
	)
}

// with adds a matcher to a selector, which may be empty.
func with(labels, matcher string) string {
	if labels == "" {
		return "{" + matcher + "}"
	}
	return labels[:len(labels)-1] + ", " + matcher + "}"
}

// burnRates draws the burn rate of objectives over time.
func burnRates(title, description string, width, height int, q query) *panel {
	return graphPanel(title, description, width, height, q).
		unit(unitMultiple).atLeast(0).stepped(burnSteps(colourNone)).graph(stepwise).graph(burning)
}

const burnMeaning = "At 1 the error budget would be used up exactly at the end of the objective's window. " +
	"The lines are the conditions of the burn alerts of a 30-day window: 14.4 over 1 h and 6 over 6 h page, 3 over 1 d and 1 over 3 d make a ticket. " +
	"Of other windows they are scaled, and time is agreed time: the clock stops outside service hours."

// outcomeTimeline shows each agent's outcomes.
func outcomeTimeline(labels string, height int) *panel {
	return timelinePanel("Outcomes of measurements",
		"What each agent measured, before confirmation and the vote of locations. Unknown: the agent could not measure.",
		gridWidth, height, stateWords(), query{outcomes(labels), "{{probe}} from {{location}} ({{agent}})"})
}
