package slo

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Named is the window that a text names: 2026-10-05 of days, 2026-W41 of weeks
// (ISO 8601), 2026-10 of months, 2026-Q4 of quarters, 2026 of years, in zone.
// Rolling windows have no names: they are told by the instant that they end at.
func (w Window) Named(text string, zone *time.Location) (Interval, error) {
	if w.Rolling > 0 {
		return Interval{}, fmt.Errorf("windows of %s end at an instant, such as 2026-10-01T00:00:00Z; %q is none", w, text)
	}
	d, ok := w.Period.firstDay(text)
	if !ok || d.Year < 1900 || d.Year >= 2200 {
		return Interval{}, fmt.Errorf("%q is not a %s such as %s, nor an instant such as 2026-10-01T00:00:00Z", text, w, periodExamples[w.Period])
	}
	from, to := w.Period.around(d)
	return Interval{instantOf(wallOf(from), zone), instantOf(wallOf(to), zone)}, nil
}

// Asked is the instant by which At finds the window that a text asks for: one
// that it names, as Named has them, or the one that holds the instant just
// before a given one. "" asks for the window at an instant.
func (w Window) Asked(text string, zone *time.Location, at Instant) (Instant, error) {
	switch {
	case text == "":
		return at, nil
	case strings.Contains(text, "T"):
		return ParseInstant(text)
	}
	v, err := w.Named(text, zone)
	return v.To, err
}

// Name is the text that Asked takes for a window in zone.
func (w Window) Name(v Interval, zone *time.Location) string {
	t := v.From.In(zone)
	switch {
	case w.Rolling > 0:
		return v.To.String()
	case w.Period == Day:
		return t.Format("2006-01-02")
	case w.Period == Week:
		year, week := t.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case w.Period == Month:
		return t.Format("2006-01")
	case w.Period == Quarter:
		return fmt.Sprintf("%04d-Q%d", t.Year(), (int(t.Month())+2)/3)
	}
	return t.Format("2006")
}

var periodExamples = [...]string{Day: "2026-10-05", Week: "2026-W41", Month: "2026-10", Quarter: "2026-Q4", Year: "2026"}

// firstDay is a day of the period that text names.
func (p Period) firstDay(text string) (Date, bool) {
	year, n, _ := strings.Cut(text, "-")
	switch p {
	case Day:
		return parsed("2006-01-02", text)
	case Month:
		return parsed("2006-01", text)
	case Year:
		return parsed("2006", text)
	case Quarter:
		d, ok := parsed("2006", year)
		ok = ok && len(n) == 2 && n[0] == 'Q' && n[1] >= '1' && n[1] <= '4'
		if ok {
			d.Month = time.Month(3*int(n[1]-'1') + 1)
		}
		return d, ok
	}
	d, ok := parsed("2006", year)
	number, isWeek := strings.CutPrefix(n, "W")
	week, err := strconv.Atoi(number)
	if !ok || !isWeek || err != nil || len(number) != 2 || !digits(number) {
		return Date{}, false
	}
	day := time.Date(d.Year, time.January, 4+7*(week-1), 0, 0, 0, 0, time.UTC) // 4 January lies in week 1
	if y, w := day.ISOWeek(); y != d.Year || w != week {
		return Date{}, false
	}
	return Date{day.Year(), day.Month(), day.Day()}, true
}

// parsed reads a date by a layout of package time.
func parsed(layout, text string) (Date, bool) {
	t, err := time.Parse(layout, text)
	y, m, d := t.Date()
	return Date{y, m, d}, err == nil
}
