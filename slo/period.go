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

// Holding returns the period that holds i, in zone. One period begins where
// the one before ends: where the wall shows the midnight between them twice,
// that is the first time.
func (p Period) Holding(i Instant, zone *time.Location) Interval {
	y, m, d := i.In(zone).Date()
	from, to := p.around(Date{y, m, d})
	if next := instantOf(wallOf(to), zone); i >= next {
		from, to = p.around(to)
	}
	return Interval{instantOf(wallOf(from), zone), instantOf(wallOf(to), zone)}
}

// around is the first day of the period that holds d, and of the next.
func (p Period) around(d Date) (from, to Date) {
	switch p {
	case Week:
		d.Day -= (int(wallOf(d).weekday()) + 6) % 7 // days since Monday
		return d, Date{d.Year, d.Month, d.Day + 7}
	case Month:
		return Date{d.Year, d.Month, 1}, Date{d.Year, d.Month + 1, 1}
	case Quarter:
		first := d.Month - (d.Month-1)%3
		return Date{d.Year, first, 1}, Date{d.Year, first + 3, 1}
	case Year:
		return Date{d.Year, 1, 1}, Date{d.Year + 1, 1, 1}
	}
	return d, Date{d.Year, d.Month, d.Day + 1}
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
