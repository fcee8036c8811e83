package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Defaults and bounds of an agreement.
const (
	defaultMinCoverage = 90 * slo.One / 100
	maxObjectives      = 100
	maxTiers           = 100
	maxSlices          = 4_000_000 // of one window
)

// The words of an agreement, by the values of their types in slo.
var (
	policyNames = []string{"exclude", "up", "down"}
	periodNames = []string{"day", "week", "month", "quarter", "year"}
	methodNames = []string{"time", "slices", "occurrences", "latency", "outages", "composite", "requests"}
	typeNames   = []string{"sla", "ola", "uc"}
	drillNames  = []string{"count", "exclude"}
)

// agreement reads the spec of an Agreement.
func (r reader) agreement(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an Agreement", "type", "customer", "supplier", "from", "to", "service", "timezone",
		"hours", "unknown", "minCoverage", "minimumOutage", "maintenanceCap", "maintenanceNotice", "workload", "drills", "alerts", "budgetPolicy", "objectives", "credits", "incidentTargets")
	if !ok {
		return
	}
	a := &slo.Agreement{Name: name, Zone: time.UTC, MinCoverage: defaultMinCoverage}
	set(&a.Zone, f.get("timezone"), r.timezone)
	r.parties(a, f)
	r.term(a, f)
	unknown := int(slo.UnknownExcluded)
	set(&unknown, f.get("unknown"), r.choice(policyNames...))
	a.Unknown = slo.Policy(unknown)
	set(&a.MinCoverage, f.get("minCoverage"), r.percent)
	set(&a.MinimumOutage, f.get("minimumOutage"), r.duration(0, maxDuration))
	if n := f.get("maintenanceCap"); n != nil {
		a.MaintenanceCap = r.maintenanceCap(n)
	}
	notice := time.Duration(0)
	if set(&notice, f.get("maintenanceNotice"), r.duration(0, maxDuration)) {
		a.MaintenanceNotice = &notice
	}
	if n := f.get("workload"); n != nil {
		a.Workload = r.workload(n)
	}
	drills := 0
	set(&drills, f.get("drills"), r.choice(drillNames...))
	a.ExcludeDrills = drills == 1
	var alerts []slo.BurnPair
	set(&alerts, f.get("alerts"), r.alerts)
	r.objectives(a, alerts, f.need("objectives"))
	if set(&a.BudgetPolicy, f.get("budgetPolicy"), r.budgetPolicy) && !hasBudget(a) {
		r.warnf(f.get("budgetPolicy"), "", "no objective of %s has an error budget: those by time and by requests have one", a.Name)
	}
	set(&a.Targets, f.get("incidentTargets"), r.incidentTargets)
	if n := f.get("credits"); n != nil {
		a.Credits = r.credits(a, n)
	}
	service := f.need("service")
	set(&a.Service, service, r.name)
	r.later(func() { r.resolve(a, f) })
	r.catalog.Agreements = append(r.catalog.Agreements, a)
	r.agreements[name] = a
}

// parties reads who promises to whom: an SLA and an OLA name a customer, a UC
// names the supplier.
func (r reader) parties(a *slo.Agreement, f fields) {
	kind := int(slo.SLA)
	set(&kind, f.get("type"), r.choice(typeNames...))
	a.Type = slo.AgreementType(kind)
	if a.Type != slo.UC {
		set(&a.Party, f.get("customer"), r.line)
		f.refuse("belongs to the type uc only", "supplier")
		return
	}
	set(&a.Party, f.need("supplier"), r.line)
	f.refuse("has no place in an agreement with a supplier", "customer")
}

// term reads from when to when an agreement's terms hold.
func (r reader) term(a *slo.Agreement, f fields) {
	begin := func(name string) *slo.Instant {
		var i slo.Instant
		if !set(&i, f.get(name), r.instantOrDate(a.Zone)) {
			return nil
		}
		return &i
	}
	a.From, a.To = begin("from"), begin("to")
	if a.From != nil && a.To != nil && *a.To <= *a.From {
		r.errorf(f.get("to"), "", "to is not after from")
	}
}

func (r reader) maintenanceCap(n *yaml.Node) *slo.MaintenanceCap {
	f, ok := r.fields(n, "maintenanceCap", "time", "per")
	if !ok {
		return nil
	}
	c, per := &slo.MaintenanceCap{}, 0
	set(&c.Time, f.need("time"), r.duration(0, maxDuration))
	set(&per, f.need("per"), r.choice(periodNames...))
	c.Per = slo.Period(per)
	return c
}

// resolve checks the names in an agreement when all documents are known.
func (r reader) resolve(a *slo.Agreement, f fields) {
	if n := f.get("service"); n != nil && a.Service != "" && r.refer(n, 0, kindService, a.Service) {
		r.resolveService(a, f)
	}
	hours := ""
	if set(&hours, f.get("hours"), r.name) && r.refer(f.get("hours"), 0, kindCalendar, hours) {
		a.Hours = r.calendars[hours]
	}
	r.warnAlerts(a, f)
}

// resolveService checks what an agreement asks of its service.
func (r reader) resolveService(a *slo.Agreement, f fields) {
	s := r.services[a.Service]
	if s == nil {
		return // it has errors of its own
	}
	for i, o := range a.Objectives {
		single := o.Method == slo.ByOccurrences || o.Method == slo.ByLatency
		if single && s.Up.Op != slo.OpProbe {
			n := deref(deref(f.get("objectives")).Content[i])
			r.errorf(n, "count by time or by slices", "counting by %s needs a service of a single probe, and %s has several", o.Method, s.Name)
		}
	}
	for _, m := range r.maintenances[a.Service] {
		r.warnNotice(a, m)
	}
}
