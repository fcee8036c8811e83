package report

import "strconv"

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
	add("outages", strconv.Itoa(k.Outages))
	add("failures", strconv.Itoa(k.Failures))
	add("downtime", w.length(k.Downtime))
	add("longest", length(k.Longest))
	add("mtrs", length(k.MTRS))
	add("mtbf", length(k.MTBF))
	add("mtbsi", length(k.MTBSI))
	add("csat", p.csat())
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
	add("agreement", clean(id.Agreement, p.name))
	add("service", clean(id.Service, p.name))
	add("period", w.t("annex.period.of", p.Period, p.clock.dates(id.Period.Interval)))
	add("zone", p.clock.zoneName(id.Period))
	hours := w.t("annex.hours.all")
	if id.Hours != "" {
		hours = w.t("annex.hours.of", clean(id.Hours, p.name))
	}
	add("hours", hours)
	add("made", p.clock.moment(id.MadeAt))
	add("standing", p.Standing)
	add("edition", strconv.Itoa(id.Edition))
	if id.Revision != "" {
		add("revision", clean(id.Revision, p.name))
	}
	add("formula", id.Formula)
	add("unknown", w.t("annex.unknown."+id.Unknown))
	minimum := w.t("annex.minimum.none")
	if id.MinimumOutage > 0 {
		minimum = w.length(id.MinimumOutage)
	}
	add("minimum", minimum)
	add("coverage", w.t("annex.coverage.of", id.MinCoverage))
	add("source", w.t("annex.source.of"))
	if id.Explained != "" {
		add("explained", clean(id.Explained, maxAddress))
	}
	p.ledger()
	if list := p.missing(); len(list) > 0 {
		add("missing", w.list(list))
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
