package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Scope says which agreements a report is about.
type Scope struct {
	Kind ScopeKind `json:"kind"`
	Name string    `json:"name"` // "" of all
}

// ScopeKind is what agreements are chosen by.
type ScopeKind string

// The kinds of scope.
const (
	AgreementScope ScopeKind = slo.AgreementScope // one
	CustomerScope  ScopeKind = "customer"         // all with a customer
	ServiceScope   ScopeKind = "service"          // all about a service
	SupplierScope  ScopeKind = "supplier"         // all with a supplier
	WholeScope     ScopeKind = "all"              // the whole management system
)

// ScopeKinds lists what ParseScope reads.
func ScopeKinds() []ScopeKind {
	return []ScopeKind{AgreementScope, CustomerScope, ServiceScope, SupplierScope, WholeScope}
}

// maxScopeName bounds the name of a scope, in bytes.
const maxScopeName = 200

// ParseScope reads a scope. Other kinds, and names that are missing, too long,
// or of all, are errors.
func ParseScope(kind, name string) (Scope, error) {
	s := Scope{ScopeKind(kind), name}
	switch {
	case !slices.Contains(ScopeKinds(), s.Kind):
		return Scope{}, fmt.Errorf("%.20q is no scope of a report: %s", kind, listOf(ScopeKinds()))
	case s.Kind == WholeScope && name != "":
		return Scope{}, fmt.Errorf("a report on all takes no name")
	case s.Kind != WholeScope && name == "":
		return Scope{}, fmt.Errorf("a report on a %s needs its name", kind)
	case len(name) > maxScopeName:
		return Scope{}, fmt.Errorf("the name of a %s has %d bytes at most", kind, maxScopeName)
	}
	return s, nil
}

// ReadScope reads what String wrote. Its errors are those of ParseScope.
func ReadScope(text string) (Scope, error) { return ParseScope(slo.ReadScope(text)) }

// String is the scope as one text, such as gold, customer:Contoso Retail or all:,
// under which reports are kept and mailed.
func (s Scope) String() string { return slo.ScopeText(string(s.Kind), s.Name) }

// Address is the scope and a period as the end of an address. A name with a slash,
// which no part of a path can have, stands in its query.
func (s Scope) Address(period string) string {
	if strings.Contains(s.Name, "/") {
		return url.PathEscape(Scope{Kind: s.Kind}.String()) + "/" + url.PathEscape(period) + "?" + url.Values{"name": {s.Name}}.Encode()
	}
	return url.PathEscape(s.String()) + "/" + url.PathEscape(period)
}

