package report

// englishRegisters is what a report says of the registers, in English.
func englishRegisters() texts {
	return texts{
		"complaint.title": "Complaints", "complaint.answered": "Answered on %s.", "complaint.resolution": "Resolution: %s",
		"action.title": "Service improvement plan", "action.due": "due %s", "action.owner": "Owner: %s", "action.before": "before %s", "action.goal": "goal %s", "action.after": "after %s", "action.measured": "Measured", "action.result": "Result: %s",
		"evaluation.title": "Suppliers evaluated", "evaluation.of": "evaluation %s of 5", "evaluation.none": "not evaluated", "evaluation.on": "Evaluated on %s.", "evaluation.contract": "The contract ends on %s.",
		"recorded.due": "Due on %s.", "recorded.overdue": "%s, overdue",
		"recorded.received": "received", "recorded.investigating": "being investigated", "recorded.resolved": "resolved", "recorded.closed": "closed", "recorded.not_upheld": "not upheld",
		"recorded.agreed": "agreed", "recorded.done": "done", "recorded.effective": "effective", "recorded.ineffective": "not effective",
		"annex.missing.complaints": "complaints", "annex.missing.actions": "improvement actions", "annex.missing.evaluations": "evaluations of suppliers",
		"column.complaint": "Complaint", "column.received_on": "Received", "column.due": "Due", "column.answered": "Answered", "column.resolution": "Resolution",
		"column.action": "Action", "column.overdue": "Overdue", "column.measure": "What is measured", "column.measured_before": "Before", "column.goal": "Goal", "column.measured_after": "After", "column.result": "Result",
		"column.wanted_of": "Wanted of", "column.evaluation": "Evaluation", "column.evaluated": "Evaluated", "column.contract_ends": "Contract ends",
	}
}
