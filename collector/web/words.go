package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// words say things in one language.
type words struct {
	lang  string
	texts texts
}

// t is the text of a key, with what it is about put in.
func (w words) t(key string, args ...any) string {
	s, ok := w.texts[key]
	if !ok {
		return key // a test holds that no page needs a key that is missing
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// n is the text of a key for a count, which is its first argument.
func (w words) n(key string, count int, args ...any) string {
	form := ".other"
	if count == 1 {
		form = ".one"
	}
	return w.t(key+form, append([]any{count}, args...)...)
}

// dur is a duration by its two largest units, rounded down: 3m 12s.
func (w words) dur(d time.Duration) string {
	if d < 0 {
		return "-" + w.dur(-d)
	}
	if 0 < d && d < time.Second {
		return w.t("unit.ms", d.Milliseconds())
	}
	units := []struct {
		key  string
		size time.Duration
	}{{"unit.d", 24 * time.Hour}, {"unit.h", time.Hour}, {"unit.m", time.Minute}, {"unit.s", time.Second}}
	for i, u := range units {
		if d < u.size && i < len(units)-1 {
			continue
		}
		s := w.t(u.key, int64(d/u.size))
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				s += w.t("unit.join") + w.t(units[i+1].key, int64(rest))
			}
		}
		return s
	}
	return ""
}

// exact is a duration to the millisecond, by all its units.
func (w words) exact(d time.Duration) string {
	if d <= 0 {
		return w.t("unit.s", 0)
	}
	var parts []string
	for _, u := range []struct {
		key  string
		size time.Duration
	}{{"unit.d", 24 * time.Hour}, {"unit.h", time.Hour}, {"unit.m", time.Minute}, {"unit.s", time.Second}, {"unit.ms", time.Millisecond}} {
		if n := int64(d / u.size); n > 0 {
			parts = append(parts, w.t(u.key, n))
			d -= time.Duration(n) * u.size
		}
	}
	return strings.Join(parts, w.t("unit.join"))
}

// latency is a duration of milliseconds with three digits or so.
func (w words) latency(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 10:
		return w.t("unit.ms_fine", ms)
	case ms < 10_000:
		return w.t("unit.ms", int64(ms+0.5))
	}
	return w.dur(d)
}

// signed is an offset of a clock, as latency has it.
func (w words) signed(d time.Duration) string {
	if d < 0 {
		return "-" + w.latency(d.Abs())
	}
	return "+" + w.latency(d)
}

// ago is how long before at an instant was.
func (w words) ago(at, i slo.Instant) string {
	if i <= slo.MinInstant || i == 0 {
		return w.t("none")
	}
	if d := at.Sub(i); d >= 0 {
		return w.t("ago", w.dur(d))
	}
	return w.t("ahead", w.dur(i.Sub(at)))
}

// state is a state's word.
func (w words) state(s slo.State) string { return w.t("state." + s.String()) }

// verdict is the verdict on an objective. In a window that runs on it may
// change, and the words say so; a rolling window always ends now.
func (w words) verdict(st *slo.ObjectiveStatus) string {
	var text string
	switch st.Verdict {
	case slo.Met:
		text = w.t("verdict.met")
	case slo.Missed:
		text = w.t("verdict.missed")
	default:
		return w.t("verdict.insufficient")
	}
	if st.At < st.Window.To {
		return w.t("verdict.so_far", text)
	}
	return text
}

// reason is what a reason means; one that we do not know is shown as it is.
func (w words) reason(r slo.Reason) string {
	if _, ok := w.texts["reason."+string(r)]; ok {
		return w.t("reason." + string(r))
	}
	return string(r)
}

// limit is what an agent runs out of; one that we do not know is shown as it is.
func (w words) limit(l slo.Limit) string {
	if _, ok := w.texts["agent.limit."+string(l)]; ok {
		return w.t("agent.limit." + string(l))
	}
	return clean(string(l), 40)
}

// window is an objective window in words.
func (w words) window(win slo.Window) string {
	if win.Rolling > 0 {
		return w.t("window.rolling", w.dur(win.Rolling))
	}
	return w.t("window." + win.Period.String())
}

// list joins names.
func (w words) list(names []string) string { return strings.Join(names, w.t("list.join")) }

// moment is an instant as a page shows it.
type moment struct {
	ISO  string // for machines
	Text string
}

// when shows an instant on the wall of a zone, to the second.
func when(zone *time.Location, i slo.Instant) moment {
	return moment{i.String(), i.In(zone).Format("2006-01-02 15:04:05")}
}

// zoneName is a zone with its offset from UTC at an instant.
func zoneName(zone *time.Location, at slo.Instant) string {
	if zone == time.UTC || zone.String() == "UTC" {
		return "UTC"
	}
	return zone.String() + " (UTC" + at.In(zone).Format("-07:00") + ")"
}
