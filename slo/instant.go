package slo

import (
	"fmt"
	"math"
	"time"
)

// Instant is a point in time in whole milliseconds since the Unix epoch (UTC).
// Every comparison and sum in this package is made on integers; a time of day
// exists only at the edges, where calendars and people are.
type Instant int64

// Instants that bound every real one: no measurement and no window lies
// outside [MinInstant, MaxInstant] (the years 1900 to 2200).
var (
	MinInstant = At(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC))
	MaxInstant = At(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
)

// At converts t, rounding down to the millisecond.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// ParseInstant reads an RFC 3339 time with any offset and rounds it down to
// the millisecond. Times before 1900 or after 2200 are errors.
func ParseInstant(s string) (Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !strictRFC3339(s) {
		return 0, fmt.Errorf("%q is not an RFC 3339 time such as 2026-10-01T00:00:00Z", s)
	}
	i := At(t)
	if i < MinInstant || i > MaxInstant {
		return 0, fmt.Errorf("%q is outside the years 1900 to 2200", s)
	}
	return i, nil
}

// strictRFC3339 refuses what time.Parse takes beyond RFC 3339: an hour of one
// digit, a comma before the fraction, offsets of a day and more.
func strictRFC3339(s string) bool {
	if n := len(s); s[n-1] != 'Z' && (s[n-5:n-3] > "23" || s[n-2:] > "59") {
		return false
	}
	return s[13] == ':' && s[19] != ','
}

// Time returns i as a time in UTC.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// In returns i as a time in loc.
func (i Instant) In(loc *time.Location) time.Time { return time.UnixMilli(int64(i)).In(loc) }

// Add returns i+d, with d cut to whole milliseconds.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Milliseconds()) }

// maxDuration is the longest time.Duration in whole milliseconds, 292 years.
const maxDuration = Instant(math.MaxInt64 / int64(time.Millisecond))

// Sub returns i-j, at most what a time.Duration holds (292 years) either way.
func (i Instant) Sub(j Instant) time.Duration {
	return time.Duration(min(max(i-j, -maxDuration), maxDuration)) * time.Millisecond
}

// String is RFC 3339 in UTC, with milliseconds only where there are any.
func (i Instant) String() string { return i.Time().Format("2006-01-02T15:04:05.999Z07:00") }

// MarshalText is String.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText is ParseInstant.
func (i *Instant) UnmarshalText(b []byte) error {
	p, err := ParseInstant(string(b))
	if err == nil {
		*i = p
	}
	return err
}

// Interval is the half-open time [From, To).
type Interval struct {
	From Instant `json:"from"`
	To   Instant `json:"to"`
}

// Length is To-From, never negative.
func (v Interval) Length() time.Duration { return max(0, v.To.Sub(v.From)) }

// Contains reports whether i lies in [From, To).
func (v Interval) Contains(i Instant) bool { return v.From <= i && i < v.To }

// Intersect returns the part of v inside w; it is empty where they are apart.
func (v Interval) Intersect(w Interval) Interval {
	r := Interval{max(v.From, w.From), min(v.To, w.To)}
	r.To = max(r.From, r.To)
	return r
}

// Empty reports whether v holds no instant.
func (v Interval) Empty() bool { return v.To <= v.From }
