package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Period is the time that a report is about: whole days of an agreement's zone.
type Period struct {
	Label string     `json:"label"` // 2026-10, 2026-Q4, 2026 or 2026-08-01..2026-09-15
	Kind  PeriodKind `json:"kind"`
	slo.Interval
}

// PeriodKind says what a period is.
type PeriodKind string

// The kinds of period.
const (
	MonthKind   PeriodKind = "month"
	QuarterKind PeriodKind = "quarter"
	YearKind    PeriodKind = "year"
	RangeKind   PeriodKind = "range" // from a day to a day, both in it
)

const monthLayout = "2006-01"

// maxRange bounds a range: a leap year.
const maxRange = 366 // days

// ParsePeriod reads a month such as 2026-10, a quarter such as 2026-Q4, a year
// such as 2026, or a range of days such as 2026-08-01..2026-09-15, whose last
// day is in it. They begin and end at the midnights of zone. What is none of
// these, a range that ends before it begins or is longer than 366 days, and
// years outside 1900 to 2199 are errors.
func ParsePeriod(label string, zone *time.Location) (Period, error) {
	if from, to, ok := strings.Cut(label, ".."); ok {
		return rangePeriod(label, from, to, zone)
	}
	for _, k := range []struct {
		kind   PeriodKind
		window slo.Period
	}{{MonthKind, slo.Month}, {QuarterKind, slo.Quarter}, {YearKind, slo.Year}} {
		if v, err := (slo.Window{Period: k.window}).Named(label, zone); err == nil {
			return Period{label, k.kind, v}, nil
		}
	}
	return Period{}, fmt.Errorf("%.40q is no period: give a month such as 2026-10, a quarter such as 2026-Q4, a year such as 2026, or days such as 2026-08-01..2026-09-15, in the years 1900 to 2199", label)
}

func rangePeriod(label, from, to string, zone *time.Location) (Period, error) {
	day := slo.Window{Period: slo.Day}
	first, err := day.Named(from, zone)
	last, errLast := day.Named(to, zone)
	switch {
	case err != nil || errLast != nil:
		return Period{}, fmt.Errorf("%.40q is no range of days such as 2026-08-01..2026-09-15, in the years 1900 to 2199", label)
	case last.From < first.From:
		return Period{}, fmt.Errorf("the range %s ends before it begins", label)
	}
	p := Period{label, RangeKind, slo.Interval{From: first.From, To: last.To}}
	if n := len(p.days(zone)); n > maxRange {
		return Period{}, fmt.Errorf("the range %s has %d days: a report is about %d at most", label, n, maxRange)
	}
	return p, nil
}

// MonthBefore is the last month that was over at an instant: the one that a
// report made then is about.
func MonthBefore(at slo.Instant, zone *time.Location) Period {
	y, m, _ := at.In(zone).Date()
	return monthOf(y, m-1, zone)
}

// PeriodBefore is the last month, quarter or year that was over at an instant: the one
// that a report made then is about. Of another kind it is the month.
func PeriodBefore(kind PeriodKind, at slo.Instant, zone *time.Location) Period {
	switch kind {
	case QuarterKind:
		v := slo.Quarter.Holding(slo.Quarter.Holding(at, zone).From-1, zone)
		y, m, _ := v.From.In(zone).Date()
		return Period{Label: fmt.Sprintf("%d-Q%d", y, (m+2)/3), Kind: kind, Interval: v}
	case YearKind:
		v := slo.Year.Holding(slo.Year.Holding(at, zone).From-1, zone)
		return Period{Label: v.From.In(zone).Format("2006"), Kind: kind, Interval: v}
	}
	return MonthBefore(at, zone)
}

// monthOf is a month of the wall's calendar; m may lie outside 1 to 12.
func monthOf(y int, m time.Month, zone *time.Location) Period {
	middle := time.Date(y, m, 15, 12, 0, 0, 0, time.UTC)
	noon := slo.At(time.Date(middle.Year(), middle.Month(), 15, 12, 0, 0, 0, zone))
	return Period{Label: middle.Format(monthLayout), Kind: MonthKind, Interval: slo.Month.Holding(noon, zone)}
}

// back is the month n months before the one that p ends in.
func (p Period) back(n int, zone *time.Location) Period {
	y, m, _ := (p.To - 1).In(zone).Date()
	return monthOf(y, m-time.Month(n), zone)
}

// untilNow is the part of p that is over at at, whose last month is the last of
// the trend. It is p where that has not begun.
func (p Period) untilNow(at slo.Instant) Period {
	if p.From < at && at < p.To {
		p.To = at
	}
	return p
}

// in is the period of the same name on the calendar of another zone.
func (p Period) in(zone *time.Location) Period {
	if same, err := ParsePeriod(p.Label, zone); err == nil {
		return same
	}
	return p
}

// days are the days of p on the wall of zone.
func (p Period) days(zone *time.Location) []slo.Interval {
	var out []slo.Interval
	for i := p.From; i < p.To; {
		d := slo.Day.Holding(i, zone)
		out = append(out, d)
		i = d.To
	}
	return out
}

// period is a period in words: October 2026, Q4 2026, 2026, or its first and
// last day.
func (w words) period(p Period) string {
	switch p.Kind {
	case QuarterKind:
		if year, quarter, ok := strings.Cut(p.Label, "-Q"); ok {
			return w.t("period.quarter", quarter, year)
		}
	case YearKind:
		return w.t("period.year", p.Label)
	case RangeKind:
		if from, to, ok := strings.Cut(p.Label, ".."); ok {
			return w.t("span", w.date(from), w.date(to))
		}
	}
	return w.month(p.Label)
}

// date is a day such as 2026-08-01 in words, without its weekday.
func (w words) date(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return w.t("period.day", t.Day(), w.t(fmt.Sprintf("month.short.%d", int(t.Month()))), t.Year())
}
