package catalog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

var dayNames = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} // by time.Weekday

// weekSpan is one item of a calendar's hours.
type weekSpan struct {
	days []time.Weekday
	span slo.DaySpan
}

// weekHours parses an item such as "Mon-Fri 08:00-18:00".
func (r reader) weekHours(n *yaml.Node) (weekSpan, bool) {
	s, ok := r.raw(n)
	if !ok {
		return weekSpan{}, false
	}
	days, hours, found := strings.Cut(s, " ")
	if !found {
		r.errorf(n, "", "%s is not days and hours such as \"Mon-Fri 08:00-18:00\"", quote(s))
		return weekSpan{}, false
	}
	w := weekSpan{}
	from, to, ranged := strings.Cut(days, "-")
	first, ok := r.day(n, from, 0)
	last := first
	if ok && ranged {
		last, ok = r.day(n, to, len(from)+1)
	}
	if !ok {
		return w, false
	}
	for d := first; ; d = (d + 1) % 7 {
		w.days = append(w.days, d)
		if d == last {
			break
		}
	}
	w.span, ok = r.span(n, strings.TrimLeft(hours, " "), len(s)-len(strings.TrimLeft(hours, " ")))
	return w, ok
}

// day parses the name of a day, which stands at an offset of n's value.
func (r reader) day(n *yaml.Node, s string, offset int) (time.Weekday, bool) {
	if i := slices.Index(dayNames, s); i >= 0 {
		return time.Weekday(i), true
	}
	r.errorIn(n, offset, r.suggest.hint(s, dayNames), "%s is not a day: Mon, Tue, Wed, Thu, Fri, Sat or Sun", quote(s))
	return 0, false
}

// daySpan parses a span without a day, such as "08:00-12:00".
func (r reader) daySpan(n *yaml.Node) (slo.DaySpan, bool) {
	s, ok := r.raw(n)
	if !ok {
		return slo.DaySpan{}, false
	}
	return r.span(n, s, 0)
}

// span parses "HH:MM-HH:MM", which stands at an offset of n's value. An end
// at or before the start is one of the next day.
func (r reader) span(n *yaml.Node, s string, offset int) (slo.DaySpan, bool) {
	from, to, found := strings.Cut(s, "-")
	if !found {
		r.errorIn(n, offset, "", "%s is not a span such as 08:00-18:00", quote(s))
		return slo.DaySpan{}, false
	}
	const day = 24 * time.Hour
	start, ok := r.clock(n, from, offset)
	if ok && start == day {
		r.errorIn(n, offset, "", "a span begins at 23:59 at the latest")
		ok = false
	}
	end, good := r.clock(n, to, offset+len(from)+1)
	if end <= start {
		end += day
	}
	return slo.DaySpan{From: start, To: end}, ok && good
}

// clock parses a time of day from 00:00 to 24:00.
func (r reader) clock(n *yaml.Node, s string, offset int) (time.Duration, bool) {
	if len(s) == 5 && s[2] == ':' {
		h, okH := twoDigits(s[:2])
		m, okM := twoDigits(s[3:])
		if okH && okM && m < 60 && (h < 24 || h == 24 && m == 0) {
			return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, true
		}
	}
	r.errorIn(n, offset, "", "%s is not a time of day such as 08:00, 00:00 to 24:00", quote(s))
	return 0, false
}

func twoDigits(s string) (int, bool) {
	if s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

// merged sorts the spans of a date and joins those that overlap or touch.
func merged(spans []slo.DaySpan) []slo.DaySpan {
	slices.SortFunc(spans, func(a, b slo.DaySpan) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}