// Of lists the agreements of a catalogue that a scope chooses, by name.
func (s Scope) Of(c *slo.Catalog) []*slo.Agreement {
	var out []*slo.Agreement
	for _, a := range c.Agreements {
		if s.chooses(a) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b *slo.Agreement) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (s Scope) chooses(a *slo.Agreement) bool {
	switch s.Kind {
	case AgreementScope:
		return a.Name == s.Name
	case CustomerScope:
		return a.Type != slo.UC && a.Party == s.Name
	case ServiceScope:
		return slices.Contains(a.Services(), s.Name)
	case SupplierScope:
		return a.Type == slo.UC && a.Party == s.Name
	}
	return s.Kind == WholeScope
}

// ServiceResult is what became of one agreement about a service.
type ServiceResult struct {
	Agreement     string       `json:"agreement"`
	Service       string       `json:"service"`
	Party         string       `json:"party,omitempty"` // customer or supplier
	Zone          string       `json:"zone"`
	MinCoverage   string       `json:"min_coverage"` // percent
	MinimumOutage Milliseconds `json:"minimum_outage_ms"`
	Standing      Standing     `json:"standing"`
	Met           int          `json:"met"`
	Missed        int          `json:"missed"`
	Insufficient  int          `json:"insufficient_data"`
	SoFar         bool         `json:"so_far"`
	Outages       int          `json:"outages"`
	Times         Times        `json:"times"`        // of the whole period
	Coverage      *Figure      `json:"coverage"`     // likewise
	Availability  *Figure      `json:"availability"` // likewise, by time; null where too little was observed
	Direction     Direction    `json:"direction"`
	KPIs          KPIs         `json:"kpis"`
	Days          []Day        `json:"days,omitempty"` // of a report on several agreements
}

// result is what became of the only agreement of a report.
func result(in Input, r *Report) ServiceResult {
	s := &r.Summary
	return ServiceResult{
		Agreement: in.Agreement.Name, Service: in.Agreement.Service, Party: in.Agreement.Party, Zone: r.Identity.Zone, Standing: r.Identity.Standing,
		MinCoverage: r.Identity.MinCoverage, MinimumOutage: r.Identity.MinimumOutage,
		Met: s.Met, Missed: s.Missed, Insufficient: s.Insufficient, SoFar: s.SoFar, Outages: s.Outages,
		Times: s.Times, Coverage: s.Coverage, Availability: r.KPIs.Availability, Direction: direction(r), KPIs: r.KPIs,
	}
}

// Combine makes the report of a scope from the reports of its agreements, each
// on the period of the same name in its own zone, in the order given. It is
// pure. Times, outages and key figures are sums over the agreements; a service
// that two of them are about counts in both. There is no availability of
// several agreements, since none promises one.
func Combine(of Scope, period Period, zone *time.Location, at slo.Instant, list []Report) Report {
	r := Report{
		Identity: Identity{
			Scope: of, Title: of.Name, Period: period, Zone: zone.String(), MadeAt: at, Formula: slo.Formula, Edition: 1, Standing: Final,
		},
		Objectives: []Objective{}, Outages: []Outage{}, Forgiven: []Stretch{}, Incidents: []Incident{}, Planned: []Planned{},
		Days: []Day{}, Months: []string{}, Services: []ServiceResult{}, Decisions: []Decision{},
	}
	if len(list) == 0 {
		r.Identity.Standing = Provisional
	}
	for i := range list {
		r.take(&list[i])
	}
	slices.SortStableFunc(r.Outages, func(a, b Outage) int { return cmp.Compare(a.From, b.From) })
	slices.SortStableFunc(r.Forgiven, func(a, b Stretch) int { return cmp.Compare(a.From, b.From) })
	slices.SortStableFunc(r.Incidents, func(a, b Incident) int { return cmp.Or(cmp.Compare(a.Began, b.Began), cmp.Compare(a.ID, b.ID)) })
	slices.SortStableFunc(r.Planned, func(a, b Planned) int { return cmp.Compare(a.From, b.From) })
	slices.SortStableFunc(r.Changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	slices.SortStableFunc(r.Decisions, recordedLast)
	slices.SortStableFunc(r.Complaints, func(a, b Complaint) int { return cmp.Or(cmp.Compare(a.Received, b.Received), cmp.Compare(a.ID, b.ID)) })
	slices.SortStableFunc(r.Actions, func(a, b Action) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) })
	slices.SortStableFunc(r.SupplierRecords, func(a, b SupplierRecord) int { return cmp.Compare(a.Supplier, b.Supplier) })
	r.Summary = combined(r.Summary, &r)
	r.KPIs = r.KPIs.settled(r.Summary.Times)
	r.KPIs.Changes = changeKPI(r.Changes)
	r.KPIs.Incidents = countIncidents(r.Incidents, period.Interval)
	r.KPIs.RTO, r.KPIs.RPO = attainment(r.Continuity, rtoOf), attainment(r.Continuity, rpoOf)
	if r.Satisfaction != nil {
		r.Satisfaction.settle()
		r.KPIs.CSAT = r.Satisfaction.CSAT
	}
	return r
}

// take adds what one agreement's report has.
func (r *Report) take(one *Report) {
	id := &one.Identity
	if id.Standing == Provisional {
		r.Identity.Standing = Provisional
	}
	for _, s := range id.Sources {
		if !slices.Contains(r.Identity.Sources, s) {
			r.Identity.Sources = append(r.Identity.Sources, s)
		}
	}
	r.Identity.Revision = id.Revision
	r.Identity.Edition += max(0, id.Edition-1) // each restatement of one is one of all
	r.Objectives = append(r.Objectives, one.Objectives...)
	r.Outages = append(r.Outages, one.Outages...)
	r.Forgiven = append(r.Forgiven, one.Forgiven...)
	r.Planned = append(r.Planned, one.Planned...)
	r.Months = one.Months
	for _, k := range one.Incidents {
		r.takeIncident(k)
	}
	for _, d := range one.Decisions {
		r.takeDecision(d)
	}
	for _, x := range one.Suppliers {
		if !slices.ContainsFunc(r.Suppliers, func(y SupplierResult) bool { return y.Agreement == x.Agreement && y.Name == x.Name }) {
			r.Suppliers = append(r.Suppliers, x)
		}
	}
	for _, x := range one.Resources {
		if !slices.ContainsFunc(r.Resources, func(y Resource) bool { return y.Resource == x.Resource && y.Series == x.Series }) {
			r.Resources = append(r.Resources, x)
		}
	}
	r.takeRecords(one)
	recurring := r.KPIs.Recurring
	if !slices.ContainsFunc(r.Services, func(s ServiceResult) bool { return s.Service == id.Service }) {
		recurring = recurring.plus(one.KPIs.Recurring)
	}
	for _, s := range one.Services {
		s.Days = one.Days
		r.Services = append(r.Services, s)
	}
	r.Summary = r.Summary.plus(&one.Summary)
	r.KPIs = r.KPIs.plus(one.KPIs)
	r.KPIs.Recurring = recurring
	r.Ledger = r.Ledger.plus(id.Agreement, one.Ledger)
	r.Satisfaction = r.Satisfaction.plus(one.Satisfaction)
}

