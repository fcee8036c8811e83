package demo

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// on is an instant of a month of the year: the first is 0, and -1 is the last
// whole one. Days count from 1.
func (y *year) on(month, day, hour, minute int) slo.Instant {
	if month < 0 {
		month += y.months()
	}
	from := y.From.Time()
	return slo.At(time.Date(from.Year(), from.Month()+time.Month(month), day, hour, minute, 0, 0, time.UTC))
}

// day is a day of a month as registers write it.
func (y *year) day(month, day int) string {
	return y.on(month, day, 12, 0).Time().Format(time.DateOnly)
}

// months are how many whole ones there are.
func (y *year) months() int {
	from, to := y.From.Time(), y.To.Time()
	return (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
}

// has reports whether something may happen at an instant: not in the first hours,
// while the collector learns of everybody.
func (y *year) has(at slo.Instant) bool { return at >= y.From.Add(6*time.Hour) && at <= y.To }
