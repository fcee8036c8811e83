package report

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// takeRecords adds what one agreement's report has of its service on record.
// What is about the service, and not about the agreement, is taken of the first
// agreement about it.
func (r *Report) takeRecords(one *Report) {
	known := slices.ContainsFunc(r.Services, func(s ServiceResult) bool { return s.Service == one.Identity.Service })
	for _, x := range one.ServiceRequests {
		if x.Agreement != "" || !known {
			r.ServiceRequests = append(r.ServiceRequests, x)
		}
	}
	r.takeRegisters(one)
	if known {
		return
	}
	for _, x := range one.Problems {
		if !slices.ContainsFunc(r.Problems, func(y Problem) bool { return y.ID == x.ID }) {
			r.Problems = append(r.Problems, x)
		}
	}
	for _, x := range one.Changes {
		if !slices.ContainsFunc(r.Changes, func(y Change) bool { return y.ID == x.ID }) {
			r.Changes = append(r.Changes, x)
		}
	}
	for _, x := range one.Continuity {
		if !slices.ContainsFunc(r.Continuity, func(y ContinuityPlan) bool { return y.Plan == x.Plan }) {
			r.Continuity = append(r.Continuity, x)
		}
	}
}

// takeRegisters adds what registers have, each item once: what is about no one
// service comes with every agreement of its customer.
func (r *Report) takeRegisters(one *Report) {
	for _, x := range one.Complaints {
		if !slices.ContainsFunc(r.Complaints, func(y Complaint) bool { return y.ID == x.ID }) {
			r.Complaints = append(r.Complaints, x)
		}
	}
	for _, x := range one.Actions {
		if !slices.ContainsFunc(r.Actions, func(y Action) bool { return y.ID == x.ID }) {
			r.Actions = append(r.Actions, x)
		}
	}
	for _, x := range one.SupplierRecords {
		if !slices.ContainsFunc(r.SupplierRecords, func(y SupplierRecord) bool { return y.Supplier == x.Supplier }) {
			r.SupplierRecords = append(r.SupplierRecords, x)
		}
	}
}

// plus is the sum of what came again; nil where no service had a problem.
func (c *Recurring) plus(o *Recurring) *Recurring {
	switch {
	case c == nil:
		return o
	case o == nil:
		return c
	}
	return &Recurring{c.Incidents + o.Incidents, c.Of + o.Of}
}

// plus is the sum of the targets of two agreements.
func (c Compliance) plus(o Compliance) Compliance {
	sum := Compliance{Met: c.Met + o.Met, Missed: c.Missed + o.Missed, MissedOpen: c.MissedOpen + o.MissedOpen, Running: c.Running + o.Running}
	sum.Share = figure(slo.Fraction{Part: int64(sum.Met), Whole: int64(sum.Met + sum.Missed)}, 1, slo.One)
	return sum
}
