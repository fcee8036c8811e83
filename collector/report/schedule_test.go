package report

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

func schedule(t testing.TB, s string) slo.Cron {
	t.Helper()
	c, err := catalog.ParseCron(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ name, cron, zone, after, want string }{
		{"monthly", "0 7 1 * *", "Europe/Berlin", "2026-10-03T00:00:00Z", "2026-11-01T07:00:00+01:00"},
		{"not itself", "0 7 1 * *", "Europe/Berlin", "2026-11-01T07:00:00+01:00", "2026-12-01T07:00:00+01:00"},
		{"a millisecond before", "0 7 1 * *", "Europe/Berlin", "2026-11-01T06:59:59.999+01:00", "2026-11-01T07:00:00+01:00"},
		{"in a gap", "30 2 29 3 *", "Europe/Berlin", "2026-03-01T00:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"in a gap at midnight of the first", "0 0 1 * *", "America/Asuncion", "2023-09-10T00:00:00Z", "2023-10-01T01:00:00-03:00"},
		{"twice on the wall, the first counts", "30 1 1 * *", "America/New_York", "2026-10-10T00:00:00Z", "2026-11-01T01:30:00-04:00"},
		{"twice on the wall, not again", "30 1 1 * *", "America/New_York", "2026-11-01T01:30:00-04:00", "2026-12-01T01:30:00-05:00"},
		{"between the two", "30 1 1 * *", "America/New_York", "2026-11-01T01:10:00-05:00", "2026-12-01T01:30:00-05:00"},
		{"twice on the wall in the east", "30 2 25 10 *", "Europe/Berlin", "2026-10-01T00:00:00Z", "2026-10-25T02:30:00+02:00"},
		{"twice on the wall in the east, not again", "30 2 25 10 *", "Europe/Berlin", "2026-10-25T02:30:00+02:00", "2027-10-25T02:30:00+02:00"},
		{"half an hour twice", "45 1 5 4 *", "Australia/Lord_Howe", "2026-04-01T00:00:00Z", "2026-04-05T01:45:00+11:00"},
		{"a day that was never", "0 12 * * *", "Pacific/Apia", "2011-12-29T23:00:00-10:00", "2011-12-31T00:00:00+14:00"},
		{"leap day", "0 6 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T06:00:00Z"},
	} {
		got, ok := Next(schedule(t, c.cron), zone(t, c.zone), instant(t, c.after))
		if !ok || got != instant(t, c.want) {
			t.Errorf("%s: after %s comes %v (%v), not %s", c.name, c.after, got, ok, c.want)
		}
	}
	if got, ok := Next(schedule(t, "0 6 29 2 *"), time.UTC, instant(t, "2097-01-01T00:00:00Z")); ok {
		t.Errorf("a leap day within five years of 2097: %v", got) // 2100 has none
	}
}

func TestDue(t *testing.T) {
	c, berlin := schedule(t, "0 7 1 * *"), zone(t, "Europe/Berlin")
	last, at := instant(t, "2026-08-01T07:00:00+02:00"), instant(t, "2026-11-01T07:00:00+01:00")
	var months []string
	for {
		start, ok := Due(c, berlin, last, at)
		if !ok {
			break
		}
		months = append(months, MonthBefore(start, berlin).Label)
		last = start
	}
	if len(months) != 3 || months[0] != "2026-08" || months[2] != "2026-10" {
		t.Errorf("after three months away, the reports of %v are due", months)
	}
	if start, ok := Due(c, berlin, last, at.Add(24*time.Hour)); ok {
		t.Errorf("due again at %v", start)
	}
}

// In a zone whose clock never jumps, Next is what robfig/cron says.
func TestNextLikeCron(t *testing.T) {
	crons := []string{"0 7 1 * *", "*/7 3-5 * * Mon", "15 10 13 * 5", "0 0 31 * *", "59 23 29 2 *", "1 2 */3 6 *"}
	shanghai := zone(t, "Asia/Shanghai") // since 1992
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(crons).Draw(t, "cron")
		c, err := catalog.ParseCron(s)
		if err != nil {
			t.Fatal(err)
		}
		want, err := cron.ParseStandard(s)
		if err != nil {
			t.Fatal(err)
		}
		after := slo.Instant(rapid.Int64Range(800_000_000_000, 3_000_000_000_000).Draw(t, "after"))
		got, ok := Next(c, shanghai, after)
		if next := slo.At(want.Next(after.In(shanghai))); !ok || got != next {
			t.Fatalf("%s after %v: %v (%v), not %v", s, after, got, ok, next)
		}
	})
}

// Every start shows the schedule's minute on the wall, or ends a gap that the
// minute lies in, and no minute of the schedule is without its start.
func TestNextOnEveryWall(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "America/Asuncion", "Australia/Lord_Howe", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		c := slo.Cron{Minute: 1 << minute, Hour: 1 << hour, Dom: ^uint64(0), Month: ^uint64(0), Dow: ^uint64(0), AnyDom: true, AnyDow: true}
		day := time.Date(rapid.IntRange(2015, 2030).Draw(t, "year"), 1, 1, 12, 0, 0, 0, z)
		at := slo.At(day)
		for range 366 {
			day = day.AddDate(0, 0, 1)
			next, ok := Next(c, z, at)
			if !ok {
				t.Fatalf("nothing after %v", at)
			}
			local := next.In(z)
			if d := day.YearDay(); hour >= 12 { // the first start lies on the day itself
				d = day.AddDate(0, 0, -1).YearDay()
				if hour == 12 && minute == 0 {
					d = day.YearDay()
				}
				if local.YearDay() != d {
					t.Fatalf("after %v comes %v, not a start of day %d", at, local, d)
				}
			} else if local.YearDay() != d {
				t.Fatalf("after %v comes %v, not a start of day %d", at, local, d)
			}
			if shown := local.Hour()*60 + local.Minute(); shown != hour*60+minute {
				begin, _ := local.ZoneBounds()
				if !begin.Equal(local) || shown < hour*60+minute {
					t.Fatalf("%02d:%02d starts at %v", hour, minute, local)
				}
			}
			at = next
		}
	})
}
