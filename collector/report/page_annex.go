package report

import (
	"slices"
	"strconv"
)

// kpis are the key figures with their formulas.
func (p *page) kpis() {
	k, w := &p.r.KPIs, p.w
	add := func(name, value string) {
		p.KPIs = append(p.KPIs, pair{Key: "kpi." + name, Label: w.t("kpi." + name), Value: value, Note: w.t("kpi.formula." + name)})
	}
	length := func(m *Milliseconds) string {
		if m == nil {
			return w.t("kpi.none")
		}
		return w.length(*m)
	}
	if !p.r.several() {
		add("availability", p.availability(k.Availability))
	}
	add("coverage", w.percent(p.r.Summary.Coverage))
	add("outages", strconv.Itoa(k.Outages))
	add("failures", strconv.Itoa(k.Failures))
	add("downtime", w.length(k.Downtime))
	add("longest", length(k.Longest))
	add("mtrs", length(k.MTRS))
	add("mtbf", length(k.MTBF))
	add("mtbsi", length(k.MTBSI))
	p.incidentKPIs(add)
	if k.Recurring != nil {
		add("recurring", w.recurringFigure(k.Recurring))
	}
	if c := k.Changes; c != nil {
		add("change_failures", w.changeFailures(c))
	}
	add("rto", w.attained(k.RTO))
	add("rpo", w.attained(k.RPO))
	for i, l := range k.Latency {
		p.KPIs = append(p.KPIs, pair{Key: "kpi.latency." + strconv.Itoa(i), Label: w.t("kpi.latency", l.Percent), Value: w.length(l.Within), Note: w.t("kpi.formula.latency", l.Percent)})
	}
	add("csat", p.csat())
	if p.r.several() {
		p.KPIs[0].Note += ". " + w.t("kpi.scope")
	}
}

// maxAddress bounds the address of a page, in bytes. A line of a mail has at
// most 998.
const maxAddress = 400

// annex says what the report is about and how it was made.
func (p *page) annex() {
	id, w := &p.r.Identity, p.w
	add := func(name, value string) {
		p.Annex = append(p.Annex, pair{Key: "annex." + name, Label: w.t("annex." + name), Value: value})
	}
	scope := w.t("scope."+string(id.Scope.Kind), clean(id.Scope.Name, p.name))
	if id.Scope.Kind == WholeScope {
		scope = w.t("scope.all")
	}
	add("scope", scope)
	of := &id.Letterhead
	purpose := w.t("annex.purpose.of")
	if of.Purpose != "" {
		purpose = clean(of.Purpose, MaxLetterheadText)
	}
	add("purpose", purpose)
	if of.Audience != "" {
		add("audience", clean(of.Audience, MaxLetterheadText))
	}
	if of.Sender != "" {
		add("sender", clean(of.Sender, MaxLetterheadText))
	}
	if !p.r.several() {
		add("agreement", clean(id.Agreement, p.name))
		add("service", clean(id.Service, p.name))
	}
	add("period", w.t("annex.period.of", p.Period, p.clock.dates(id.Period.Interval)))
	add("zone", p.clock.zoneName(id.Period))
	if !p.r.several() {
		hours := w.t("annex.hours.all")
		if id.Hours != "" {
			hours = w.t("annex.hours.of", clean(id.Hours, p.name))
		}
		add("hours", hours)
	}
	add("made", p.clock.moment(id.MadeAt))
	add("standing", p.Standing)
	add("edition", strconv.Itoa(id.Edition))
	if id.Revision != "" {
		add("revision", clean(id.Revision, p.name))
	}
	add("formula", id.Formula)
	if !p.r.several() {
		p.annexTerms()
	}
	if len(p.r.Services) > 0 {
		add("course", w.t("annex.course.of"))
	}
	add("source", w.t("annex.source.of"))
	if s := p.sources(); s != "" {
		add("probes", s)
	}
	if id.Explained != "" {
		add("explained", clean(id.Explained, maxAddress))
	}
	p.ledger()
	if list := p.missing(); len(list) > 0 {
		add("missing", w.list(list))
	}
}

// annexTerms says what the agreement of the report says of figures.
func (p *page) annexTerms() {
	id, w := &p.r.Identity, p.w
	add := func(name, value string) {
		p.Annex = append(p.Annex, pair{Key: "annex." + name, Label: w.t("annex." + name), Value: value})
	}
	add("unknown", w.t("annex.unknown."+id.Unknown))
	minimum := w.t("annex.minimum.none")
	if id.MinimumOutage > 0 {
		minimum = w.length(id.MinimumOutage)
	}
	add("minimum", minimum)
	add("coverage", w.t("annex.coverage.of", id.MinCoverage))
	if l := id.Workload; l != nil {
		over := w.t("annex.workload.never")
		if t := p.r.Summary.Times.Exempt; t > 0 {
			over = w.t("annex.workload.over", w.length(t))
		}
		add("workload", w.t("annex.workload.of", l.Above, w.length(l.Per), clean(l.Probe, p.name), over))
	}
}

// missing names the sections that are left out because nothing is on record.
func (p *page) missing() []string {
	var out []string
	for _, s := range []struct {
		name  string
		there bool
	}{
		{"outages", len(p.r.Outages) > 0},
		{"forgiven", len(p.r.Forgiven) > 0},
		{"incidents", len(p.r.Incidents) > 0},
		{"planned", len(p.r.Planned) > 0},
		{"suppliers", len(p.r.Suppliers) > 0},
		{"resources", len(p.r.Resources) > 0},
		{"workload", p.r.Identity.Workload != nil || p.r.several()}, // of several each has its own
		{"problems", len(p.r.Problems) > 0},
		{"changes", len(p.r.Changes) > 0},
		{"requests", len(p.r.ServiceRequests) > 0},
		{"latency", p.hasLatency()},
		{"decisions", len(p.r.Decisions) > 0},
		{"continuity", len(p.r.Continuity) > 0},
		{"complaints", len(p.r.Complaints) > 0},
		{"actions", len(p.r.Actions) > 0},
		{"evaluations", len(p.r.SupplierRecords) > 0},
		{"satisfaction", p.r.Satisfaction != nil},
	} {
		if !s.there {
			out = append(out, p.w.t("annex.missing."+s.name))
		}
	}
	if n := len(p.r.Objectives) - p.limits.details; n > 0 {
		out = append(out, p.w.n("annex.missing.details", n))
	}
	return out
}

// hasLatency reports whether an objective is about latency.
func (p *page) hasLatency() bool {
	return slices.ContainsFunc(p.r.Objectives, func(o Objective) bool { return o.Latency != nil })
}
