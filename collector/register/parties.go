package register

import "github.com/assay-sla/assay/slo"

// customers are those to whom something is promised. The name is the party of
// agreements.
func customers() slo.Register {
	states, moves := parties()
	return slo.Register{
		Name: Customers, Prefix: "customer", States: states, Moves: moves, Columns: []string{"manager", "since"},
		Fields: []slo.RegisterField{required(line("name")), line("manager"), date("since"), text("notes")},
	}
}

// contacts are people of customers and suppliers.
func contacts() slo.Register {
	states, moves := parties()
	return slo.Register{
		Name: Contacts, Prefix: "contact", Private: true, States: states, Moves: moves, Columns: []string{"customer", "supplier", "role", "email"},
		Fields: []slo.RegisterField{
			required(line("name")), item("customer", Customers), item("supplier", Suppliers), line("role"),
			{Name: "email", Kind: slo.FieldEmail}, line("phone"), choice("language", "en", "zh"), text("notes"),
		},
	}
}

// suppliers are those who promise something to the provider. The name is the
// party of underpinning contracts.
func suppliers() slo.Register {
	states, moves := parties()
	return slo.Register{
		Name: Suppliers, Prefix: "supplier", States: states, Moves: moves, Columns: []string{"supplies", "importance", "contract_ends", "evaluation"}, Due: "contract_ends",
		Fields: []slo.RegisterField{
			required(line("name")), line("owner"), line("supplies"), choice("importance", "high", "normal", "low"), line("contract"), date("contract_ends"),
			scale("evaluation"), date("evaluated"), text("notes"), reported(),
		},
	}
}

// complaints are followed to their closure.
func complaints() slo.Register {
	return slo.Register{
		Name: Complaints, Prefix: "complaint", Columns: []string{"customer", "service", "received", "due", "owner"}, Due: "due",
		Fields: []slo.RegisterField{
			required(line("title")), required(item("customer", Customers)), service(), required(date("received")), choice("channel", "mail", "phone", "meeting", "survey", "other"),
			choice("severity", "high", "normal", "low"), line("owner"), date("due"), text("details"), text("resolution"), date("answered"),
		},
		States: []slo.RegisterState{
			{Name: "received"}, {Name: "investigating", Needs: []string{"owner"}}, {Name: "resolved", Needs: []string{"owner", "resolution"}},
			{Name: "closed", Over: true, Needs: []string{"owner", "resolution", "answered"}}, {Name: "not_upheld", Over: true, Needs: []string{"resolution", "answered"}},
		},
		Moves: []slo.RegisterMove{
			{From: "received", To: "investigating"}, {From: "received", To: "not_upheld"}, {From: "investigating", To: "resolved"}, {From: "investigating", To: "not_upheld"},
			{From: "resolved", To: "closed"}, {From: "resolved", To: "investigating"}, {From: "closed", To: "investigating"}, {From: "not_upheld", To: "investigating"},
		},
	}
}
