package catalog

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

var shorthand = regexp.MustCompile(`^([1-9][0-9]{0,6})([mhdwMQY])$`)

// span is OpenSLO's duration-shorthand: a number of minutes (m), hours, days,
// weeks, months (M), quarters or years.
type span struct {
	n    int
	unit string
}

func parseSpan(s string) (span, error) {
	m := shorthand.FindStringSubmatch(s)
	if m == nil {
		return span{}, fmt.Errorf("%s is not a duration of OpenSLO such as 5m, 12h, 28d, 4w, 1M, 1Q or 1Y", quote(s))
	}
	n, err := strconv.Atoi(m[1])
	return span{n, m[2]}, err
}

// length returns how long a span is, and false for those of the calendar and
// those of more than ten years.
func (s span) length() (time.Duration, bool) {
	const day = 24 * time.Hour
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day}[s.unit]
	if unit == 0 || s.n > int(maxDuration/unit) {
		return 0, false
	}
	return time.Duration(s.n) * unit, true
}

// openSLOWindow reads a list of one time window; zone is that of the calendar.
func (r reader) openSLOWindow(n *yaml.Node, zone **time.Location) (slo.Window, bool) {
	w, read := slo.Window{}, 0
	_, ok := list(r, n, "timeWindow", 1, func(n *yaml.Node) (bool, bool) {
		read++
		var ok bool
		w, ok = r.timeWindow(n, zone)
		return ok, ok
	})
	if ok && read == 0 {
		r.errorf(deref(n), "", "timeWindow is empty: it holds one window")
	}
	return w, ok && read == 1
}

func (r reader) timeWindow(n *yaml.Node, zone **time.Location) (slo.Window, bool) {
	f, ok := r.fields(n, "a timeWindow", "duration", "isRolling", "calendar")
	if !ok {
		return slo.Window{}, false
	}
	length := f.need("duration")
	var s span
	fine := set(&s, length, parsed(r, parseSpan))
	rolling := false
	fine = (!f.has("isRolling") || set(&rolling, f.get("isRolling"), r.boolean)) && fine
	c := f.get("calendar")
	switch {
	case rolling && f.has("calendar"):
		f.refuse("has no place in a rolling window", "calendar")
		return slo.Window{}, false
	case !rolling && !f.has("calendar"):
		r.errorf(f.node, "", "a timeWindow is rolling (isRolling: true) or has a calendar")
		return slo.Window{}, false
	case !rolling && c == nil || !fine:
		return slo.Window{}, false
	case !rolling:
		return r.calendarWindow(s, length, c, zone)
	}
	d, fixed := s.length()
	if !fixed {
		r.errorf(length, "write days, such as 30d, or give it a calendar", "a rolling window of %s cannot be honoured: it has no fixed length of at most ten years", length.Value)
	}
	return slo.Window{Rolling: d}, fixed
}

// calendarWindow reads where windows of the calendar begin, which must be where
// ours do.
func (r reader) calendarWindow(s span, length, calendar *yaml.Node, zone **time.Location) (slo.Window, bool) {
	f, ok := r.fields(calendar, "calendar", "startTime", "timeZone")
	if !ok {
		return slo.Window{}, false
	}
	fine := set(zone, f.need("timeZone"), r.timezone)
	var start time.Time
	at := f.need("startTime")
	fine = set(&start, at, parsed(r, func(s string) (time.Time, error) {
		t, err := time.Parse(time.DateTime, s)
		if err != nil {
			err = fmt.Errorf("%s is not a time such as 2026-01-01 00:00:00", quote(s))
		}
		return t, err
	})) && fine
	period, ok := map[span]slo.Period{{1, "d"}: slo.Day, {1, "w"}: slo.Week, {1, "M"}: slo.Month, {1, "Q"}: slo.Quarter, {1, "Y"}: slo.Year}[s]
	switch {
	case !ok:
		r.errorf(length, "", "windows of %s by the calendar cannot be honoured: 1d, 1w, 1M, 1Q and 1Y can", length.Value)
		return slo.Window{}, false
	case !fine:
		return slo.Window{}, false
	case period.Holding(slo.At(start)+1, time.UTC).From != slo.At(start): // the wall clock, as if it were UTC
		r.errorf(at, "", "windows that begin at %s cannot be honoured: a %s begins at its first midnight%s", at.Value, period,
			map[slo.Period]string{slo.Week: ", on Monday", slo.Quarter: ", in January, April, July or October"}[period])
		return slo.Window{}, false
	}
	return slo.Window{Period: period}, true
}

// sliceWindow parses the length of a time slice, in minutes where it is a bare
// number.
func (r reader) sliceWindow(n *yaml.Node) (time.Duration, bool) {
	return parsed(r, func(s string) (time.Duration, error) {
		text := s
		if bareNumber.MatchString(s) {
			text += "m"
		}
		v, err := parseSpan(text)
		if err != nil {
			return 0, err
		}
		d, fixed := v.length()
		if !fixed {
			return 0, fmt.Errorf("slices of %s cannot be honoured: they have no fixed length of at most ten years", s)
		}
		return d, nil
	})(n)
}

// latencyValue returns a parser of a number in a unit, ms or s.
func (r reader) latencyValue(unit string) func(*yaml.Node) (time.Duration, bool) {
	return parsed(r, func(s string) (time.Duration, error) {
		d, err := ParseDuration(s + unit)
		if err != nil || d < time.Millisecond || d > maxLatency {
			return 0, fmt.Errorf("%s %s is not a latency: whole milliseconds, 1 ms to %s", quote(s), unit, FormatDuration(maxLatency))
		}
		return d, nil
	})
}
