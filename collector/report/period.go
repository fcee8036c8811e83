package report

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Period is the time that a report is about.
type Period struct {
	Label string `json:"label"` // 2006-01
	slo.Interval
}

const monthLayout = "2006-01"

// MonthPeriod reads a month such as 2026-10, which begins and ends at the
// midnights of zone. Months outside the years 1900 to 2199 are errors.
func MonthPeriod(label string, zone *time.Location) (Period, error) {
	t, err := time.Parse(monthLayout, label)
	if err != nil || t.Format(monthLayout) != label {
		return Period{}, fmt.Errorf("%.40q is not a month such as 2026-10", label)
	}
	if t.Year() < 1900 || t.Year() > 2199 {
		return Period{}, fmt.Errorf("%q is outside the years 1900 to 2199", label)
	}
	return monthOf(t.Year(), t.Month(), zone), nil
}

// MonthBefore is the last month that was over at an instant: the one that a
// report made then is about.
func MonthBefore(at slo.Instant, zone *time.Location) Period {
	y, m, _ := at.In(zone).Date()
	return monthOf(y, m-1, zone)
}

// monthOf is a month of the wall's calendar; m may lie outside 1 to 12.
func monthOf(y int, m time.Month, zone *time.Location) Period {
	middle := time.Date(y, m, 15, 12, 0, 0, 0, time.UTC)
	noon := slo.At(time.Date(middle.Year(), middle.Month(), 15, 12, 0, 0, 0, zone))
	return Period{Label: middle.Format(monthLayout), Interval: slo.Month.Holding(noon, zone)}
}

// back is the month n months before p.
func (p Period) back(n int, zone *time.Location) Period {
	t, _ := time.Parse(monthLayout, p.Label)
	return monthOf(t.Year(), t.Month()-time.Month(n), zone)
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
