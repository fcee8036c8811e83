package slo

import (
	"iter"
	"time"
)

// wall is what a clock on the wall reads, in milliseconds since it would have
// read 1970-01-01 00:00: a naive time, without zone. Calendars are written in
// wall time; pieces of constant offset turn it into instants.
type wall int64

const (
	wallMinute wall = 60_000
	wallHour        = 60 * wallMinute
	wallDay         = 24 * wallHour
)

// quarter is a quarter of an hour.
const quarter Instant = 15 * 60_000

// wallOf is what the wall reads at the midnight that begins d.
func wallOf(d Date) wall {
	return wall(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).UnixMilli())
}

// time is w as a UTC time that has the wall's reading.
func (w wall) time() time.Time { return time.UnixMilli(int64(w)).UTC() }

// date is the day that the wall shows.
func (w wall) date() Date {
	y, m, d := w.time().Date()
	return Date{y, m, d}
}

// floorDay is the midnight at or before w.
func (w wall) floorDay() wall {
	r := w % wallDay
	if r < 0 {
		r += wallDay
	}
	return w - r
}

// weekday is the day of the week that the wall shows.
func (w wall) weekday() time.Weekday { return w.time().Weekday() }

// piece is a stretch of time in which a zone's offset from UTC is constant.
type piece struct {
	Interval
	offset wall
}

func (p piece) wall(i Instant) wall    { return wall(i) + p.offset }
func (p piece) instant(w wall) Instant { return Instant(w - p.offset) }

// pieces cuts v at the clock changes of zone, in order.
func pieces(v Interval, zone *time.Location) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for from := v.From; from < v.To; {
			t := from.In(zone)
			_, off := t.Zone()
			to := v.To
			if _, end := t.ZoneBounds(); !end.IsZero() {
				to = min(to, At(end))
			}
			if to <= from {
				// On the last day of leap years beyond a zone's tables the
				// library's end is not after its beginning. Clocks change on
				// the quarter of an hour there, so look again at the next.
				to = min(v.To, from-from%quarter+quarter)
			}
			if !yield(piece{Interval{from, to}, wall(off) * 1000}) {
				return
			}
			from = to
		}
	}
}

// instantOf is the first instant at which a clock in zone reads w or later:
// a reading that the clock jumps over begins when the jump does, one that it
// shows twice begins the first time.
func instantOf(w wall, zone *time.Location) Instant {
	const slack = 48 * wallHour // no zone is further than this from UTC, jumps included
	around := Interval{Instant(w - slack), Instant(w + slack)}
	for p := range pieces(around, zone) {
		if p.wall(p.To) > w {
			return max(p.From, p.instant(w))
		}
	}
	return around.To
}
