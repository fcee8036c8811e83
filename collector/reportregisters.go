package collector

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/register"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// recorded is what the registers have for a report, as it stands now. Who reads a
// report is a customer: what is another's, or stays in the house, is left out.
func (c *Collector) recorded(ctx context.Context, in *report.Input) (report.Recorded, error) {
	var list []slo.RegisterItem
	for _, f := range []sqlstore.RegisterFilter{
		{Register: register.Customers}, {Register: register.Complaints}, {Register: register.Decisions, States: []string{"wanted"}},
		{Register: register.Actions, States: []string{"agreed", "done", "effective", "ineffective"}}, {Register: register.Suppliers, States: []string{"active"}},
	} {
		some, err := c.store.RegisterItems(ctx, f)
		if err != nil {
			return report.Recorded{}, err
		}
		list = append(list, some...)
	}
	return recordedOf(list, in), nil
}

// recordedOf chooses among the items of all registers.
func recordedOf(list []slo.RegisterItem, in *report.Input) (out report.Recorded) {
	r := reportRecords{in: in, customers: map[string]string{}, today: in.At.In(in.Agreement.Zone).Format(time.DateOnly)}
	for _, i := range list {
		if i.Register == register.Customers {
			r.customers[i.ID] = i.Values["name"]
		}
	}
	for k := range list {
		switch i := &list[k]; i.Register {
		case register.Complaints:
			if r.complained(i) {
				out.Complaints = append(out.Complaints, complaintOf(i))
			}
		case register.Actions:
			if r.improves(i) {
				out.Actions = append(out.Actions, r.actionOf(i))
			}
		case register.Decisions:
			if r.wanted(i) {
				out.Decisions = append(out.Decisions, decisionOf(i))
			}
		case register.Suppliers:
			if r.supplies(i) {
				out.Suppliers = append(out.Suppliers, report.SupplierRecord{
					Supplier: i.Values["name"], Evaluation: i.Values["evaluation"], Evaluated: i.Values["evaluated"], ContractEnds: i.Values["contract_ends"],
				})
			}
		}
	}
	slices.SortFunc(out.Complaints, func(a, b report.Complaint) int {
		return cmp.Or(cmp.Compare(a.Received, b.Received), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(out.Actions, func(a, b report.Action) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(out.Decisions, func(a, b report.Decision) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Subject, b.Subject))
	})
	slices.SortFunc(out.Suppliers, func(a, b report.SupplierRecord) int { return cmp.Compare(a.Supplier, b.Supplier) })
	return out
}

// reportRecords chooses what belongs into a report.
type reportRecords struct {
	in        *report.Input
	customers map[string]string // their names, by ID
	today     string
}

// about reports whether an item is about the report's service, or about none.
func (r *reportRecords) about(i *slo.RegisterItem) bool {
	s := i.Values["service"]
	return s == "" || s == r.in.Agreement.Service
}

// over is since when an item is over, 0 where it is not.
func over(i *slo.RegisterItem) slo.Instant {
	if s := register.Named(i.Register).State(i.State); s != nil && s.Over {
		return i.Entered()
	}
	return 0
}

func (r *reportRecords) complained(i *slo.RegisterItem) bool {
	party := r.in.Agreement.Party
	return i.State != slo.RegisterWithdrawn && party != "" && r.customers[i.Values["customer"]] == party && r.about(i) &&
		r.in.Period.Within(i.Values["received"], over(i), r.day)
}

// day is the day of an instant on the agreement's calendar.
func (r *reportRecords) day(at slo.Instant) string {
	return at.In(r.in.Agreement.Zone).Format(time.DateOnly)
}

func (r *reportRecords) improves(i *slo.RegisterItem) bool {
	if i.Values["in_reports"] != "yes" || !r.about(i) {
		return false
	}
	switch i.State {
	case "agreed", "done":
		return true
	case "effective", "ineffective":
		return i.Entered() >= r.in.Period.From
	}
	return false
}

func (r *reportRecords) wanted(i *slo.RegisterItem) bool {
	of := i.Values["customer"]
	return i.State == "wanted" && i.Values["in_reports"] == "yes" && r.about(i) && (of == "" || r.in.Agreement.Party != "" && r.customers[of] == r.in.Agreement.Party)
}

func (r *reportRecords) supplies(i *slo.RegisterItem) bool {
	return i.State == "active" && i.Values["in_reports"] == "yes" && i.Values["evaluation"] != "" &&
		slices.ContainsFunc(r.in.Suppliers, func(s slo.ObjectiveStatus) bool { return s.Agreement.Party == i.Values["name"] })
}

func complaintOf(i *slo.RegisterItem) report.Complaint {
	v := i.Values
	return report.Complaint{ID: i.ID, Title: v["title"], State: i.State, Received: v["received"], Due: v["due"], Answered: v["answered"], Resolution: v["resolution"]}
}

func decisionOf(i *slo.RegisterItem) report.Decision {
	v := i.Values
	return report.Decision{Kind: report.DecideRecorded, Service: v["service"], Subject: i.ID, Title: v["title"], WantedOf: v["wanted_of"], Due: v["due"], Text: v["details"]}
}

func (r *reportRecords) actionOf(i *slo.RegisterItem) report.Action {
	v := i.Values
	return report.Action{
		ID: i.ID, Title: v["title"], State: i.State, Owner: v["owner"], Due: v["due"], Overdue: register.Named(register.Actions).Overdue(i, r.today),
		Measure: v["measure"], Before: v["before"], Goal: v["goal"], After: v["after"], Result: v["result"],
	}
}
