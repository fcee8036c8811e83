// Package evidence makes of the collector's records what an auditor of an
// ISO/IEC 20000-1:2018 service management system asks for: for each clause what
// it asks, what was found and what is missing, in a pack that can be read in a
// browser and verified on a machine that has nothing else.
// docs/formats/evidence.md specifies the pack.
package evidence

import (
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

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
	Releases     Set = "releases"
	Resources    Set = "resources"
	Forecasts    Set = "forecasts"
	Plans        Set = "plans"
	Drills       Set = "drills"
	Reports      Set = "reports"
	Sendings     Set = "sendings"
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
		Services, Agreements, Catalogues, Parties, Customers, Contacts, Suppliers, Availability, Exclusions, Incidents, Requests, Problems, Changes, Releases,
		Resources, Forecasts, Plans, Drills, Reports, Sendings, Mails, Satisfaction, Complaints, Risks, Actions, Audits, Findings, Reviews, Decisions, Trail,
	}
}

// Name is what people call the set.
func (s Set) Name(l Language) string { return l.Text("set." + string(s)) }

// Records is a set as it was found: a table, a row for each record.
type Records struct {
	Set     Set
	Columns []string
	Rows    []Row
	Remarks []Remark
}

// Remark is a shortcoming that some of the records of a set share.
type Remark struct {
	Key   string   // of its text, after remark.
	Names []string // of the records that have it
	Of    int      // that could have it
}

// maxNamed bounds the records that a remark names.
const maxNamed = 3

// in is the remark as a sentence.
func (r Remark) in(l Language) string {
	names := strings.Join(r.Names[:min(len(r.Names), maxNamed)], ", ")
	if more := len(r.Names) - maxNamed; more > 0 {
		names = l.Text("lack.more", names, more)
	}
	return l.Text("remark."+r.Key, len(r.Names), r.Of, names)
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

// Has reports whether there is a record whose first cell is an ID.
func (r *Records) Has(id string) bool {
	return slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Cells[0] == id })
}
