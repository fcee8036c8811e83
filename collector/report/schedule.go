package report

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// farAhead is how far Next looks: the same as robfig/cron/v3, past every
// schedule but one for 29 February around a year such as 2100.
const farAhead = 5 * 366 * 24 * time.Hour

// Next is the first start of a schedule after an instant; false where there is
// none within five years. Each minute that the schedule names has exactly one
// start: one that the clock on the wall of zone jumps over starts when the
// jump does, and one that it shows twice starts the first time. A maintenance
// window (slo.Cron.Starts) may be skipped by the clock; a report may not.
func Next(c slo.Cron, zone *time.Location, after slo.Instant) (slo.Instant, bool) {
	wall := wallOf(after, zone) // later starts have later readings: onWall is monotonic
	var next slo.Instant
	found := false
	c.Starts(wall, min(wall.Add(farAhead), slo.MaxInstant), time.UTC, func(w slo.Instant) bool {
		next = onWall(w, zone)
		found = next > after
		return !found
	})
	return next, found
}

// onWall is the first instant at which a clock in zone reads w or later.
func onWall(w slo.Instant, zone *time.Location) slo.Instant {
	u := w.Time()
	t := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), 0, 0, zone)
	begin, end := t.ZoneBounds()
	switch shown := wallOf(slo.At(t), zone); {
	case shown > w: // t lies behind the gap
		return slo.At(begin)
	case shown < w: // t lies before it
		return slo.At(end)
	case !begin.IsZero():
		_, before := slo.At(begin).Add(-time.Millisecond).In(zone).Zone()
		if first := w.Add(-time.Duration(before) * time.Second); first < slo.At(begin) {
			return first
		}
	}
	return slo.At(t)
}

// wallOf is what a clock in zone reads, as if it were in UTC.
func wallOf(i slo.Instant, zone *time.Location) slo.Instant {
	_, offset := i.In(zone).Zone()
	return i.Add(time.Duration(offset) * time.Second)
}

// Due is the first start of the schedule in (last, at], if there is one. A
// collector that was away for months finds one start after the other and
// misses no report: each is about the month before its own start.
func Due(c slo.Cron, zone *time.Location, last, at slo.Instant) (slo.Instant, bool) {
	next, ok := Next(c, zone, last)
	return next, ok && next <= at
}
