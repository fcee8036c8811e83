package report

import (
	"fmt"
	"strings"
)

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
	out := t.of("decisions", "decisions.table", "kind agreement service subject from to by asked_by coverage_percent text")
	for i := range t.r.Decisions {
		d := &t.r.Decisions[i]
		span := []datum{{}, {}}
		if d.Of != nil {
			span = t.span(*d.Of)
		}
		row := append([]datum{coded(string(d.Kind), t.T("kind."+string(d.Kind))), said(d.Agreement), said(d.Service), said(d.Subject)}, span...)
		out.rows = append(out.rows, append(row, t.onOr(d.By), said(d.AskedBy), share(d.Coverage), said(strings.TrimSpace(d.Text))))
	}
	return out
}

// bandCode names a band for machines: outages_from_300_s_to_1800_s.
func bandCode(b *Band) string {
	if b.To == nil {
		return fmt.Sprintf("outages_from_%d_s", b.From/1000)
	}
	return fmt.Sprintf("outages_from_%d_s_to_%d_s", b.From/1000, *b.To/1000)
}
