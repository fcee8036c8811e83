package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// wrong is what went wrong, in a few lines.
type wrong struct {
	Lead  string
	Lines []wrongLine
}

// wrongLine is one outage in a sentence.
type wrongLine struct{ What, Why, Done string }

func (p *page) wrong() {
	s, w := &p.r.Summary, p.w
	switch {
	case len(p.r.Outages) == 0 && s.Times.Up == 0:
		p.Wrong.Lead = w.t("wrong.nothing_known")
	case len(p.r.Outages) == 0:
		p.Wrong.Lead = w.t("wrong.none")
	case len(p.r.Outages) > len(s.Longest):
		p.Wrong.Lead = w.n("wrong.longest", len(s.Longest), len(p.r.Outages))
	}
	for _, i := range s.Longest {
		o := &p.r.Outages[i]
		line := wrongLine{What: w.t("wrong.line", p.clock.moment(o.From), w.length(o.Length)), Why: w.t("outage.no_cause")}
		if o.Lasts {
			line.What = w.t("wrong.lasts", line.What)
		}
		if len(o.Causes) > 0 {
			line.Why = p.cause(&o.Causes[0])
		}
		if p.r.several() {
			line.What = w.t("named", clean(o.Service, p.name), line.What)
		}
		if done := p.done(o); done != "" {
			line.Done = w.t("done.title", done)
		}
		p.Wrong.Lines = append(p.Wrong.Lines, line)
	}
	if u := s.Times.Unknown; u > 0 && s.Coverage != nil && (s.Insufficient > 0 || u >= s.Times.Agreed/100) {
		p.Wrong.Lines = append(p.Wrong.Lines, wrongLine{What: w.t("wrong.unknown", w.length(u))})
	}
}

// cause is a cause in words: what happened, to what, seen from where.
func (p *page) cause(c *Cause) string {
	var from []string
	for _, l := range c.Locations[:min(p.places, len(c.Locations))] {
		from = append(from, clean(l, p.name))
	}
	from = append(from, p.more(len(c.Locations)-p.places)...)
	return p.w.t("outage.cause", clean(c.Probe, p.name), p.w.reason(c.Reason), p.w.list(from))
}

// outageRow is an outage with its causes.
type outageRow struct {
	Key          string
	Day, Span    string
	Length, Note string
	Causes       []causeLine
	Clocks       string
	Incident     string
}

// causeLine is a cause with its target and evidence.
type causeLine struct{ Why, Target, Evidence string }

func (p *page) outages() {
	list := p.r.Outages
	keep := shortlist(len(list), p.limits.outages, func(a, b int) int { return cmp.Compare(list[b].Length, list[a].Length) })
	var omitted Milliseconds
	for i := range list {
		if !keep[i] {
			omitted += list[i].Length
			continue
		}
		p.Outages = append(p.Outages, p.outageRow(i))
	}
	if n := len(list) - len(p.Outages); n > 0 {
		p.OutagesOmitted = p.w.n("outages.omitted", n, p.w.length(omitted))
	}
}

// shortlist marks the n first of a list in the order of compare.
func shortlist(length, n int, compare func(a, b int) int) []bool {
	order := make([]int, length)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, compare)
	keep := make([]bool, length)
	for _, i := range order[:min(n, length)] {
		keep[i] = true
	}
	return keep
}

func (p *page) outageRow(i int) outageRow {
	o, w := &p.r.Outages[i], p.w
	row := outageRow{Key: fmt.Sprintf("outage.%d", i), Length: w.length(o.Length)}
	row.Day, row.Span = p.dayAndTimes(o.Interval)
	if o.Lasts {
		row.Note = w.t("outage.lasts")
	}
	if o.Drill != "" {
		row.Note = w.list(nonEmpty(row.Note, w.t("outage.drill", clean(o.Drill, 2*p.name))))
	}
	if p.r.several() {
		row.Note = w.list(nonEmpty(row.Note, p.scoped(o.Agreement, o.Service)))
	}
	for _, c := range o.Causes[:min(p.causes, len(o.Causes))] {
		row.Causes = append(row.Causes, causeLine{p.cause(&c), clean(c.Target, p.evidence), clean(c.Evidence, p.evidence)})
	}
	if len(o.Causes) == 0 {
		row.Causes = []causeLine{{Why: w.t("outage.no_cause")}}
	}
	if n := len(o.Causes) - p.causes; n > 0 {
		row.Causes = append(row.Causes, causeLine{Why: w.n("outage.more_causes", n)})
	}
	row.Clocks = p.outageClocks(o)
	if o.Incident != "" {
		row.Incident = w.t("outage.incident", clean(o.Incident, 2*p.name))
	}
	return row
}

// outageClocks says when the outage was known, when its incident was over, and
// whose it was.
func (p *page) outageClocks(o *Outage) string {
	var parts []string
	if o.Detected != nil {
		parts = append(parts, p.w.t("incident.detected", p.w.length(max(0, millis(o.Detected.Sub(o.From))))))
	}
	if o.Restored != nil {
		parts = append(parts, p.w.t("outage.restored", p.clock.moment(*o.Restored)))
	}
	if o.Whose != nil {
		parts = append(parts, p.w.t("outage.whose", p.whose(o.Whose)))
	}
	if len(parts) == 0 {
		return ""
	}
	return p.w.t("incident.clocks", strings.Join(parts, p.w.t("list.apart")))
}

// dayAndTimes is an interval as a day and the times of it.
func (p *page) dayAndTimes(v slo.Interval) (day, span string) {
	c := p.clock
	to := c.time(v.To)
	if c.day(v.From) != c.day(v.To) {
		to = c.moment(v.To)
	}
	return c.day(v.From), c.w.t("span", c.time(v.From), to)
}

func (p *page) forgiven() {
	list := p.r.Forgiven
	if len(list) == 0 {
		return
	}
	var all Milliseconds
	for _, s := range list {
		all += s.Agreed
	}
	if p.r.several() {
		p.Forgiven = p.w.n("forgiven.several", len(list), p.w.length(all))
		return
	}
	p.Forgiven = p.w.n("forgiven.of", len(list), p.w.length(p.r.Identity.MinimumOutage), p.w.length(all))
}

// plannedRow is a maintenance.
type plannedRow struct{ Key, Day, Span, Name, Excluded string }

func (p *page) planned() {
	list := p.r.Planned
	for i, m := range list[:min(p.limits.planned, len(list))] {
		row := plannedRow{Key: fmt.Sprintf("planned.%d", i), Name: clean(m.Name, p.name), Excluded: p.w.t("planned.none")}
		row.Day, row.Span = p.dayAndTimes(m.Interval)
		if m.Excluded > 0 {
			row.Excluded = p.w.t("planned.of", p.w.length(m.Excluded))
		}
		p.Planned = append(p.Planned, row)
	}
	if n := len(list) - p.limits.planned; n > 0 {
		p.PlannedOmitted = p.w.n("omitted", n)
	}
}
