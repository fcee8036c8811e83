// Package evidence makes of the collector's records what an auditor of an
// ISO/IEC 20000-1:2018 service management system asks for: for each clause what
// it asks, what was found and what is missing, in a pack that can be read in a
// browser and verified on a machine that has nothing else.
// docs/formats/evidence.md specifies the pack.
package evidence

import "github.com/assay-sla/assay/slo"

// Set names a set of records of one kind.
type Set string

// The sets.
const (
	Services     Set = "services"
	Agreements   Set = "agreements"
	Catalogues   Set = "catalogues"
	Parties      Set = "parties"
	Customers    Set = "customers"
	Contacts     Set = "contacts"
	Suppliers    Set = "suppliers"
	Availability Set = "availability"
	Exclusions   Set = "exclusions"
	Incidents    Set = "incidents"
	Requests     Set = "requests"
	Problems     Set = "problems"
	Changes      Set = "changes"
	Resources    Set = "resources"
	Forecasts    Set = "forecasts"
	Plans        Set = "plans"
	Drills       Set = "drills"
	Reports      Set = "reports"
	Mails        Set = "mails"
	Satisfaction Set = "satisfaction"
	Complaints   Set = "complaints"
	Risks        Set = "risks"
	Actions      Set = "actions"
	Audits       Set = "audits"
	Findings     Set = "findings"
	Reviews      Set = "reviews"
	Decisions    Set = "decisions"
	Trail        Set = "trail"
)

// Sets lists every set, in the order in which a pack shows them.
func Sets() []Set {
	return []Set{
		Services, Agreements, Catalogues, Parties, Customers, Contacts, Suppliers, Availability, Exclusions, Incidents, Requests, Problems, Changes,
		Resources, Forecasts, Plans, Drills, Reports, Mails, Satisfaction, Complaints, Risks, Actions, Audits, Findings, Reviews, Decisions, Trail,
	}
}

// Name is what people call the set.
func (s Set) Name() string {
	switch s {
	case Services:
		return "Services"
	case Agreements:
		return "Agreements"
	case Catalogues:
		return "Catalogues in force"
	case Parties:
		return "Parties of agreements"
	case Contacts:
		return "Contacts"
	case Findings:
		return "Findings of audits"
	case Decisions:
		return "Decisions of management"
	case Customers:
		return "Customers"
	case Suppliers:
		return "Suppliers"
	case Availability:
		return "Availability results"
	case Exclusions:
		return "Exclusions"
	case Incidents:
		return "Incidents"
	case Requests:
		return "Service requests"
	case Problems:
		return "Problems"
	case Changes:
		return "Changes and releases"
	case Resources:
		return "Capacity plans"
	case Forecasts:
		return "Scores of forecasts"
	case Plans:
		return "Continuity plans"
	case Drills:
		return "Continuity tests"
	case Reports:
		return "Service reports"
	case Mails:
		return "Proof of sending"
	case Satisfaction:
		return "Customer satisfaction"
	case Complaints:
		return "Complaints"
	case Risks:
		return "Risks"
	case Actions:
		return "Improvement actions"
	case Audits:
		return "Internal audits"
	case Reviews:
		return "Management reviews"
	case Trail:
		return "Audit trail"
	}
	return string(s)
}

// Records is a set as it was found: a table, a row for each record.
type Records struct {
	Set     Set
	Columns []string
	Rows    []Row
}

// Row is one record.
type Row struct {
	At    slo.Instant // that it belongs to; 0 of one that is always there
	Cells []string    // as many as there are columns
	File  string      // in the pack, with the record whole; "" where the row is all there is
}

// Between counts the rows that belong to an interval, and those that are always
// there.
func (r *Records) Between(v slo.Interval) int {
	n := 0
	for i := range r.Rows {
		if at := r.Rows[i].At; at == 0 || at >= v.From && at < v.To {
			n++
		}
	}
	return n
}
