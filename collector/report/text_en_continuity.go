package report

// englishContinuity is what a report says of continuity tests, in English.
func englishContinuity() texts {
	return texts{
		"continuity.title": "Continuity tests", "continuity.due.title": "Continuity tests due",
		"continuity.terms":      "recovery in %s (RTO), losing at most %s (RPO); owner %s",
		"continuity.test":       "%s %s, %s: %s",
		"continuity.rto":        "actual RTO %s of %s",
		"continuity.rpo":        "actual RPO %s of %s",
		"continuity.down":       "down for %s in it",
		"continuity.incomplete": "record incomplete: participants or verdict are missing",
		"continuity.actions":    "what follows: %s",
		"continuity.none":       "No test in the period.",
		"continuity.due":        "Due by %s: %s", "continuity.late": "Late since %s: %s",
		"continuity.due.untested": "it was never tested", "continuity.due.periodic": "its time comes round",
		"continuity.due.failed": "the last drill did not pass", "continuity.due.changed": "what it covers had a major change",
		"continuity.passed": "passed", "continuity.failed": "did not pass", "continuity.running": "runs", "continuity.aborted": "given up",
		"continuity.kind.failover": "failover", "continuity.kind.restore": "restore", "continuity.kind.backup": "backup", "continuity.kind.tabletop": "tabletop",
		"continuity.state.running": "running", "continuity.state.incomplete": "record incomplete", "continuity.state.complete": "record complete", "continuity.state.aborted": "given up",
		"continuity.reason.run_failed": "what the agent ran failed", "continuity.reason.run_unknown": "the agent could not run it, or could not tell", "continuity.reason.run_missing": "no agent ran it in time",
		"continuity.reason.not_restored": "a check was not good in time", "continuity.reason.no_canary": "no canary was read in time", "continuity.reason.canary_later": "all canaries were written after the disruption",
		"continuity.reason.rto_missed": "it took longer than allowed", "continuity.reason.rpo_missed": "more was lost than allowed",
		"outage.drill": "in the drill %s",

		"kpi.rto": "RTO attainment", "kpi.rpo": "RPO attainment", "kpi.none.tests": "no tests", "kpi.attained": "%d of %d (%s)",
		"kpi.formula.rto": "failovers and restores within the RTO ÷ all that ended and were not given up",
		"kpi.formula.rpo": "failovers and restores that lost no more than the RPO allows ÷ all that read canaries, ended and were not given up",

		"annex.missing.continuity": "continuity tests",

		"column.plan": "Plan", "column.drill": "Drill", "column.kind": "Kind", "column.declared": "Declared", "column.ended": "Ended", "column.passed": "Passed",
		"column.rto_s": "Actual RTO", "column.rto_allowed_s": "RTO allowed", "column.rpo_s": "Actual RPO", "column.rpo_allowed_s": "RPO allowed",
		"column.reasons": "Reasons", "column.participants": "Participants", "column.actions": "Actions", "column.by": "Due by", "column.late": "Late",
	}
}
