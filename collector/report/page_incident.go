package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// incidentRow is an incident with its clocks.
type incidentRow struct {
	Key, ID  string
	Began    string
	About    string // what it was, its priority
	Clocks   string
	Targets  string // of the agreement, and what became of them
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
	case i.Counted, missedOne(i):
		return 1
	}
	return 2
}

func missedOne(i *Incident) bool {
	return slices.ContainsFunc(i.Targets, func(t IncidentTarget) bool { return t.Verdict == Missed })
}

// aboutIncident is what an incident is about, where that is not plain, and how
// much it weighs.
func (p *page) aboutIncident(i *Incident) string {
	var parts []string
	switch {
	case i.Trigger == slo.ServiceDown:
	case i.Summary == "":
		parts = append(parts, p.trigger(i.Trigger))
	default:
		parts = append(parts, p.w.t("incident.about", p.trigger(i.Trigger), clean(i.Summary, p.evidence)))
	}
	if i.Major {
		parts = append(parts, p.w.t("incident.is_major"))
	}
	if i.Priority > 0 {
		parts = append(parts, p.w.t("incident.priority", i.Priority))
	}
	return strings.Join(parts, p.w.t("list.apart"))
}

// targets are those for an incident with what became of each. A part has those
// of its whole, which says them where it is listed.
func (p *page) targets(i *Incident) string {
	if slices.ContainsFunc(p.r.Incidents, func(k Incident) bool { return k.ID == i.PartOf }) {
		return ""
	}
	var parts []string
	for _, t := range i.Targets {
		verdict := "target." + string(t.Verdict)
		if t.Verdict == Missed && !t.Stopped {
			verdict = "target.missed_open"
		}
		parts = append(parts, p.w.t("target.of", p.w.t("target."+string(t.Kind)), p.w.length(t.Elapsed), p.w.length(t.Target), p.w.t(verdict)))
	}
	return strings.Join(parts, p.w.t("list.apart"))
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
	if i.Responded != nil && i.ToRespond != nil {
		clocks = append(clocks, w.t("incident.responded", p.clock.moment(*i.Responded), w.length(*i.ToRespond)))
	}
	switch down := i.Trigger == slo.ServiceDown; {
	case i.Disproved:
	case i.Restored != nil && i.ToRestore != nil && !down:
		clocks = append(clocks, w.t("incident.over", p.clock.moment(*i.Restored), w.length(*i.ToRestore)))
	case !down:
		clocks = append(clocks, w.t("incident.lasts"))
	case i.Restored != nil && i.ToRestore != nil:
		clocks = append(clocks, w.t("incident.restored", p.clock.moment(*i.Restored), w.length(*i.ToRestore)))
	default:
		clocks = append(clocks, w.t("incident.open"))
	}
	row.Clocks = w.t("incident.clocks", strings.Join(clocks, w.t("list.apart")))
	row.About, row.Targets = p.aboutIncident(i), p.targets(i)
	switch {
	case i.PartOf != "":
		row.Note = w.t("incident.part_of", clean(i.PartOf, 2*p.name))
	case i.Disproved:
		row.Note = w.t("incident.disproved")
	case i.Forgiven:
		row.Note = w.t("incident.forgiven")
	case !i.Counted && i.Trigger == slo.ServiceDown:
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
