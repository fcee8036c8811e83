package evidence

import (
	"errors"
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Period is what a pack is about: whole months in a time zone.
type Period struct {
	slo.Interval
	Months []Month
	Year   slo.Interval // the twelve months that end with it, or all of a longer one
}

// Month is one of its months.
type Month struct {
	Label string // 2026-10
	slo.Interval
}

// MaxMonths bounds a period.
const MaxMonths = 36

// monthLayout is how a month is written.
const monthLayout = "2006-01"

// NewPeriod is the period from one month to another, both included and written
// as 2026-10, in a zone that is the same on every machine.
func NewPeriod(from, to string, zone *time.Location) (Period, error) {
	if zone == time.Local {
		return Period{}, errors.New("the time zone Local is another one on each machine: name it, such as Europe/Berlin")
	}
	first, err := time.ParseInLocation(monthLayout, from, zone)
	if err != nil {
		return Period{}, fmt.Errorf("%q is no month, such as 2026-10", from)
	}
	last, err := time.ParseInLocation(monthLayout, to, zone)
	if err != nil {
		return Period{}, fmt.Errorf("%q is no month, such as 2026-10", to)
	}
	if last.Before(first) {
		return Period{}, fmt.Errorf("the period ends with %s, before it begins with %s", to, from)
	}
	var p Period
	for m := first; !m.After(last); m = m.AddDate(0, 1, 0) {
		if len(p.Months) == MaxMonths {
			return Period{}, fmt.Errorf("the period has more than %d months", MaxMonths)
		}
		v := slo.Interval{From: slo.At(m), To: slo.At(m.AddDate(0, 1, 0))}
		p.Months = append(p.Months, Month{m.Format(monthLayout), v})
	}
	p.Interval = slo.Interval{From: p.Months[0].From, To: p.Months[len(p.Months)-1].To}
	p.Year = slo.Interval{From: min(p.From, slo.At(last.AddDate(0, -11, 0))), To: p.To}
	if p.From < slo.MinInstant || p.To > slo.MaxInstant {
		return Period{}, fmt.Errorf("the period lies outside the years 1900 to 2200")
	}
	return p, nil
}

// LastMonths fills in what is not said of a period: it ends with the last month
// that is over at an instant, and has three months. What it cannot read, it
// leaves as it is.
func LastMonths(from, to string, zone *time.Location, at slo.Instant) (string, string) {
	if to == "" {
		y, m, _ := at.In(zone).Date()
		to = time.Date(y, m-1, 1, 0, 0, 0, 0, zone).Format(monthLayout)
	}
	if last, err := time.ParseInLocation(monthLayout, to, zone); err == nil && from == "" {
		from = last.AddDate(0, -2, 0).Format(monthLayout)
	}
	return from, to
}
