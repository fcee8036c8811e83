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
	methodNames = []string{"time", "slices", "occurrences"}
)

// agreement reads the spec of an Agreement.
func (r reader) agreement(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an Agreement", "service", "timezone", "hours", "unknown", "minCoverage",
		"minimumOutage", "maintenanceCap", "maintenanceNotice", "objectives", "credits")
	if !ok {
		return
	}
	a := &slo.Agreement{Name: name, Zone: time.UTC, MinCoverage: defaultMinCoverage}
	set(&a.Zone, f.get("timezone"), r.timezone)
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
	r.objectives(a, f.need("objectives"))
	if n := f.get("credits"); n != nil {
		a.Credits = r.credits(a, n)
	}
	service := f.need("service")
	set(&a.Service, service, r.name)
	r.later(func() { r.resolve(a, f) })
	r.catalog.Agreements = append(r.catalog.Agreements, a)
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
}

// resolveService checks what an agreement asks of its service.
func (r reader) resolveService(a *slo.Agreement, f fields) {
	s := r.services[a.Service]
	if s == nil {
		return // it has errors of its own
	}
	for i, o := range a.Objectives {
		if o.Method == slo.ByOccurrences && s.Up.Op != slo.OpProbe {
			n := deref(deref(f.get("objectives")).Content[i])
			r.errorf(n, "count by time or by slices", "occurrences need a service of a single probe, and %s has several", s.Name)
		}
	}
	for _, m := range r.maintenances[a.Service] {
		r.warnNotice(a, m)
	}
}
