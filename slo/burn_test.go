package slo

import (
	"math"
	"testing"
	"time"
)

// officeAccount has the service hours Mon-Fri 08:00-18:00, and the states of
// the service from some instants on.
func officeAccount(t *testing.T, target string, ms []*Maintenance, said map[string]State) *Account {
	t.Helper()
	office := &Calendar{Name: "office", Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		office.Week[d] = []DaySpan{{8 * time.Hour, 18 * time.Hour}}
	}
	a := &Agreement{Name: "g", Service: "s", Zone: time.UTC, Hours: office,
		Objectives: []Objective{{Name: "o", Target: *percents(t, target), Window: Window{Period: Month}}}}
	c := &Catalog{Probes: []*Probe{{Name: "p", Every: time.Minute, Hold: 90 * 24 * time.Hour, Confirm: 1, Locations: Locations{Min: 1}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "p"}}}, Agreements: []*Agreement{a}, Maintenances: ms}
	h := NewHistory(c)
	for at, s := range said {
		h.Add("eu-1", &Measurement{Probe: "p", Location: "eu", At: clock(t, at), Outcome: s})
	}
	h.Settle()
	return NewAccount(a, LaidOver(Interval{clock(t, "06-01 00:00"), clock(t, "08-01 00:00")}, ms), h)
}

// clock is a minute of 2026, in which 5 June and 12 June are Fridays.
func clock(t *testing.T, s string) Instant {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", "2026-"+s)
	if err != nil {
		t.Fatal(err)
	}
	return At(at)
}

// The burn clock stands outside service hours and while planned work lasts.
func TestBurnClock(t *testing.T) {
	work := []*Maintenance{{Name: "w", Services: []string{"s"}, Once: &Interval{clock(t, "06-08 09:00"), clock(t, "06-08 11:00")}}}
	friday := map[string]State{"06-01 08:00": Up, "06-05 17:30": Down, "06-05 18:00": Up} // its last half an hour
	weekend := map[string]State{"06-01 08:00": Up, "06-05 18:00": Down, "06-08 08:00": Up}
	before := map[string]State{"06-01 08:00": Up, "06-08 08:54": Down, "06-08 11:00": Up} // six minutes, and all of the work
	for _, c := range []struct {
		name         string
		ms           []*Maintenance
		said         map[string]State
		at           string
		hour, minute float64 // the share of the last hour and of the last five minutes that was bad
	}{
		{"at the end of Friday", nil, friday, "06-05 18:00", 0.5, 1},
		{"on Saturday the clock stands", nil, friday, "06-06 12:00", 0.5, 1},
		{"Monday's first five minutes and Friday's last 55", nil, friday, "06-08 08:05", 30.0 / 60, 0},
		{"half of it is behind", nil, friday, "06-08 08:45", 15.0 / 60, 0},
		{"all of it is", nil, friday, "06-08 09:00", 0, 0},
		{"a weekend down burns nothing", nil, weekend, "06-08 08:05", 0, 0},
		{"planned work stops the clock", work, before, "06-08 10:59", 6.0 / 60, 1},
		{"and it goes on behind it", work, before, "06-08 11:04", 6.0 / 60, 1.0 / 5},
		{"before the terms nothing is bad", nil, map[string]State{"06-01 08:00": Down}, "06-01 08:03", 3.0 / 60, 3.0 / 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			acc := officeAccount(t, "90", c.ms, c.said)
			got := acc.BurnRates(&acc.Agreement.Objectives[0], clock(t, c.at), []time.Duration{5 * time.Minute, time.Hour})
			if math.Abs(got[0].Rate-10*c.minute) > 1e-9 || math.Abs(got[1].Rate-10*c.hour) > 1e-9 {
				t.Errorf("burns at %v and %v, want %v and %v", got[0].Rate, got[1].Rate, 10*c.minute, 10*c.hour)
			}
		})
	}
}

// Coverage of the recent past counts agreed time, and misses nothing that
// nobody asked for.
func TestRecentCoverage(t *testing.T) {
	silence := map[string]State{"06-01 08:00": Up, "06-05 17:30": Unknown, "06-08 08:00": Up}
	never := map[string]State{}
	for _, c := range []struct {
		name  string
		said  map[string]State
		since string
		at    string
		want  Fraction // in minutes
	}{
		{"all is known", silence, "06-01 00:00", "06-05 17:30", Fraction{60, 60}},
		{"half an hour is not", silence, "06-01 00:00", "06-05 18:00", Fraction{30, 60}},
		{"a silent weekend misses nothing more", silence, "06-01 00:00", "06-08 08:00", Fraction{30, 60}},
		{"on Monday it goes on", silence, "06-01 00:00", "06-08 08:40", Fraction{40, 60}},
		{"before anybody asked", never, "06-05 17:50", "06-05 18:00", Fraction{50, 60}},
		{"nothing is known", never, "06-01 00:00", "06-05 18:00", Fraction{0, 60}},
		{"before the terms began", never, "05-01 00:00", "06-01 08:15", Fraction{45, 60}},
	} {
		acc := officeAccount(t, "90", nil, c.said)
		got := acc.RecentCoverage(&acc.Agreement.Objectives[0], clock(t, c.at), time.Hour, clock(t, c.since))
		if got.Part*c.want.Whole != c.want.Part*got.Whole {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	acc := officeAccount(t, "90", nil, map[string]State{"06-01 08:00": Up, "06-05 17:30": Down})
	acc.Agreement.MinimumOutage = 2 * time.Hour
	acc.Update("s", Touched{everything, everything})
	if got := acc.RecentCoverage(&acc.Agreement.Objectives[0], clock(t, "06-05 18:00"), time.Hour, MinInstant); got.Part != got.Whole {
		t.Errorf("downtime that may be too short is known to be down: %+v", got)
	}
}
