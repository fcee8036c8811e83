package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func instant(t testing.TB, s string) Instant {
	t.Helper()
	i, err := ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func interval(t testing.TB, from, to string) Interval {
	t.Helper()
	return Interval{instant(t, from), instant(t, to)}
}

func TestWindowAt(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		window     Window
		at         string
		from, to   string
	}{
		{"the day of 23 hours", "Europe/Berlin", Window{Period: Day}, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"the day of 25 hours", "Europe/Berlin", Window{Period: Day}, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"half an hour more", "Australia/Lord_Howe", Window{Period: Day}, "2026-04-05T00:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
		{"a day that begins at one", "America/Sao_Paulo", Window{Period: Day}, "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"an evening shown twice", "America/Sao_Paulo", Window{Period: Day}, "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		{"a midnight shown twice begins a day once", "America/St_Johns", Window{Period: Day}, "2010-11-07T03:00:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
		{"a month across a jump", "Africa/Cairo", Window{Period: Month}, "2026-04-30T00:00:00Z", "2026-03-31T22:00:00Z", "2026-04-30T21:00:00Z"},
		{"weeks begin on Monday", "Asia/Shanghai", Window{Period: Week}, "2026-11-01T15:59:00Z", "2026-10-25T16:00:00Z", "2026-11-01T16:00:00Z"},
		{"a week over the year's end", "UTC", Window{Period: Week}, "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		{"the instant just before counts", "UTC", Window{Period: Month}, "2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"},
		{"a millisecond later it is the next", "UTC", Window{Period: Month}, "2026-11-01T00:00:00.001Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"},
		{"a quarter across a jump", "Europe/Berlin", Window{Period: Quarter}, "2026-03-31T12:00:00Z", "2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z"},
		{"the last quarter", "UTC", Window{Period: Quarter}, "2026-12-31T12:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"a leap year", "UTC", Window{Period: Year}, "2028-02-29T12:00:00Z", "2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z"},
		{"the day after the one that never was", "Pacific/Apia", Window{Period: Day}, "2011-12-30T10:30:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"rolling time ends at the instant", "Europe/Berlin", Window{Rolling: 24 * time.Hour}, "2026-03-29T12:00:00Z", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := c.window.At(instant(t, c.at), zone(t, c.zone)), interval(t, c.from, c.to); got != want {
				t.Errorf("%v %v at %s: %v, want %v", c.window, c.zone, c.at, got, want)
			}
		})
	}
}

// Periods of one kind lie one behind the other, each holds its instants, and
// none is longer than the calendar lets it be.
func TestPeriodsPartitionTime(t *testing.T) {
	longest := map[Period]time.Duration{Day: 25 * time.Hour, Week: 169 * time.Hour, Month: 745 * time.Hour, Quarter: 93 * 24 * time.Hour, Year: 367 * 24 * time.Hour}
	rapid.Check(t, func(t *rapid.T) {
		j := rapid.SampledFrom(jumps).Draw(t, "jump")
		z, err := time.LoadLocation(j.zone)
		if err != nil {
			t.Fatal(err)
		}
		i := At(j.at).Add(time.Duration(rapid.Int64Range(-3*86400_000, 3*86400_000).Draw(t, "ms")) * time.Millisecond)
		p := rapid.SampledFrom([]Period{Day, Week, Month, Quarter, Year}).Draw(t, "period")
		v := p.Holding(i, z)
		if !v.Contains(i) || v.Length() > longest[p] {
			t.Fatalf("the %v of %v is %v", p, i, v)
		}
		if w := p.Holding(v.From, z); w != v {
			t.Fatalf("the %v of %v begins at %v, but that one's %v is %v", p, i, v.From, p, w)
		}
		if w := p.Holding(v.To-1, z); w != v {
			t.Fatalf("the %v of %v ends at %v, but before that one's %v is %v", p, i, v.To, p, w)
		}
		if w := p.Holding(v.To, z); w.From != v.To {
			t.Fatalf("the %v after %v is %v", p, v, w)
		}
	})
}

func TestPeriodAndWindowNames(t *testing.T) {
	for want, w := range map[string]Window{
		"quarter": {Period: Quarter}, "30d": {Rolling: 30 * 24 * time.Hour}, "36h0m0s": {Rolling: 36 * time.Hour},
	} {
		if got := w.String(); got != want {
			t.Errorf("%+v is written %q, want %q", w, got, want)
		}
	}
	if got := Period(9).String(); got != "period(9)" {
		t.Error(got)
	}
}
