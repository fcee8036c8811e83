package report

import "strings"

// services is what became of each agreement.
func (t tabler) services() table {
	out := t.of("services", "services.title", "agreement service party standing met missed insufficient_data availability_percent coverage_percent course "+timeColumns+" outages_counted failures longest_outage_s mtrs_s mtbf_s mtbsi_s")
	for i := range t.r.Services {
		s := &t.r.Services[i]
		row := []datum{
			said(s.Agreement), said(s.Service), said(s.Party), coded(string(s.Standing), t.T(string(s.Standing)+".short")),
			counted(int64(s.Met)), counted(int64(s.Missed)), counted(int64(s.Insufficient)), share(s.Availability), share(s.Coverage),
			coded(string(s.Direction.Course), t.T("course."+string(s.Direction.Course))),
		}
		row = append(row, t.times(s.Times)...)
		k := &s.KPIs
		out.rows = append(out.rows, append(row, counted(int64(k.Outages)), counted(int64(k.Failures)), lastingOr(k.Longest), lastingOr(k.MTRS), lastingOr(k.MTBF), lastingOr(k.MTBSI)))
	}
	return out
}

// decided are the decisions that are wanted.
func (t tabler) decided() table {
	out := t.of("decisions", "decisions.table", "kind agreement service subject title from to by asked_by wanted_of coverage_percent text")
	for i := range t.r.Decisions {
		d := &t.r.Decisions[i]
		span := []datum{{}, {}}
		if d.Of != nil {
			span = t.span(*d.Of)
		}
		row := append([]datum{coded(string(d.Kind), t.T("kind."+string(d.Kind))), said(d.Agreement), said(d.Service), said(d.Subject), said(d.Title)}, span...)
		out.rows = append(out.rows, append(row, t.decideBy(d), said(d.AskedBy), said(d.WantedOf), share(d.Coverage), said(strings.TrimSpace(d.Text))))
	}
	return out
}

// decideBy is when a decision is due: an instant, or the day that people wrote
// down.
func (t tabler) decideBy(d *Decision) datum {
	if d.Due != "" {
		return dayOr(d.Due)
	}
	return t.onOr(d.By)
}
