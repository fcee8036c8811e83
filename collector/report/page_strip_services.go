package report

import (
	"fmt"
	"time"
)

// serviceStrips lays the period out in a strip for each service of a report on
// several: of days where a month has room for them, else of weeks, else of half
// months.
func (p *page) serviceStrips() {
	for i := range p.r.Services {
		s := &p.r.Services[i]
		if len(p.Strips) == p.limits.planned {
			p.StripsOmitted = p.w.n("omitted", len(p.r.Services)-i)
			return
		}
		p.Strips = append(p.Strips, p.serviceStrip(fmt.Sprintf("strip.%d", i), p.scoped(s.Agreement, s.Service), s.Days))
	}
}

// serviceStrip is the period of one service.
func (p *page) serviceStrip(key, name string, days []Day) strip {
	if p.r.Identity.Period.Kind == MonthKind {
		p.StripTitle, p.StripLegend = "month.title", p.w.t("strip.legend")
		return p.strip(key, name, days)
	}
	s := strip{Key: key, Name: name, Note: p.stripNote(days)}
	cells := bundled(days, func(t time.Time) bool { return true })
	p.StripTitle, p.StripLegend = "month.title", p.w.t("strip.legend.day")
	if len(cells) > monthDays {
		cells = bundled(days, func(t time.Time) bool { return t.Weekday() == time.Monday })
		p.StripTitle, p.StripLegend = "strip.title", p.w.t("strip.legend.week")
	}
	if len(cells) > monthDays {
		cells = bundled(days, func(t time.Time) bool { return t.Day() == 1 || t.Day() == 16 })
		p.StripTitle, p.StripLegend = "strip.title", p.w.t("strip.legend.half")
	}
	for _, c := range cells {
		s.add(p.worstOf(c), 1)
	}
	return s
}

// bundled parts days into cells, each of which begins with a day that begins
// says, but for the first.
func bundled(days []Day, begins func(time.Time) bool) [][]Day {
	var out [][]Day
	for i := range days {
		t, err := time.Parse(time.DateOnly, days[i].Date)
		if len(out) == 0 || err == nil && begins(t) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], days[i])
	}
	return out
}

// worstOf is the worst that some days saw: one that is down is not made good by
// those beside it.
func (p *page) worstOf(days []Day) string {
	seen := map[string]bool{}
	for i := range days {
		seen[p.stripClass(&days[i])] = true
	}
	for _, class := range []string{"down", "unknown", "excluded", "up", "closed"} {
		if seen[class] {
			return class
		}
	}
	return "ahead"
}
