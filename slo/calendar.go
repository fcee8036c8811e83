package slo

import (
	"slices"
	"time"
)

// Intervals returns when the calendar is open inside v: sorted, apart, merged.
// An instant is inside when a clock on the wall there reads within a span, so
// a day of 23 or 25 hours has its real length. A nil calendar is always open.
func (c *Calendar) Intervals(v Interval) []Interval {
	if c == nil {
		return []Interval{v}
	}
	var open []Interval
	for p := range pieces(v, c.Zone) {
		from, to := p.wall(p.From), p.wall(p.To)
		for day := from.floorDay() - wallDay; day < to; day += wallDay {
			for _, s := range c.spans(day) {
				span := Interval{p.instant(day + wallSince(s.From)), p.instant(day + wallSince(s.To))}
				if in := span.Intersect(p.Interval); !in.Empty() {
					open = append(open, in)
				}
			}
		}
	}
	return union(open)
}

// OpenWeek is how much of an ordinary week the calendar is open, holidays,
// exceptions and changes of the clock left aside: 168 hours of a nil one.
func (c *Calendar) OpenWeek() time.Duration {
	const day, week = Instant(24 * 60 * 60 * 1000), 7 * Instant(24*60*60*1000)
	if c == nil {
		return week.Sub(0)
	}
	var open []Interval
	for weekday, spans := range c.Week {
		for _, s := range spans {
			from := Instant(weekday) * day
			span := Interval{from.Add(s.From), from.Add(s.To)}
			open = append(open, span, Interval{span.From - week, span.To - week}) // Saturday may run into Sunday
		}
	}
	var sum time.Duration
	for _, v := range union(open) {
		sum += v.Intersect(Interval{0, week}).Length()
	}
	return sum
}

func wallSince(d time.Duration) wall { return wall(d.Milliseconds()) }

// spans are the open hours that begin on a day: an exception beats a holiday,
// which beats the week.
func (c *Calendar) spans(day wall) []DaySpan {
	date := day.date()
	if s, ok := c.Exceptions[date]; ok {
		return s
	}
	if c.Holidays[date] {
		return nil
	}
	return c.Week[day.weekday()]
}

// union sorts vs and merges those that overlap or touch, in place.
func union(vs []Interval) []Interval {
	slices.SortFunc(vs, func(a, b Interval) int { return int(a.From - b.From) })
	out := vs[:0]
	for _, v := range vs {
		if n := len(out); n > 0 && v.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, v.To)
			continue
		}
		out = append(out, v)
	}
	return out
}
