package catalog

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// maxDuration bounds every duration of a catalogue: ten years.
const maxDuration = 3660 * 24 * time.Hour

var (
	durationPart = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,9})?)(ns|us|µs|μs|ms|s|m|h|d)`)
	bareNumber   = regexp.MustCompile(`^[0-9]+$`)
)

// ParseDuration reads a duration of Go's syntax that may also count in days
// of 24 hours: 30s, 1h30m, 7d, 1d12h. It is never negative, at most ten
// years, and in whole milliseconds.
func ParseDuration(s string) (time.Duration, error) {
	switch {
	case s == "0":
		return 0, nil
	case bareNumber.MatchString(s):
		return 0, fmt.Errorf("%s lacks a unit: write %ss for seconds", quote(s), s)
	case strings.HasPrefix(s, "-"):
		return 0, fmt.Errorf("%s is negative", quote(s))
	}
	var sum time.Duration
	for rest := s; rest != "" || s == ""; {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%s is not a duration such as 30s, 5m, 1h30m or 7d", quote(s))
		}
		rest = rest[len(m[0]):]
		part, err := durationOf(m[1], m[2])
		if err != nil || part > maxDuration || sum+part > maxDuration {
			return 0, fmt.Errorf("%s is longer than ten years", quote(s))
		}
		sum += part
	}
	if sum%time.Millisecond != 0 {
		return 0, fmt.Errorf("%s is finer than a millisecond", quote(s))
	}
	return sum, nil
}

// durationOf reads one number with its unit.
func durationOf(number, unit string) (time.Duration, error) {
	if unit != "d" {
		return time.ParseDuration(number + unit)
	}
	h, err := time.ParseDuration(number + "h")
	return 24 * min(h, maxDuration), err
}

// FormatDuration writes d as ParseDuration reads it, in the fewest and
// largest units that are exact: 1d12h, 90s as 1m30s, 0s.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	s := ""
	if d >= day {
		s = fmt.Sprintf("%dd", d/day)
		d %= day
	}
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if d >= u.size {
			s += fmt.Sprintf("%d%s", d/u.size, u.name)
			d %= u.size
		}
	}
	if s == "" {
		return "0s"
	}
	return s
}

// duration returns a parser of durations from lo to hi.
func (r reader) duration(lo, hi time.Duration) func(*yaml.Node) (time.Duration, bool) {
	return parsed(r, func(s string) (time.Duration, error) {
		d, err := ParseDuration(s)
		switch {
		case err != nil:
			return 0, err
		case d < lo && d == 0:
			return 0, fmt.Errorf("a duration of 0 where at least %s is needed", FormatDuration(lo))
		case d < lo:
			return 0, fmt.Errorf("%s is shorter than %s", s, FormatDuration(lo))
		case d > hi:
			return 0, fmt.Errorf("%s is longer than %s", s, FormatDuration(hi))
		}
		return d, nil
	})
}
