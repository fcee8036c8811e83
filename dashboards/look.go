package dashboards

// The colours are those of the pages, in a tone between the light and the
// dark variant there, because a dashboard has one for both of Grafana's
// themes. The states can be told apart by colour-blind eyes and always have a
// word beside them; unknown is grey, never green.
const (
	colourUp      = "#2b9a76"
	colourDown    = "#e0622a"
	colourUnknown = "#858e97"
	colourUsed    = "#5f8fc4"
	colourWork    = "#8f74c4"
	colourText    = "text"        // Grafana's name for the colour of its text
	colourNone    = "transparent" // likewise
)

// What an alert of this severity would be drawn in.
const (
	colourPage   = colourDown
	colourTicket = colourUsed
)

// Units, by Grafana's names.
const (
	unitRatio    = "percentunit" // 0 to 1, shown in percent
	unitPercent  = "percent"     // 0 to 100
	unitSeconds  = "s"
	unitCount    = "short"
	unitMultiple = "suffix:×"
)

// figureDecimals are those of availability figures in percent. Grafana cannot
// choose them by the evidence as the page does.
const figureDecimals = 3

// stateWords show the values of assay_service_state and assay_probe_outcome.
func stateWords() []mapping {
	return words(map[string]word{
		"1":  {"up", colourUp, 0},
		"0":  {"down", colourDown, 1},
		"-1": {"unknown", colourUnknown, 2},
	})
}

// verdictWords show the values of assay_objective_met.
func verdictWords() []mapping {
	return words(map[string]word{
		"1":  {"met", colourUp, 0},
		"0":  {"missed", colourDown, 1},
		"-1": {"insufficient data", colourUnknown, 2},
	})
}

// incidentWords show the values of assay_incidents_open.
func incidentWords() []mapping {
	return words(map[string]word{
		"0": {"none", colourText, 0},
		"1": {"open", colourDown, 1},
	})
}

// agentWords show the values of assay_agent_up. A silent agent is grey: what
// it would see is unknown, not down.
func agentWords() []mapping {
	return words(map[string]word{
		"1": {"reporting", colourUp, 0},
		"0": {"silent", colourUnknown, 1},
	})
}

// lateWords show the values of assay_plan_test_late.
func lateWords() []mapping {
	return words(map[string]word{
		"0": {"in time", colourUp, 0},
		"1": {"late", colourDown, 1},
	})
}

// passedWords show the values of assay_plan_drill_passed.
func passedWords() []mapping {
	return words(map[string]word{
		"1": {"passed", colourUp, 0},
		"0": {"not passed", colourDown, 1},
	})
}

func words(w map[string]word) []mapping { return []mapping{{"value", w}} }

// from is a threshold: the colour of values from v on.
func from(v float64, colour string) step { return step{&v, colour} }

// steps are thresholds over a colour for all that lies below the first.
func steps(below string, above ...step) *thresholds {
	return &thresholds{"absolute", append([]step{{nil, below}}, above...)}
}

// burnSteps are the rates of the burn conditions: those of a ticket, then
// those of a page.
func burnSteps(below string) *thresholds {
	return steps(below, from(1, colourTicket), from(3, colourTicket), from(6, colourPage), from(14.4, colourPage))
}

// expirySteps are the times before a certificate's end, in seconds, within
// which it pages and within which it makes a ticket.
func expirySteps() *thresholds {
	const day = 24 * 60 * 60
	return steps(colourPage, from(3*day, colourTicket), from(21*day, colourText))
}

// dueSteps are the times until something is late, in seconds: it is, or will be
// within so long.
func dueSteps(soon float64) *thresholds {
	return steps(colourPage, from(0, colourTicket), from(soon, colourText))
}

// budgetSteps colour the share of an error budget that is left.
func budgetSteps() *thresholds {
	return steps(colourPage, from(0, colourTicket), from(0.25, colourText))
}
