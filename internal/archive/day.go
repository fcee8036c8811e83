package archive

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Day is a day in UTC, written 2026-10-01. Days compare as strings.
type Day string

const (
	dayFormat = "2006-01-02"
	dayLength = 24 * time.Hour
)

// DayOf returns the UTC day that holds i.
func DayOf(i slo.Instant) Day { return Day(i.Time().Format(dayFormat)) }

// ParseDay reads a day such as 2026-10-01, from 1900 to 2200.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(dayFormat, s)
	if err != nil || slo.At(t) < slo.MinInstant || slo.At(t) > slo.MaxInstant {
		return "", fmt.Errorf("%q is not a day such as 2026-10-01", s)
	}
	return Day(s), nil
}

// Start is the first instant of the day. A Day that ParseDay would refuse
// starts at 1970.
func (d Day) Start() slo.Instant {
	t, err := time.Parse(dayFormat, string(d))
	if err != nil {
		return 0
	}
	return slo.At(t)
}

// End is the first instant after the day.
func (d Day) End() slo.Instant { return d.Start().Add(dayLength) }

// MaxLate is how long before its receipt a row may lie and still be filed
// under its own day. What lies further back, and what is quarantined, is filed
// under the day of its receipt: a wrong clock must not litter the archive with
// a file for each day of three centuries.
const MaxLate = 400 * dayLength

// dayNumber is the number, since 1970, of the day under which e is filed.
func dayNumber(e *slo.Entry) int64 {
	at := e.At()
	if e.Quarantined() || e.Received.Sub(at) > MaxLate {
		at = e.Received
	}
	return floorDiv(int64(at), dayLength.Milliseconds())
}

// dayNumbered is the Day of a number that dayNumber gave.
func dayNumbered(n int64) Day { return DayOf(slo.Instant(n * dayLength.Milliseconds())) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
