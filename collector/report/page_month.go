package report

import (
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// dayCell is a day of the calendar, or an empty cell before the first.
type dayCell struct {
	Day   string
	Class string // down, unknown, up, closed, ahead; empty for no day
	Lines []string
	Key   string
}

// leastUnknown is how much unknown time of a day its cell shows: an agent that
// restarts is not news.
const leastUnknown = Milliseconds(time.Minute / time.Millisecond)

// days lays the month out in weeks, from Monday.
func (p *page) days() {
	for _, d := range []int{1, 2, 3, 4, 5, 6, 0} {
		p.Weekdays = append(p.Weekdays, p.w.t("weekday."+strconv.Itoa(d)))
	}
	for i := range p.r.Days {
		d := &p.r.Days[i]
		t, err := time.Parse("2006-01-02", d.Date)
		if err != nil {
			continue
		}
		if i == 0 {
			p.Days = make([]dayCell, (int(t.Weekday())+6)%7)
		}
		p.Days = append(p.Days, p.dayCell(i, t.Day(), d))
	}
	for len(p.Days)%7 != 0 {
		p.Days = append(p.Days, dayCell{})
	}
}

func (p *page) dayCell(i, day int, d *Day) dayCell {
	w := p.w
	c := dayCell{Day: strconv.Itoa(day), Class: d.State, Key: "day." + strconv.Itoa(i)}
	if d.Times.Down > 0 {
		c.Lines = append(c.Lines, w.t("day.down", w.length(d.Times.Down)))
	}
	switch u := d.Times.Unknown; {
	case u >= leastUnknown:
		c.Lines = append(c.Lines, w.t("day.unknown", w.length(u)))
	case d.State == "unknown":
		c.Class = "up"
	}
	if d.Times.Excluded > 0 {
		c.Lines = append(c.Lines, w.t("day.excluded", w.length(d.Times.Excluded)))
	}
	if d.State == "closed" && d.Times.Excluded == 0 {
		c.Lines = append(c.Lines, w.t("day.closed"))
	}
	return c
}

// Weeks are the days in rows of seven.
func (p *page) Weeks() [][]dayCell {
	var out [][]dayCell
	for i := 0; i+7 <= len(p.Days); i += 7 {
		out = append(out, p.Days[i:i+7])
	}
	return out
}

// trend is the last months of each objective.
type trend struct {
	Groups []trendGroup
	Charts []chartPlace
}

// trendGroup is a table of a few objectives side by side.
type trendGroup struct {
	Names []string
	Rows  []trendRow
}

// trendRow is one month.
type trendRow struct {
	Month string
	Cells []trendCell
}

// trendCell is one objective in one month.
type trendCell struct {
	Key         string
	Mark, Value string
	Class       Verdict
}

// chartPlace is where the chart of an objective goes.
type chartPlace struct {
	Objective       int
	Name, Note, Alt string
	contentID       string
}

// Source is the address of the picture in a mail.
func (c chartPlace) Source() string { return "cid:" + c.contentID }

const objectivesAside = 3

func (p *page) trend() {
	for from := 0; from < min(p.limits.details, len(p.r.Objectives)); from += objectivesAside {
		to := min(from+objectivesAside, len(p.r.Objectives), p.limits.details)
		p.Trend.Groups = append(p.Trend.Groups, p.trendGroup(from, to))
	}
	for i := range p.r.Objectives[:min(p.charts, len(p.r.Objectives))] {
		o := &p.r.Objectives[i]
		if o.LongOutages != nil {
			continue // a number has no place among percentages
		}
		c := chartPlace{Objective: i, Name: p.scoped(o.Agreement, o.Name), contentID: contentID(p.r, "trend-"+strconv.Itoa(i))}
		c.Note = p.w.t("trend.target", o.Target, p.w.window(o))
		if o.Windows != nil && (o.Window == slo.Day.String() || o.Window == slo.Week.String()) {
			c.Note = p.w.list([]string{c.Note, p.w.t("trend.lowest")})
		}
		c.Alt = p.w.t("trend.alt", c.Name, o.Target)
		p.Trend.Charts = append(p.Trend.Charts, c)
	}
}

func (p *page) trendGroup(from, to int) trendGroup {
	var g trendGroup
	for i := from; i < to; i++ {
		g.Names = append(g.Names, p.scoped(p.r.Objectives[i].Agreement, p.r.Objectives[i].Name))
	}
	for m, label := range p.r.Months {
		row := trendRow{Month: p.w.month(label)}
		for i := from; i < to; i++ {
			c := trendCell{Key: "trend." + strconv.Itoa(i) + "." + strconv.Itoa(m), Value: p.w.t("none")}
			if m < len(p.r.Objectives[i].Trend) {
				p.trendCell(&c, &p.r.Objectives[i].Trend[m])
			}
			row.Cells = append(row.Cells, c)
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

func (p *page) trendCell(c *trendCell, t *Point) {
	switch {
	case t.NoData:
		return
	case t.Delivered != nil:
		c.Value = p.w.percent(t.Delivered)
	default:
		c.Value = p.w.verdict(t.Verdict, false)
	}
	c.Class, c.Mark = t.Verdict, p.w.mark(t.Verdict)
}
