package report

import (
	"cmp"
	"fmt"
	"strings"
)

// decisionRow is a decision in a sentence.
type decisionRow struct{ Key, What string }

func (p *page) decisions() {
	list := p.r.Decisions
	for i := range list[:min(p.limits.planned, len(list))] {
		p.Decisions = append(p.Decisions, decisionRow{fmt.Sprintf("decision.%d", i), p.decision(&list[i])})
	}
	if n := len(list) - p.limits.planned; n > 0 {
		p.DecisionsOmitted = p.w.n("omitted", n)
	}
}

// decision says what is to be decided, with its agreement where the report is
// about several.
func (p *page) decision(d *Decision) string {
	s := p.decided(d)
	if of := cmp.Or(d.Agreement, d.Service); p.r.several() && of != "" {
		s = p.w.t("named", clean(of, p.name), s)
	}
	return s
}

func (p *page) decided(d *Decision) string {
	w, subject := p.w, clean(d.Subject, p.name)
	switch d.Kind {
	case DecideExclusion:
		of := ""
		if d.Of != nil {
			of = w.t("span", p.clock.moment(d.Of.From), p.clock.moment(d.Of.To))
		}
		return w.t("decision.exclusion", subject, of, clean(d.Text, p.evidence), clean(d.AskedBy, p.name))
	case DecideIncident:
		s := w.t("decision.incident", subject, w.t("decision.clock."+d.Clock))
		if d.By != nil {
			s = w.t("decision.since", s, p.clock.moment(*d.By))
		}
		return s
	case DecideOrder:
		switch {
		case d.By == nil:
			return w.t("decision.limit", subject)
		case *d.By <= p.r.Identity.MadeAt:
			return w.t("decision.late", subject, p.clock.day(*d.By))
		}
		return w.t("decision.order", subject, p.clock.day(*d.By))
	case DecideCoverage:
		return w.t("decision.coverage", subject, w.percent(d.Coverage))
	}
	return p.recordedDecision(d)
}

// recordedDecision says what a register has to be decided, and who is asked.
func (p *page) recordedDecision(d *Decision) string {
	title, id, of := clean(d.Title, p.evidence), clean(d.Subject, p.name), clean(d.WantedOf, p.name)
	s := p.w.t("decision.recorded", title, id, of)
	if d.Due != "" {
		s = p.w.t("decision.recorded.due", title, id, of, clean(d.Due, p.name))
	}
	if d.Text != "" {
		s = p.w.t("sentence.join", s, clean(d.Text, p.evidence))
	}
	return s
}

// done says what is being done about an outage: what its incident tells last.
func (p *page) done(o *Outage) string {
	for i := range p.r.Incidents {
		k := &p.r.Incidents[i]
		switch {
		case o.Incident == "" || k.ID != o.Incident:
			continue
		case len(k.Comments) > 0:
			c := k.Comments[len(k.Comments)-1]
			return p.w.t("incident.comment", clean(c.Actor, p.name), p.clock.moment(c.At), clean(c.Text, p.evidence))
		case k.Whole != nil:
			return p.doneAs(k)
		case k.PartOf != "":
			return p.w.t("incident.part_of", clean(k.PartOf, 2*p.name))
		case k.Acknowledged != nil:
			return p.w.t("done.acked", clean(k.AckedBy, p.name))
		}
		return p.w.t("done.nobody")
	}
	return ""
}

// doneAs says how the incident stands that k is worked on as.
func (p *page) doneAs(k *Incident) string {
	w := k.Whole
	parts := []string{p.w.t("done.part", clean(w.Service, p.name), clean(k.PartOf, 2*p.name)), p.w.t("done.nobody")}
	if w.Acknowledged != nil {
		parts[1] = p.w.t("done.acked", clean(w.AcknowledgedBy, p.name))
	}
	if w.Restored != nil {
		parts = append(parts, p.w.t("done.over", p.clock.moment(*w.Restored)))
	}
	return strings.Join(parts, p.w.t("list.apart"))
}
