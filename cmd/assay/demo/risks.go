package demo

import (
	"context"
	"net/http"
)

// risks are those that people named themselves.
func (y *year) risks() []item {
	return []item{
		{"risks", "one-way-to-pay", []chapter{
			{at: y.on(0, 12, 10, 0), who: "ada", values: values{"title": "Paygate is the only way to be paid", "service": "payments", "source": "other", "details": "Eight shops take no orders while it is away."}},
			{at: y.on(0, 20, 10, 0), who: "grace", state: "rated", values: values{"owner": ada, "likelihood": "4", "impact": "4"}},
			{at: y.on(3, 9, 10, 0), who: "grace", state: "treated", values: values{"treatment": "share", "measures": "Invoices as the second way, agreed with six customers of eight.", "review_by": y.day(15, 9)}},
		}},
		{"risks", "one-who-knows", []chapter{
			{at: y.on(1, 6, 14, 0), who: "bob", values: values{"title": "One person alone knows how the storage is rebuilt", "service": "storage", "source": "other"}},
			{at: y.on(1, 20, 10, 0), who: "grace", state: "rated", values: values{"owner": grace, "likelihood": "2", "impact": "5"}},
			{at: y.on(6, 2, 10, 0), who: "grace", state: "treated", values: values{"treatment": "reduce", "measures": "The runbook is written, and a second person has rebuilt a shelf by it.", "review_by": y.day(13, 2)}},
		}},
		{"risks", "old-hardware", []chapter{
			{at: y.on(4, 16, 9, 0), who: "bob", values: values{"title": "Hosts of the databases are out of warranty", "service": "database-two", "source": "other"}},
			{at: y.on(4, 23, 9, 0), who: "grace", state: "rated", values: values{"owner": bob, "likelihood": "3", "impact": "4"}},
			{at: y.on(5, 18, 9, 0), who: "grace", state: "accepted", values: values{"treatment": "accept", "review_by": y.day(11, 18)}, text: "New hosts are in the budget of next year."},
		}},
		{"risks", "flood", []chapter{
			{at: y.on(-1, 10, 9, 0), who: "ada", values: values{"title": "The river reached the street of the datacentre", "service": "datacentre", "source": "other"}},
		}},
	}
}

// rated are the single points of failure that people rate of those that are
// proposed. The others stay proposals.
func (y *year) rated() []act {
	known := []struct{ subject, title, likelihood, impact, treatment, measures string }{
		{"database-one", "Thirteen services fall with the first database", "3", "5", "reduce", "A standby in Dublin that is tested twice a year."},
		{"network", "One carrier connects everything", "3", "4", "", ""},
	}
	var out []act
	for n, k := range known {
		at := y.on(0, 18+n, 11, 0)
		c := chapter{at: at, who: "grace", state: "rated", values: values{"title": k.title, "owner": bob, "likelihood": k.likelihood, "impact": k.impact}}
		if k.treatment != "" {
			c.state = "treated"
			c.values["treatment"], c.values["measures"], c.values["review_by"] = k.treatment, k.measures, y.day(12, 20)
		}
		out = append(out, act{at, c.who, func(ctx context.Context, o *office) error {
			_, err := o.takeUp(ctx, "risks", func(p proposal) bool { return p.Subject == k.subject && p.Reason == "single_service" }, c)
			return err
		}})
	}
	return out
}

// proposal is an item that the figures propose.
type proposal struct {
	ID      string `json:"id"`
	Reason  string `json:"reason"`
	Subject string `json:"subject"`
	Values  values `json:"values"`
	version int    // once it is taken up
}

// takeUp makes the first proposal that is wanted an item. Where there is none its
// version is 0.
func (o *office) takeUp(ctx context.Context, register string, wanted func(proposal) bool, c chapter) (proposal, error) {
	var list struct {
		Candidates []proposal `json:"candidates"`
	}
	if err := o.call(ctx, http.MethodGet, "/api/v1/registers/"+register+"/candidates", nil, &list); err != nil {
		return proposal{}, err
	}
	for _, p := range list.Candidates {
		if !wanted(p) {
			continue
		}
		for name, v := range c.values {
			p.Values[name] = v
		}
		c.values = p.Values
		var err error
		p.version, err = o.keepItem(ctx, register, p.ID, 0, c)
		return p, err
	}
	return proposal{}, nil
}
