package report

// englishChanges is what reports say of changes, in English.
func englishChanges() texts {
	return texts{
		"change.title":       "Changes and releases",
		"change.kind.change": "change", "change.kind.release": "release",
		"change.by":             "by %s",
		"change.outcome.failed": "failed", "change.outcome.succeeded": "succeeded", "change.outcome.unsettled": "unsettled", "change.outcome.pending": "too early to say",
		"change.major": "major", "change.freeze": "during a freeze",
		"change.tied":         "Tied to it: %s",
		"change.candidate":    "Near it, which makes it a candidate and not the cause: %s",
		"change.around":       "%s: %s in the day before, %s in %s after it",
		"change.unknown":      "unknown",
		"kpi.change_failures": "Failed changes", "kpi.change_failures.of": "%s %%: %d of %d; at worst %s %%", "kpi.change_failures.early": "too early to say",
		"kpi.formula.change_failures": "change-failure rate = changes that failed ÷ changes; failed: people said so, or tied an incident to it; at worst: those near an incident of which nobody said whose fault it was had failed too",

		"column.change": "Change", "column.kind": "Kind", "column.summary": "What", "column.by": "Made by", "column.major": "Major", "column.during_freeze": "During a freeze",
		"column.outcome": "Outcome", "column.incidents": "Incidents tied", "column.candidate_of": "Near incidents", "column.before_percent": "Before", "column.after_percent": "After",
	}
}
