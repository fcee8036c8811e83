package report

// englishIncidents is what a report says of incidents beside their clocks, in
// English.
func englishIncidents() texts {
	return texts{
		"trigger.service_down": "service down", "trigger.burn_rate": "error budget burning", "trigger.budget_used": "error budget used",
		"trigger.agent_silent": "agent silent", "trigger.exhausted": "resource at its limit", "trigger.foreign_alert": "alert of another system", "trigger.drill_failed": "continuity drill failed",
		"trigger.of":         "%s %d",
		"incident.about":     "%s: %s",
		"incident.priority":  "priority %d",
		"incident.is_major":  "major incident",
		"incident.part_of":   "Part of %s, which is worked on instead.",
		"incident.responded": "work began %s, %s after detection",
		"incident.over":      "over %s, %s after it began",
		"incident.lasts":     "not over yet",
		"target.response":    "response", "target.restoration": "restoration",
		"target.of":  "%s: %s of %s, %s",
		"target.met": "in time", "target.missed": "late", "target.missed_open": "late and still open", "target.running": "still running",

		"kpi.lengths": "Outages by length", "kpi.incidents": "Incidents", "kpi.major_incidents": "Major incidents", "kpi.to_detect": "Detection", "kpi.to_acknowledge": "Acknowledgement",
		"kpi.response": "Response in time", "kpi.restoration": "Restored in time",
		"kpi.incidents.of": "%d: %s", "kpi.major.one": "%d of them major", "kpi.major.other": "%d of them major",
		"kpi.not_acked.one": "%d nobody acknowledged", "kpi.not_acked.other": "%d nobody acknowledged",
		"kpi.none_due": "no target fell due", "kpi.compliance.of": "%d of %d",
		"kpi.missed_open.one": "%d late and still open", "kpi.missed_open.other": "%d late and still open",
		"kpi.running.one": "%d still running at the end", "kpi.running.other": "%d still running at the end",
		"band.up_to": "up to %s", "band.between": "over %s up to %s", "band.over": "over %s",
		"kpi.formula.lengths":        "outages in agreed time by how long each was",
		"kpi.formula.incidents":      "detected in the month; what is part of another incident is not counted by itself",
		"kpi.formula.to_detect":      "mean from the beginning of a downtime to its detection",
		"kpi.formula.to_acknowledge": "mean from detection, of the incidents that somebody acknowledged",
		"kpi.formula.response":       "targets met ÷ (met + missed), of those decided in the month, in service hours less pauses; one that is exceeded is missed at once, though the incident is open",
		"kpi.formula.restoration":    "as the response, until what the incident is about is over",

		"column.trigger": "What it was", "column.about": "About", "column.priority": "Priority", "column.major": "Major", "column.part_of": "Part of",
		"column.responded": "Work began", "column.to_respond_s": "To response",
		"column.response": "Response", "column.response_target_s": "Response target", "column.response_elapsed_s": "Response took",
		"column.restoration": "Restoration", "column.restoration_target_s": "Restoration target", "column.restoration_elapsed_s": "Restoration took",
	}
}
