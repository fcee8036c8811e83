package report

// englishPageOne is what page one says of services, directions and decisions,
// and the key figures and tables that came with it, in English.
func englishPageOne() texts {
	return texts{
		"services.title": "Services", "col.service": "Service", "col.course": "Three months", "col.availability": "Availability",
		"service.down": "down %s", "service.observed": "observed %s",
		"course.better": "better", "course.worse": "worse", "course.same": "the same", "course.not_comparable": "not comparable", "course.then": " → ",
		"annex.course": "Three months", "annex.course.of": "better or worse where the last of them lost less or more than the mean of the two before by over a tenth of what the target allows; of the agreement's first objective with a percentage; not comparable without enough data in each. The spark line is twelve months",
		"scoped": "%s / %s", "scope.title.all": "The whole service management system",
		"scope.about.one": "%d agreement. Each is judged in its own time zone; times in %s.", "scope.about.other": "%d agreements. Each is judged in its own time zone; times in %s.",
		"scope.none": "No agreement is in the scope of this report.",

		"decisions.title": "Decisions wanted", "decisions.none": "None.",
		"decision.exclusion": "Decide on the exclusion %s, %s: %s; asked for by %s.",
		"decision.incident":  "Incident %s is open past its target of %s.", "decision.since": "%s It was due %s.",
		"decision.clock.response": "response", "decision.clock.restoration": "restoration",
		"decision.limit": "%s is at its limit: order more, or give up load.", "decision.late": "Order more of %s: that was due %s.", "decision.order": "Order more of %s by %s.",
		"decision.coverage": "Have %s observed better: %s of its agreed time was.",
		"decision.recorded": "%s (%s): wanted of %s.", "decision.recorded.due": "%s (%s): wanted of %s by %s.",
		"done.title": "What is being done: %s", "done.part": "part of an incident of %s (%s)", "done.over": "over since %s", "done.acked": "acknowledged by %s", "done.nobody": "nobody has acknowledged it",

		"outage.restored": "restored %s", "outage.whose": "whose it was: %s", "column.whose": "Whose it was",
		"kpi.availability": "Availability", "kpi.coverage": "Coverage",
		"kpi.formula.availability": "by time, of the whole period = up time ÷ (up + down time); unknown time as the agreement says",
		"kpi.formula.coverage":     "(up + down time) ÷ agreed time",
		"kpi.latency":              "Latency, %s %%", "kpi.formula.latency": "what %s %% of the measurements of the service's first probe took at most, in agreed time",
		"kpi.scope": "Sums over the agreements of the scope; a service of two agreements counts in both.",

		"decisions.table": "Decisions", "column.kind": "Kind", "column.subject": "Subject", "column.by": "Due", "column.asked_by": "Asked for by", "column.text": "Text",
		"column.party": "Customer or supplier", "column.availability_percent": "Availability", "column.course": "Three months",
		"column.standing": "Standing", "column.longest_outage_s": "Longest outage", "column.failures": "Failures", "column.mtrs_s": "MTRS", "column.mtbf_s": "MTBF", "column.mtbsi_s": "MTBSI", "column.outages_counted": "Outages",
		"forgiven.several.one": "%d short interruption counts as up under its agreement: %s.", "forgiven.several.other": "%d short interruptions count as up under their agreements: %s in all.",
		"annex.missing.suppliers": "suppliers", "annex.missing.resources": "capacity", "annex.missing.workload": "workload limits", "annex.missing.problems": "problems", "annex.missing.changes": "changes", "annex.missing.requests": "service requests", "annex.missing.latency": "objectives by latency", "annex.missing.decisions": "decisions wanted",
		"annex.scope": "Scope", "scope.agreement": "agreement %s", "scope.customer": "all agreements with the customer %s", "scope.service": "all agreements about the service %s", "scope.supplier": "all agreements with the supplier %s", "scope.all": "every agreement there is",
		"kind.exclusion": "exclusion waits", "kind.incident_overdue": "incident overdue", "kind.capacity": "capacity", "kind.coverage": "coverage", "kind.recorded": "recorded",
	}
}
