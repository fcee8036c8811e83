package slo

import (
	"testing"
	"time"
)

func TestWindowNamed(t *testing.T) {
	for _, c := range []struct {
		text     string
		window   Window
		from, to string // "" where the text is no name
	}{
		{"2026-10-25", Window{Period: Day}, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"2026-W01", Window{Period: Week}, "2025-12-28T23:00:00Z", "2026-01-04T23:00:00Z"},
		{"2026-W53", Window{Period: Week}, "2026-12-27T23:00:00Z", "2027-01-03T23:00:00Z"},
		{"2027-W53", Window{Period: Week}, "", ""},
		{"2026-W00", Window{Period: Week}, "", ""},
		{"2026-W+1", Window{Period: Week}, "", ""},
		{"2026-10", Window{Period: Month}, "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"},
		{"2026-13", Window{Period: Month}, "", ""},
		{"2026", Window{Period: Month}, "", ""},
		{"2026-Q4", Window{Period: Quarter}, "2026-09-30T22:00:00Z", "2026-12-31T23:00:00Z"},
		{"2026-Q5", Window{Period: Quarter}, "", ""},
		{"2026-10", Window{Period: Quarter}, "", ""},
		{"2026", Window{Period: Year}, "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"},
		{"1026", Window{Period: Year}, "", ""},
		{"2026-10", Window{Rolling: 30 * 24 * time.Hour}, "", ""},
		{"", Window{Period: Day}, "", ""},
	} {
		got, err := c.window.Named(c.text, zone(t, "Europe/Berlin"))
		if c.from == "" {
			if err == nil {
				t.Errorf("%q of a %s is %v", c.text, c.window, got)
			}
			continue
		}
		if want := interval(t, c.from, c.to); err != nil || got != want {
			t.Errorf("%q of a %s: %v, %v; want %v", c.text, c.window, got, err, want)
		}
		if again := c.window.At(got.To, zone(t, "Europe/Berlin")); again != got {
			t.Errorf("%q ends at %v, whose window is %v", c.text, got.To, again)
		}
		if name := c.window.Name(got, zone(t, "Europe/Berlin")); name != c.text {
			t.Errorf("the window of %q is called %q", c.text, name)
		}
	}
}

func TestWindowAsked(t *testing.T) {
	const end, at = "2026-10-20T06:00:00Z", "2026-10-21T00:00:00Z"
	rolling, month := Window{Rolling: time.Hour}, Window{Period: Month}
	for _, c := range []struct {
		text   string
		window Window
		want   string // "" where it is refused
	}{
		{"", rolling, at}, {end, rolling, end}, {end, month, end}, {"2026-10", month, "2026-11-01T00:00:00Z"},
		{"2026-10", rolling, ""}, {"2026-10-20T06", month, ""}, {"today", month, ""},
	} {
		got, err := c.window.Asked(c.text, time.UTC, instant(t, at))
		if c.want == "" {
			if err == nil {
				t.Errorf("%q of a %s is %v", c.text, c.window, got)
			}
		} else if err != nil || got != instant(t, c.want) {
			t.Errorf("%q of a %s: %v, %v; want %v", c.text, c.window, got, err, c.want)
		}
	}
	if name := rolling.Name(interval(t, at, end), time.UTC); name != end {
		t.Errorf("a rolling window is called %q", name)
	}
}
