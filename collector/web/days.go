package web

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// dayCell is one day of a month's strip. Its drawing is 20 wide and 32 high,
// filled from the bottom: up, unknown, down.
type dayCell struct {
	Date    string // 2006-01-02, for the link
	Day     string // of the month
	Title   string
	Class   string // down, unknown, up, closed, ahead: the worst of the day
	Chosen  bool
	Parts   []dayPart
	Weekend bool
	Drill   bool // one touches the day
}

// dayPart is a part of a day's bar.
type dayPart struct{ Class, Y, H string }

const dayHeight = 32

// daysOf lists the days of the month that holds i, in zone.
func daysOf(i slo.Instant, zone *time.Location) []slo.Interval {
	month := slo.Month.Holding(i, zone)
	var days []slo.Interval
	for at := month.From; at < month.To; {
		d := slo.Day.Holding(at, zone)
		days = append(days, d)
		at = max(d.To, at+1)
	}
	return days
}

// drawDays draws the figures of days, each as far as it is known at an
// instant.
func (w words) drawDays(days []slo.Interval, figures []DayFigure, zone *time.Location, at slo.Instant, chosen slo.Interval, target slo.Ratio) []dayCell {
	cells := make([]dayCell, len(days))
	for i, d := range days {
		t := d.From.In(zone)
		c := dayCell{
			Date: t.Format(time.DateOnly), Day: t.Format("2"), Chosen: d.From == chosen.From,
			Weekend: t.Weekday() == time.Saturday || t.Weekday() == time.Sunday,
		}
		var f DayFigure
		if i < len(figures) {
			f = figures[i]
		}
		c.Class = dayClass(f, d.From >= at)
		c.Title = w.dayTitle(c, f, target)
		c.Parts = dayParts(f)
		cells[i] = c
	}
	return cells
}

func dayClass(f DayFigure, ahead bool) string {
	switch {
	case ahead:
		return "ahead"
	case f.Down > 0:
		return "down"
	case f.Agreed == 0:
		return "closed"
	case f.Unknown*100 > f.Agreed:
		return "unknown"
	}
	return "up"
}

func (w words) dayTitle(c dayCell, f DayFigure, target slo.Ratio) string {
	switch {
	case c.Class == "ahead":
		return w.t("day.ahead", c.Date)
	case f.Agreed == 0:
		return w.t("day.closed", c.Date)
	case !f.Availability.Valid():
		return w.t("day.unknown", c.Date, w.dur(f.Unknown))
	}
	return w.t("day.title", c.Date, f.Availability.Figure(2, target), w.dur(f.Down), w.dur(f.Unknown))
}

// dayParts share the bar out by agreed time. What was down is never too small
// to be seen, nor is more than a little that is unknown.
func dayParts(f DayFigure) []dayPart {
	if f.Agreed <= 0 {
		return nil
	}
	share := func(d time.Duration, least float64) float64 {
		if d <= 0 {
			return 0
		}
		return max(least, dayHeight*float64(d)/float64(f.Agreed))
	}
	down := share(f.Down, 6)
	unknown := 0.0
	if f.Unknown*100 > f.Agreed {
		unknown = share(f.Unknown, 4)
	}
	unknown = min(unknown, dayHeight-down)
	up := dayHeight - down - unknown
	var parts []dayPart
	add := func(class string, y, h float64) {
		if h > 0 {
			parts = append(parts, dayPart{class, fmt.Sprintf("%.1f", y), fmt.Sprintf("%.1f", h)})
		}
	}
	add("down", 0, down)
	add("unknown", down, unknown)
	add("up", down+unknown, up)
	return parts
}
