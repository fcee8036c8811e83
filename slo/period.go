package slo

import (
	"fmt"
	"time"
)

var periodNames = [...]string{Day: "day", Week: "week", Month: "month", Quarter: "quarter", Year: "year"}

// String is day, week, month, quarter or year.
func (p Period) String() string {
	if int(p) < len(periodNames) {
		return periodNames[p]
	}
	return fmt.Sprintf("period(%d)", uint8(p))
}

// ParsePeriod reads what String writes.
func ParsePeriod(s string) (Period, bool) {
	for i, n := range periodNames {
		if n == s {
			return Period(i), true
		}
	}
	return 0, false
}

// Holding returns the period that holds i, in zone.
func (p Period) Holding(i Instant, zone *time.Location) Interval {
	y, m, d := i.In(zone).Date()
	from, to := Date{y, m, d}, Date{y, m, d + 1}
	switch p {
	case Week:
		d -= (int(i.In(zone).Weekday()) + 6) % 7 // days since Monday
		from, to = Date{y, m, d}, Date{y, m, d + 7}
	case Month:
		from, to = Date{y, m, 1}, Date{y, m + 1, 1}
	case Quarter:
		m -= (m - 1) % 3
		from, to = Date{y, m, 1}, Date{y, m + 3, 1}
	case Year:
		from, to = Date{y, 1, 1}, Date{y + 1, 1, 1}
	}
	v := Interval{instantOf(wallOf(from), zone), instantOf(wallOf(to), zone)}
	if i < v.From || i >= v.To { // a midnight that the wall shows twice
		return Interval{min(v.From, i), max(v.To, i+1)}
	}
	return v
}

// At returns the window that holds the instant just before i; a rolling one
// ends at i.
func (w Window) At(i Instant, zone *time.Location) Interval {
	if w.Rolling > 0 {
		return Interval{i.Add(-w.Rolling), i}
	}
	return w.Period.Holding(i-1, zone)
}

// String is the period's name, or the rolling length.
func (w Window) String() string {
	if w.Rolling == 0 {
		return w.Period.String()
	}
	const day = 24 * time.Hour
	if w.Rolling%day == 0 {
		return fmt.Sprintf("%dd", w.Rolling/day)
	}
	return w.Rolling.String()
}
