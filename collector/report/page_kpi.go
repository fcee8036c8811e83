package report

import (
	"strings"

	"github.com/assay-sla/assay/slo"
)

// incidentKPIs are the key figures of incidents and of the lengths of outages.
func (p *page) incidentKPIs(add func(name, value string)) {
	k, w := &p.r.KPIs, p.w
	length := func(m *Milliseconds) string {
		if m == nil {
			return w.t("none")
		}
		return w.length(*m)
	}
	add("lengths", p.lengths(k.Lengths))
	add("incidents", p.incidentCount(&k.Incidents))
	add("to_detect", length(k.Incidents.ToDetect))
	acknowledged := length(k.Incidents.ToAcknowledge)
	if n := k.Incidents.NotAcked; n > 0 {
		acknowledged = w.t("aside", acknowledged, w.n("kpi.not_acked", n))
	}
	add("to_acknowledge", acknowledged)
	add("response", p.compliance(&k.Response))
	add("restoration", p.compliance(&k.Restoration))
}

// lengths are the bands with outages.
func (p *page) lengths(list []LengthBand) string {
	var out []string
	for _, b := range list {
		if b.Outages > 0 {
			out = append(out, p.w.t("named", p.band(b), p.w.n("delivered.outages", b.Outages)))
		}
	}
	if out == nil {
		return p.w.t("none")
	}
	return strings.Join(out, p.w.t("list.apart"))
}

func (p *page) band(b LengthBand) string {
	switch {
	case b.UpTo == nil:
		return p.w.t("band.over", p.w.length(b.Over))
	case b.Over == 0:
		return p.w.t("band.up_to", p.w.length(*b.UpTo))
	}
	return p.w.t("band.between", p.w.length(b.Over), p.w.length(*b.UpTo))
}

// incidentCount is how many there were, and what opened them.
func (p *page) incidentCount(c *IncidentCount) string {
	if c.Detected == 0 {
		return "0"
	}
	var parts []string
	for _, t := range c.ByTrigger {
		parts = append(parts, p.w.t("trigger.of", p.trigger(t.Trigger), t.Count))
	}
	if c.Major > 0 {
		parts = append(parts, p.w.n("kpi.major", c.Major))
	}
	return p.w.t("kpi.incidents.of", c.Detected, p.w.list(parts))
}

// trigger is what opened an incident.
func (p *page) trigger(t slo.Trigger) string {
	if s, ok := p.w.texts["trigger."+string(t)]; ok {
		return s
	}
	return clean(string(t), p.name)
}

// compliance is the share of the targets that were kept, with the counts.
func (p *page) compliance(c *Compliance) string {
	var parts []string
	if c.MissedOpen > 0 {
		parts = append(parts, p.w.n("kpi.missed_open", c.MissedOpen))
	}
	if c.Running > 0 {
		parts = append(parts, p.w.n("kpi.running", c.Running))
	}
	if c.Share == nil {
		return p.w.list(append([]string{p.w.t("kpi.none_due")}, parts...))
	}
	all := append([]string{p.w.t("kpi.compliance.of", c.Met, c.Met+c.Missed)}, parts...)
	return p.w.t("aside", p.w.percent(c.Share), p.w.list(all))
}
