package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// texts are everything that a report says in one language, by key.
type texts map[string]string

// words put a report into one language.
type words struct{ texts texts }

// t is the text of a key with its arguments put in.
func (w words) t(key string, args ...any) string {
	s, ok := w.texts[key]
	if !ok {
		return key // a test holds that no report needs a key that is missing
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// n is the text of a key for a count, which is its first argument. A language
// without a singular has only the form for many.
func (w words) n(key string, count int, args ...any) string {
	form := key + ".other"
	if _, ok := w.texts[key+".one"]; ok && count == 1 {
		form = key + ".one"
	}
	return w.t(form, append([]any{count}, args...)...)
}

// list joins names.
func (w words) list(names []string) string { return strings.Join(names, w.t("list.join")) }

// length is a length of time by its two largest units, rounded half up to the
// smaller: 1 h 12 min, 26 s, 350 ms.
func (w words) length(m Milliseconds) string {
	d := time.Duration(m) * time.Millisecond
	if d > 0 && d < time.Second {
		return w.t("unit.ms", int64(m))
	}
	units := []struct {
		key  string
		size time.Duration
	}{{"unit.d", 24 * time.Hour}, {"unit.h", time.Hour}, {"unit.min", time.Minute}, {"unit.s", time.Second}}
	for i, u := range units {
		small := units[min(i+1, len(units)-1)]
		r := (d + small.size/2) / small.size * small.size
		if r < u.size && i < len(units)-1 {
			continue
		}
		s := w.t(u.key, int64(r/u.size))
		if rest := r % u.size; i < len(units)-1 && rest > 0 {
			s += w.t("unit.join") + w.t(small.key, int64(rest/small.size))
		}
		return s
	}
	return ""
}

// percent puts the sign behind a figure; a figure that is missing is a dash.
func (w words) percent(f *Figure) string {
	if f == nil {
		return w.t("none")
	}
	return w.t("percent", f.Shown)
}

// month is the name of a month such as 2026-10.
func (w words) month(label string) string {
	t, err := time.Parse(monthLayout, label)
	if err != nil {
		return label
	}
	return w.t("month.year", w.t(fmt.Sprintf("month.%d", int(t.Month()))), t.Year())
}

// window is an objective's window in words.
func (w words) window(o *Objective) string {
	if o.Rolling > 0 {
		return w.t("window.rolling", w.length(o.Rolling))
	}
	return w.t("window." + o.Window)
}

// verdict is a verdict in words.
func (w words) verdict(v Verdict, soFar bool) string {
	s := w.t("verdict." + string(v))
	if soFar && v != Insufficient {
		s = w.t("so_far", s)
	}
	return s
}

// mark is the shape of a verdict: the same as in the charts, and told apart
// without colour.
func (w words) mark(v Verdict) string { return w.t("mark." + string(v)) }

// reason is what a reason means; one that is not known is shown as it is.
func (w words) reason(r slo.Reason) string {
	if s, ok := w.texts["reason."+string(r)]; ok {
		return s
	}
	return clean(string(r), 60)
}

// outcome says in a few words what became of the objectives.
func (w words) outcome(s *Summary) string {
	all := s.Met + s.Missed + s.Insufficient
	var out string
	switch {
	case all == 0:
		return w.t("outcome.none")
	case s.Missed > 0 && all == 1:
		out = w.t("outcome.missed_it")
	case s.Missed > 0:
		out = w.n("outcome.missed", s.Missed, all)
	case s.Insufficient == all:
		return w.t("outcome.insufficient")
	case s.Insufficient > 0:
		out = w.n("outcome.some", s.Met, all)
	default:
		out = w.n("outcome.met", all)
	}
	if s.SoFar {
		out = w.t("so_far", out)
	}
	return out
}

// creditOf is a credit in percent, with the amount where a fee is agreed.
func (w words) creditOf(c Credit) string {
	s := w.t("percent", c.Percent)
	if c.Amount != "" {
		s = w.t("credit.amount", s, c.Amount, c.Currency)
	}
	return s
}

// credits says what is owed.
func (w words) credits(s *Summary) string {
	switch {
	case !s.Earns:
		return w.t("credit.not_agreed")
	case len(s.Credits) == 0 && s.Unsettled:
		return w.t("credit.unsettled")
	case len(s.Credits) == 0:
		return w.t("credit.nothing")
	}
	most := s.Credits[0]
	out := w.creditOf(most)
	if len(s.Credits) > 1 {
		out = w.n("credit.several", len(s.Credits))
	}
	return out
}

// clock puts instants on the wall of the agreement's zone.
type clock struct {
	w      words
	zone   *time.Location
	offset int // of most of the period, in seconds; another is always shown
	always bool
	year   int
}

func newClock(w words, zone *time.Location, p Period) clock {
	from, to := p.From.In(zone), (p.To - 1).In(zone)
	_, a := from.Zone()
	_, b := to.Zone()
	return clock{w: w, zone: zone, offset: a, always: a != b, year: from.Year()}
}

// day is a date: Wed 14 Oct, with the year where it is not the period's.
func (c clock) day(i slo.Instant) string {
	t := i.In(c.zone)
	s := c.w.t("date", c.w.t(fmt.Sprintf("weekday.%d", int(t.Weekday()))), t.Day(), c.w.t(fmt.Sprintf("month.short.%d", int(t.Month()))))
	if t.Year() != c.year {
		s = c.w.t("date.year", s, t.Year())
	}
	return s
}

// time is a time of day to the second, with the offset from UTC where the
// month has more than one or this is not the month's.
func (c clock) time(i slo.Instant) string {
	t := i.In(c.zone)
	s := t.Format("15:04:05")
	if _, off := t.Zone(); c.always || off != c.offset {
		s += "\u00a0" + t.Format("-07:00")
	}
	return s
}

// moment is a date and a time.
func (c clock) moment(i slo.Instant) string { return c.w.t("moment", c.day(i), c.time(i)) }

// dates is a window by its days: its first and its last.
func (c clock) dates(v slo.Interval) string {
	from, to := c.day(v.From), c.day(v.To-1)
	if from == to {
		return from
	}
	return c.w.t("span", from, to)
}

// zoneName is the zone with the offsets that hold in the period.
func (c clock) zoneName(p Period) string {
	name := c.zone.String()
	first := p.From.In(c.zone)
	if name == "UTC" {
		return name
	}
	s := c.w.t("zone", name, first.Format("-07:00"))
	if last := (p.To - 1).In(c.zone); c.always {
		change, _ := last.ZoneBounds()
		s = c.w.t("zone.change", name, first.Format("-07:00"), last.Format("-07:00"), c.day(slo.At(change)), c.time(slo.At(change)))
	}
	return s
}