// takeIncident adds an incident once: several agreements may be about its
// service.
func (r *Report) takeIncident(k Incident) {
	i := slices.IndexFunc(r.Incidents, func(x Incident) bool { return x.ID == k.ID })
	if i < 0 {
		r.Incidents = append(r.Incidents, k)
		return
	}
	r.Incidents[i].Counted = r.Incidents[i].Counted || k.Counted
	r.Incidents[i].Forgiven = r.Incidents[i].Forgiven || k.Forgiven
}

// takeDecision adds a decision once: what is about a service, and not about one
// agreement, comes with each agreement about it.
func (r *Report) takeDecision(d Decision) {
	i := slices.IndexFunc(r.Decisions, func(x Decision) bool {
		return x.Kind == d.Kind && x.Service == d.Service && x.Subject == d.Subject && x.Clock == d.Clock && d.Kind != DecideCoverage
	})
	if i < 0 {
		r.Decisions = append(r.Decisions, d)
		return
	}
	r.Decisions[i].Agreement = ""
}

// plus is the sum of what page one answers of two reports; combined does the
// rest.
func (s Summary) plus(o *Summary) Summary {
	s.Met, s.Missed, s.Insufficient = s.Met+o.Met, s.Missed+o.Missed, s.Insufficient+o.Insufficient
	s.SoFar, s.Earns, s.Unsettled = s.SoFar || o.SoFar, s.Earns || o.Earns, s.Unsettled || o.Unsettled
	s.StillDown, s.LeastCredit = s.StillDown || o.StillDown, s.LeastCredit || o.LeastCredit
	s.Credits = append(s.Credits, o.Credits...)
	s.Times = s.Times.plus(o.Times)
	return s
}

// combined answers of several agreements what sums do not.
func combined(s Summary, r *Report) Summary {
	s.Credits = listed(s.Credits)
	s.Outages, s.Incidents, s.Longest = len(r.Outages), len(r.Incidents), longestOf(r.Outages)
	s.Coverage = figure(slo.Fraction{Part: int64(s.Times.Up + s.Times.Down), Whole: int64(s.Times.Agreed)}, coverageDigits, 0)
	for _, k := range r.Incidents {
		switch {
		case k.Disproved:
			s.Disproved++
		case !k.Counted && k.Trigger == slo.ServiceDown:
			s.Uncounted++
		}
	}
	return s
}

// longestOf are the longest outages of services: one that counts under several
// agreements comes once.
func longestOf(list []Outage) []int {
	type down struct {
		service string
		slo.Interval
	}
	seen, out := map[down]bool{}, []int{}
	for _, i := range longest(list, len(list)) {
		d := down{list[i].Service, list[i].Interval}
		if seen[d] {
			continue
		}
		seen[d] = true
		if out = append(out, i); len(out) == mostLongest {
			break
		}
	}
	return out
}

// plus is what the ledger has of one more agreement: its newest checkpoint, and
// the names of objectives with their agreement before them.
func (l *Ledger) plus(agreement string, o *Ledger) *Ledger {
	if o == nil {
		return l
	}
	if l == nil {
		l = &Ledger{Standing: o.Standing, Waiting: []string{}, Sealed: []Sealed{}, Unsealed: []string{}}
	}
	if o.Checkpoint.Size >= l.Checkpoint.Size {
		l.Checkpoint = o.Checkpoint
	}
	if o.Standing == "running" || o.Standing == "waiting" && l.Standing != "running" {
		l.Standing = o.Standing
	}
	for _, agent := range o.Waiting {
		if !slices.Contains(l.Waiting, agent) {
			l.Waiting = append(l.Waiting, agent)
		}
	}
	for _, s := range o.Sealed {
		s.Objective = agreement + "/" + s.Objective
		l.Sealed = append(l.Sealed, s)
	}
	for _, name := range o.Unsealed {
		l.Unsealed = append(l.Unsealed, agreement+"/"+name)
	}
	return l
}

// several reports whether the report is about more than one agreement by what
// was asked for, whatever was found.
func (r *Report) several() bool { return r.Identity.Scope.Kind != AgreementScope }

// key tells scopes apart: the name of one agreement, and the kind before the
// name of others.
func (s Scope) key() string {
	if s.Kind == AgreementScope {
		return s.Name
	}
	return strings.TrimSuffix(string(s.Kind)+"-"+s.Name, "-")
}
