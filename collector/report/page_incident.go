package report

import (
	"cmp"
	"fmt"
	"strings"
)

// incidentRow is an incident with its clocks.
type incidentRow struct {
	Key, ID  string
	Began    string
	Clocks   string
	Downtime string
	Note     string
	Comments []string
}

func (p *page) incidents() {
	list := p.r.Incidents
	keep := shortlist(len(list), p.limits.incidents, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(&list[a]), rank(&list[b])), cmp.Compare(list[b].Downtime, list[a].Downtime))
	})
	for i := range list {
		if keep[i] {
			p.Incidents = append(p.Incidents, p.incidentRow(i))
		}
	}
	if n := len(list) - len(p.Incidents); n > 0 {
		p.IncidentsOmitted = p.w.n("omitted", n)
	}
}

// rank puts open incidents before those that count, and these before others.
func rank(i *Incident) int {
	switch {
	case i.Open:
		return 0
	case i.Counted:
		return 1
	}
	return 2
}

func (p *page) incidentRow(n int) incidentRow {
	i, w := &p.r.Incidents[n], p.w
	row := incidentRow{Key: fmt.Sprintf("incident.%d", n), ID: clean(i.ID, 2*p.name), Began: p.clock.moment(i.Began)}
	clocks := []string{w.t("incident.detected", w.length(i.ToDetect))}
	if i.Acknowledged != nil && i.ToAcknowledge != nil {
		clocks = append(clocks, w.t("incident.acked", p.clock.moment(*i.Acknowledged), w.length(*i.ToAcknowledge), clean(i.AckedBy, p.name)))
	} else {
		clocks = append(clocks, w.t("incident.not_acked"))
	}
	switch {
	case i.Disproved:
	case i.Restored != nil && i.ToRestore != nil:
		clocks = append(clocks, w.t("incident.restored", p.clock.moment(*i.Restored), w.length(*i.ToRestore)))
	default:
		clocks = append(clocks, w.t("incident.open"))
	}
	row.Clocks = w.t("incident.clocks", strings.Join(clocks, w.t("list.apart")))
	switch {
	case i.Disproved:
		row.Note = w.t("incident.disproved")
	case i.Forgiven:
		row.Note = w.t("incident.forgiven")
	case !i.Counted:
		row.Note = w.t("incident.uncounted")
	}
	if i.Downtime > 0 {
		row.Downtime = w.length(i.Downtime)
	}
	from := max(0, len(i.Comments)-p.comments) // the last say most
	for _, c := range i.Comments[from:] {
		row.Comments = append(row.Comments, w.t("incident.comment", clean(c.Actor, p.name), p.clock.moment(c.At), clean(c.Text, p.evidence)))
	}
	if from > 0 {
		row.Comments = append(row.Comments, w.n("incident.more_comments", from))
	}
	return row
}
