package register

import "github.com/assay-sla/assay/slo"

// risks are rated and treated by people. The level is likelihood times impact.
func risks() slo.Register {
	rated := []string{"owner", "likelihood", "impact"}
	return slo.Register{
		Name: Risks, Prefix: "risk", Columns: []string{"service", "level", "treatment", "owner", "review_by"}, Due: "review_by",
		Fields: []slo.RegisterField{
			required(line("title")), service(), choice("source", "single_point", "expiry", "forecast", "other"), text("details"), line("owner"), scale("likelihood"), scale("impact"),
			{Name: "level", Kind: slo.FieldProduct, Factors: []string{"likelihood", "impact"}},
			choice("treatment", "avoid", "reduce", "share", "accept"), text("measures"), date("review_by"),
		},
		States: []slo.RegisterState{
			{Name: "identified"}, {Name: "rated", Needs: rated}, {Name: "treated", Needs: append([]string{"treatment", "measures", "review_by"}, rated...)},
			{Name: "accepted", Needs: append([]string{"treatment", "review_by"}, rated...)}, {Name: "closed", Over: true},
		},
		Moves: []slo.RegisterMove{
			{From: "identified", To: "rated"}, {From: "identified", To: "closed"}, {From: "rated", To: "treated"}, {From: "rated", To: "accepted"}, {From: "rated", To: "closed"},
			{From: "treated", To: "rated"}, {From: "treated", To: "closed"}, {From: "accepted", To: "rated"}, {From: "accepted", To: "closed"}, {From: "closed", To: "rated"},
		},
	}
}

// actions are those of the service improvement plan. What was measured before
// and after says whether one helped.
func actions() slo.Register {
	agreed := []string{"owner", "due"}
	return slo.Register{
		Name: Actions, Prefix: "action", Columns: []string{"service", "owner", "due", "before", "after"}, Due: "due",
		Fields: []slo.RegisterField{
			required(line("title")), service(), choice("source", "objective", "complaint", "incident", "problem", "audit", "review", "risk", "survey", "idea"), line("reference"),
			line("owner"), date("due"), line("measure"), number("before"), number("goal"), number("after"), text("details"), text("result"), reported(),
		},
		States: []slo.RegisterState{
			{Name: "proposed"}, {Name: "agreed", Needs: agreed}, {Name: "done", Needs: append([]string{"result"}, agreed...)},
			{Name: "effective", Over: true, Needs: append([]string{"result", "measure", "before", "after"}, agreed...)},
			{Name: "ineffective", Over: true, Needs: append([]string{"result"}, agreed...)}, {Name: "rejected", Over: true, Needs: []string{"result"}},
		},
		Moves: []slo.RegisterMove{
			{From: "proposed", To: "agreed"}, {From: "proposed", To: "rejected"}, {From: "agreed", To: "done"}, {From: "agreed", To: "rejected"},
			{From: "done", To: "effective"}, {From: "done", To: "ineffective"}, {From: "done", To: "agreed"}, {From: "ineffective", To: "agreed"}, {From: "rejected", To: "proposed"},
		},
	}
}
