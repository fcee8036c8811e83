package report

import (
	"fmt"
	"strings"
	"time"
)

// calendarDays is how long a period is laid out as a calendar at most: five
// weeks. A longer one is a strip of days for each month.
const calendarDays = 35

// strip is a row of days, from the first of a month: where a calendar for each
// would have no room.
type strip struct {
	Key, Name, Note string
	Cells           []stripCell
}

// stripCell is a day, or several plain ones in a row.
type stripCell struct {
	Class string // as of dayCell, or excluded; empty where the period has no such day
	Mark  string // told apart without colour
	Days  int
}

// Row is the strip in characters, one a day.
func (s strip) Row() string {
	var b strings.Builder
	for _, c := range s.Cells {
		b.WriteString(strings.Repeat(c.Mark, c.Days))
	}
	return strings.TrimRight(b.String(), " ")
}

// strips lays a long period out in months.
func (p *page) strips() {
	from := 0
	for i := range p.r.Days {
		label := p.r.Days[i].Date[:len(monthLayout)]
		if next := i + 1; next == len(p.r.Days) || p.r.Days[next].Date[:len(monthLayout)] != label {
			p.Strips = append(p.Strips, p.strip(fmt.Sprintf("strip.%d", len(p.Strips)), p.w.month(label), p.r.Days[from:next]))
			from = next
		}
	}
}

// serviceStrips lays a month out in a strip for each service of a report on
// several. Of longer periods there would be a strip for each month of each.
func (p *page) serviceStrips() {
	if p.r.Identity.Period.Kind != MonthKind {
		return
	}
	for i := range p.r.Services {
		s := &p.r.Services[i]
		if len(p.Strips) == p.limits.planned {
			p.StripsOmitted = p.w.n("omitted", len(p.r.Services)-i)
			return
		}
		p.Strips = append(p.Strips, p.strip(fmt.Sprintf("strip.%d", i), p.scoped(s.Agreement, s.Service), s.Days))
	}
}

// strip is the days of a month, or of the part of it that is there.
func (p *page) strip(key, name string, days []Day) strip {
	s := strip{Key: key, Name: name, Note: p.stripNote(days)}
	for i := range days {
		if i == 0 {
			if t, err := time.Parse(time.DateOnly, days[i].Date); err == nil && t.Day() > 1 {
				s.Cells = append(s.Cells, stripCell{"", " ", t.Day() - 1})
			}
		}
		class := p.dayCell(i, 0, &days[i]).Class
		if class == "up" && days[i].Times.Excluded > 0 || class == "closed" && days[i].Times.Excluded > 0 {
			class = "excluded"
		}
		plain := class == "up" || class == "closed" || class == "ahead"
		if n := len(s.Cells); plain && n > 0 && s.Cells[n-1].Class == class {
			s.Cells[n-1].Days++
			continue
		}
		s.Cells = append(s.Cells, stripCell{class, stripMark(class), 1})
	}
	if n := len(days); n > 0 {
		if t, err := time.Parse(time.DateOnly, days[n-1].Date); err == nil && t.Day() < 31 {
			s.Cells = append(s.Cells, stripCell{"", " ", 31 - t.Day()})
		}
	}
	return s
}

// stripMark is the shape of a day: the same as in the calendar.
func stripMark(class string) string {
	switch class {
	case "down":
		return "■"
	case "unknown":
		return "?"
	case "excluded":
		return "m"
	case "closed":
		return "–"
	case "up":
		return "·"
	}
	return " "
}

// stripNote says how long the days were down and unknown.
func (p *page) stripNote(days []Day) string {
	var t Times
	down := 0
	for i := range days {
		t = t.plus(days[i].Times)
		if days[i].Times.Down > 0 {
			down++
		}
	}
	var parts []string
	switch {
	case t.Down > 0:
		parts = append(parts, p.w.n("strip.down", down, p.w.length(t.Down)))
	case t.Up > 0:
		parts = append(parts, p.w.t("strip.up"))
	}
	if t.Unknown >= leastUnknown {
		parts = append(parts, p.w.t("strip.unknown", p.w.length(t.Unknown)))
	}
	return p.w.list(parts)
}

// stripStyles are the inline styles of strips, spark lines and letterheads.
func stripStyles() map[string]string {
	return map[string]string{
		"stripname":      "margin:5px 0 1px;font-size:13px;overflow-wrap:anywhere;",
		"letterhead":     "width:100%;border-collapse:collapse;margin:0 0 14px;",
		"logo":           "padding:0 12px 8px 0;vertical-align:middle;",
		"logoimg":        "display:block;border:0;max-width:100%;height:auto;",
		"sender":         "padding:0 0 8px;vertical-align:middle;text-align:right;font-size:13px;color:#1b1f23;overflow-wrap:anywhere;",
		"cover":          "margin:10px 0 0;max-width:62em;overflow-wrap:anywhere;",
		"spark":          "color:#5b646d;font-size:12px;letter-spacing:0;white-space:nowrap;",
		"strip":          "width:100%;table-layout:fixed;border-collapse:collapse;font-size:9px;line-height:14px;text-align:center;",
		"strip-":         "padding:0;height:14px;",
		"strip-up":       "padding:0;background:#cfe5da;border:1px solid #8fb5a3;",
		"strip-down":     "padding:0;background:#a83c00;color:#ffffff;border:1px solid #a83c00;",
		"strip-unknown":  "padding:0;background:#e7e9eb;border:1px dashed #727b84;",
		"strip-excluded": "padding:0;border:1px solid #5b646d;",
		"strip-closed":   "padding:0;border:1px solid #d9dde1;",
		"strip-ahead":    "padding:0;border:1px dotted #d9dde1;",
	}
}
