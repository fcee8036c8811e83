package report

import (
	"fmt"
	"strings"
	"time"
)

// calendarDays is how long a period is laid out as a calendar at most: five
// weeks. A longer one is a strip of days for each month.
const calendarDays = 35

// monthDays is how many cells the strip of a month has, whichever it is.
const monthDays = 31

// strip is a row of cells of one length, such as the days of a month: where a
// calendar would have no room.
type strip struct {
	Key, Name, Note string
	Cells           []stripCell
}

// stripCell is a cell, or several plain ones in a row.
type stripCell struct {
	Class string // as of dayCell, or excluded; empty where the period has no such day
	Mark  string // told apart without colour
	Cells int
}

// Columns is how many cells the strip has.
func (s strip) Columns() int {
	n := 0
	for _, c := range s.Cells {
		n += c.Cells
	}
	return n
}

// Row is the strip in characters, one a cell.
func (s strip) Row() string {
	var b strings.Builder
	for _, c := range s.Cells {
		b.WriteString(strings.Repeat(c.Mark, c.Cells))
	}
	return strings.TrimRight(b.String(), " ")
}

// strips lays a long period out in months.
func (p *page) strips() {
	from := 0
	p.StripTitle, p.StripLegend = "month.title", p.w.t("strip.legend")
	for i := range p.r.Days {
		label := p.r.Days[i].Date[:len(monthLayout)]
		if next := i + 1; next == len(p.r.Days) || p.r.Days[next].Date[:len(monthLayout)] != label {
			p.Strips = append(p.Strips, p.strip(fmt.Sprintf("strip.%d", len(p.Strips)), p.w.month(label), p.r.Days[from:next]))
			from = next
		}
	}
}

// strip is the days of a month, or of the part of it that is there.
func (p *page) strip(key, name string, days []Day) strip {
	s := strip{Key: key, Name: name, Note: p.stripNote(days)}
	if n := len(days); n > 0 {
		first, errFirst := time.Parse(time.DateOnly, days[0].Date)
		last, errLast := time.Parse(time.DateOnly, days[n-1].Date)
		if errFirst == nil && first.Day() > 1 {
			s.add("", first.Day()-1)
		}
		for i := range days {
			s.add(p.stripClass(&days[i]), 1)
		}
		if errLast == nil && last.Day() < monthDays {
			s.add("", monthDays-last.Day())
		}
	}
	return s
}

// add appends cells of a class; plain ones in a row are one.
func (s *strip) add(class string, cells int) {
	plain := class == "up" || class == "closed" || class == "ahead"
	if n := len(s.Cells); plain && n > 0 && s.Cells[n-1].Class == class {
		s.Cells[n-1].Cells += cells
		return
	}
	s.Cells = append(s.Cells, stripCell{class, stripMark(class), cells})
}

// stripClass is what a day of a strip shows: its worst, and maintenance where
// nothing is worse.
func (p *page) stripClass(d *Day) string {
	class := p.dayCell(0, 0, d).Class
	if d.Times.Excluded > 0 && (class == "up" || class == "closed") {
		return "excluded"
	}
	return class
}

// stripMark is the shape of a cell: the same as in the calendar.
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
