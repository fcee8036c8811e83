package report

// englishAmend is what an amended report says of its changes, and any of its sender
// and sources, in English.
func englishAmend() texts {
	return texts{
		"annex.purpose": "Purpose", "annex.purpose.of": "to say what was delivered of what was agreed, and what follows from it",
		"annex.audience": "Audience", "annex.sender": "Sender", "annex.probes": "Probes", "source.probe": "%s (%s, every %s)",
		"annex.workload": "Workload", "annex.workload.of": "promised for up to %d requests in %s, as %s counts them; %s", "annex.workload.never": "never over it", "annex.workload.over": "over it for %s, which is left out of agreed time",
		"amend.title": "What has changed", "amend.lead": "This edition replaces edition %d of %s.", "amend.nothing": "No figure is another.",
		"amend.before": "before", "amend.after": "now", "amend.credit": "credit %s\u00a0%%",
		"amend.why": "%s; entry %d of the ledger, %s.", "amend.late": "Measurements arrived late", "amend.terms": "Terms were edited", "amend.exclusion": "Exclusion %s",
		"amend.table": "Amended figures", "column.verdict_before": "Verdict before", "column.delivered_before_percent": "Delivered before", "column.down_before_s": "Down before", "column.credit_before_percent": "Credit before", "column.entry": "Entry",
	}
}
