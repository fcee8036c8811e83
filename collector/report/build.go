package report

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Build makes the report of what is given. It is pure: equal inputs make equal
// reports.
func Build(in Input) Report {
	records := touching(in)
	r := Report{
		Identity:  identity(in),
		Outages:   outages(in, downs(records)),
		Forgiven:  listed(in.Forgiven),
		Incidents: []Incident{},
		Planned:   listed(in.Planned),
		Days:      days(in),
		Ledger:    in.Ledger,
	}
	for _, k := range records {
		i := incident(k, in.At)
		work := workedOn(&in, k)
		i.Targets, i.Whole = targets(in.Agreement, work, in.At), standing(k, work, in.At)
		r.Incidents = append(r.Incidents, i)
	}
	mark(r.Incidents, r.Outages, r.Forgiven)
	for i := range TrendMonths {
		r.Months = append(r.Months, in.Period.untilNow(in.At).back(TrendMonths-1-i, in.Agreement.Zone).Label)
	}
	r.Objectives = objectives(in, r.Months)
	r.Suppliers = suppliers(in)
	r.Resources = resources(in)
	r.Problems, r.ServiceRequests = problems(in), serviceRequests(in)
	r.Changes = changes(in)
	r.Complaints, r.Actions, r.SupplierRecords = in.Complaints, in.Actions, in.Recorded.Suppliers
	r.Summary = summary(in, &r)
	r.KPIs = kpis(r.Outages, r.Summary.Times)
	r.KPIs.Recurring = recurring(in, r.Incidents)
	r.KPIs.Changes = changeKPI(r.Changes)
	r.KPIs.Incidents = countIncidents(r.Incidents, in.Period.Interval)
	r.KPIs.Response = comply(r.Incidents, slo.ResponseClock, in.Period.Interval)
	r.KPIs.Restoration = comply(r.Incidents, slo.RestorationClock, in.Period.Interval)
	r.Continuity = continuity(in, r.Outages)
	r.KPIs.RTO, r.KPIs.RPO = attainment(r.Continuity, rtoOf), attainment(r.Continuity, rpoOf)
	if r.Satisfaction = satisfaction(in); r.Satisfaction != nil {
		r.KPIs.CSAT = r.Satisfaction.CSAT
	}
	r.KPIs.Coverage = r.Summary.Coverage
	r.KPIs.Latency = latencyAt(in.Latencies)
	if in.Whole.Objective != nil {
		r.KPIs.Availability = delivered(in, &in.Whole)
	}
	r.Decisions = decisions(in, &r)
	r.Services = []ServiceResult{result(in, &r)}
	return r
}

func identity(in Input) Identity {
	a := in.Agreement
	id := Identity{
		Scope: Scope{AgreementScope, a.Name},
		Title: in.Title, Agreement: a.Name, Service: a.Service, Period: in.Period, Zone: a.Zone.String(),
		MadeAt: in.At, Revision: in.Revision, Formula: slo.Formula, Edition: max(1, in.Edition), Standing: Provisional,
		Unknown:     [...]string{"excluded", "up", "down"}[a.Unknown],
		MinCoverage: a.MinCoverage.Percent(), MinimumOutage: millis(a.MinimumOutage), Explained: in.Explained, Sources: in.Sources, Letterhead: in.Letterhead,
	}
	if id.Title == "" {
		id.Title = a.Service
	}
	if a.Hours != nil {
		id.Hours = a.Hours.Name
	}
	if l := a.Workload; l != nil {
		id.Workload = &Workload{l.Probe, l.Above, millis(l.Per)}
	}
	if in.Final && in.At >= in.Period.To {
		id.Standing = Final
	}
	return id
}

// days are the days of the period with the worst that each saw.
func days(in Input) []Day {
	out := []Day{}
	for _, d := range in.Days {
		day := Day{Date: d.From.In(in.Agreement.Zone).Format("2006-01-02"), Times: times(d.Figures)}
		switch t := day.Times; {
		case d.From >= in.At:
			day.State = "ahead"
		case t.Down > 0:
			day.State = "down"
		case t.Unknown > 0:
			day.State = "unknown"
		case t.Agreed > 0:
			day.State = "up"
		default:
			day.State = "closed"
		}
		out = append(out, day)
	}
	return out
}

func times(f slo.Figures) Times {
	return Times{
		Agreed: millis(f.Agreed), Up: millis(f.Up), Down: millis(f.Down),
		Unknown: millis(f.Unknown), Excluded: millis(f.Excluded), Forgiven: millis(f.Forgiven), Exempt: millis(f.Exempt),
	}
}

func (t Times) plus(u Times) Times {
	return Times{
		t.Agreed + u.Agreed, t.Up + u.Up, t.Down + u.Down, t.Unknown + u.Unknown, t.Excluded + u.Excluded, t.Forgiven + u.Forgiven, t.Exempt + u.Exempt,
	}
}

// summary answers page one from the rest of the report.
func summary(in Input, r *Report) Summary {
	s := Summary{Credits: []Credit{}, Longest: []int{}, Outages: len(r.Outages), Incidents: len(r.Incidents), Earns: in.Agreement.Credits != nil}
	for i := range r.Objectives {
		o := &r.Objectives[i]
		switch o.Verdict {
		case Met:
			s.Met++
		case Missed:
			s.Missed++
		default:
			s.Insufficient++
		}
		s.SoFar = s.SoFar || o.SoFar
		s.Unsettled = s.Unsettled || o.EarnsCredit && (o.Verdict == Insufficient || o.Windows != nil && o.Windows.Insufficient > 0)
		for _, c := range o.Credits {
			if c.Percent != "0" {
				s.Credits = append(s.Credits, c)
			}
		}
	}
	for _, d := range r.Days {
		s.Times = s.Times.plus(d.Times)
	}
	s.Coverage = figure(slo.Fraction{Part: int64(s.Times.Up + s.Times.Down), Whole: int64(s.Times.Agreed)}, coverageDigits, in.Agreement.MinCoverage)
	s.Longest = longest(r.Outages, mostLongest)
	s.StillDown = len(r.Outages) > 0 && r.Outages[len(r.Outages)-1].Lasts
	for _, i := range r.Incidents {
		switch {
		case i.Disproved:
			s.Disproved++
		case !i.Counted && i.Trigger == slo.ServiceDown:
			s.Uncounted++
		}
	}
	return s
}

// mostLongest is how many of the longest outages page one tells.
const mostLongest = 3

// longest are the indices of the n longest outages, longest first, the earlier
// of equals first.
func longest(list []Outage, n int) []int {
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int { return int(list[b].Length - list[a].Length) })
	return all[:min(n, len(all))]
}

// listed is a copy of a list that marshals as one even when it is empty.
func listed[T any](list []T) []T { return append([]T{}, list...) }
