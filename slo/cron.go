package slo

import (
	"math/bits"
	"time"
)

// Cron is a parsed five-field cron expression: one bit for each allowed
// value. It matches wall-clock minutes; robfig/cron/v3 defines the syntax, and
// this type the meaning in zones whose clocks jump.
type Cron struct {
	Minute, Hour, Dom, Month, Dow uint64 // bits 0-59, 0-23, 1-31, 1-12, 0-6 (Sunday is 0)
	// AnyDom and AnyDow say that the field was a star: with a star in either,
	// both day fields must match; with none, one of them suffices.
	AnyDom, AnyDow bool
}

// Starts calls yield with each instant in [from, to) at which a clock on the
// wall in zone shows a matching minute at its zeroth second: never inside a
// gap that the clock jumps over, twice in an hour that it repeats. It stops
// when yield returns false.
func (c Cron) Starts(from, to Instant, zone *time.Location, yield func(Instant) bool) {
	for p := range pieces(Interval{from, to}, zone) {
		first := p.wall(p.From)
		for day := first.floorDay(); day < p.wall(p.To); day += wallDay {
			if !c.day(day) {
				continue
			}
			for h := c.Hour; h != 0; h &= h - 1 {
				for m := c.Minute; m != 0; m &= m - 1 {
					w := day + wall(bits.TrailingZeros64(h))*wallHour + wall(bits.TrailingZeros64(m))*wallMinute
					if i := p.instant(w); p.Contains(i) && !yield(i) {
						return
					}
				}
			}
		}
	}
}

// day reports whether the date of w matches.
func (c Cron) day(w wall) bool {
	t := w.time()
	if c.Month&(1<<uint(t.Month())) == 0 {
		return false
	}
	dom := c.Dom&(1<<uint(t.Day())) != 0
	dow := c.Dow&(1<<uint(t.Weekday())) != 0
	if c.AnyDom || c.AnyDow {
		return dom && dow
	}
	return dom || dow
}
