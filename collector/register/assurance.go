package register

import "github.com/assay-sla/assay/slo"

// audits are the internal ones.
func audits() slo.Register {
	return slo.Register{
		Name: Audits, Prefix: "audit", Columns: []string{"planned", "held", "auditor"}, Due: "planned",
		Fields: []slo.RegisterField{
			required(line("title")), text("scope"), line("criteria"), line("auditor"), required(date("planned")), date("held"), text("summary"),
		},
		States: []slo.RegisterState{
			{Name: "planned"}, {Name: "held", Needs: []string{"auditor", "held"}}, {Name: "closed", Over: true, Needs: []string{"auditor", "held", "summary"}},
			{Name: "cancelled", Over: true, Needs: []string{"summary"}},
		},
		Moves: []slo.RegisterMove{
			{From: "planned", To: "held"}, {From: "planned", To: "cancelled"}, {From: "held", To: "closed"}, {From: "closed", To: "held"}, {From: "cancelled", To: "planned"},
		},
	}
}

// findings are those of audits.
func findings() slo.Register {
	return slo.Register{
		Name: Findings, Prefix: "finding", Columns: []string{"audit", "grade", "clause", "owner", "due"}, Due: "due",
		Fields: []slo.RegisterField{
			required(line("title")), required(item("audit", Audits)), required(choice("grade", "major", "minor", "observation", "opportunity")), line("clause"),
			text("evidence"), line("owner"), date("due"), text("cause"), text("correction"), text("verification"),
		},
		States: []slo.RegisterState{
			{Name: "open"}, {Name: "corrected", Needs: []string{"owner", "cause", "correction"}},
			{Name: "closed", Over: true, Needs: []string{"owner", "cause", "correction", "verification"}},
		},
		Moves: []slo.RegisterMove{{From: "open", To: "corrected"}, {From: "corrected", To: "closed"}, {From: "corrected", To: "open"}, {From: "closed", To: "open"}},
	}
}

// reviews are those of the management, with the inputs that they had.
func reviews() slo.Register {
	return slo.Register{
		Name: Reviews, Prefix: "review", Columns: []string{"planned", "held", "chair"}, Due: "planned",
		Fields: []slo.RegisterField{
			required(line("title")), required(date("planned")), date("held"), line("chair"), text("participants"), text("inputs"), text("conclusions"),
		},
		States: []slo.RegisterState{
			{Name: "planned"}, {Name: "held", Needs: []string{"held", "participants", "inputs"}},
			{Name: "closed", Over: true, Needs: []string{"held", "participants", "inputs", "conclusions"}}, {Name: "cancelled", Over: true},
		},
		Moves: []slo.RegisterMove{
			{From: "planned", To: "held"}, {From: "planned", To: "cancelled"}, {From: "held", To: "closed"}, {From: "closed", To: "held"}, {From: "cancelled", To: "planned"},
		},
	}
}

// decisions are wanted of somebody, in a review or of a customer.
func decisions() slo.Register {
	return slo.Register{
		Name: Decisions, Prefix: "decision", Columns: []string{"wanted_of", "service", "due", "decided_by"}, Due: "due",
		Fields: []slo.RegisterField{
			required(line("title")), item("review", Reviews), service(), item("customer", Customers), required(line("wanted_of")), date("due"), text("details"),
			text("decision"), line("decided_by"), date("decided"), reported(),
		},
		States: []slo.RegisterState{
			{Name: "wanted"}, {Name: "decided", Over: true, Needs: []string{"decision", "decided_by", "decided"}}, {Name: "dropped", Over: true},
		},
		Moves: []slo.RegisterMove{{From: "wanted", To: "decided"}, {From: "wanted", To: "dropped"}, {From: "decided", To: "wanted"}, {From: "dropped", To: "wanted"}},
	}
}
