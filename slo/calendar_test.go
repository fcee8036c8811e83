package slo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func hours(from, to float64) DaySpan {
	return DaySpan{time.Duration(from * float64(time.Hour)), time.Duration(to * float64(time.Hour))}
}

func intervals(t *testing.T, ends ...string) []Interval {
	t.Helper()
	var out []Interval
	for i := 0; i < len(ends); i += 2 {
		out = append(out, interval(t, ends[i], ends[i+1]))
	}
	return out
}

func TestCalendarIntervals(t *testing.T) {
	nights := [7][]DaySpan{}
	for d := range nights {
		nights[d] = []DaySpan{hours(22, 30)} // to 06:00 of the next day
	}
	for _, c := range []struct {
		name     string
		calendar Calendar
		zone     string
		in       []string
		want     []string
	}{
		{"a night of seven hours", Calendar{Week: nights}, "Europe/Berlin",
			[]string{"2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"}, []string{"2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"}},
		{"a night of nine hours", Calendar{Week: nights}, "Europe/Berlin",
			[]string{"2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"}, []string{"2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"}},
		{"a span inside the gap never is", Calendar{Week: [7][]DaySpan{time.Sunday: {hours(2, 3)}}}, "Europe/Berlin",
			[]string{"2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"}, nil},
		{"a span inside the fold is twice", Calendar{Week: [7][]DaySpan{time.Sunday: {hours(2.25, 2.75)}}}, "Europe/Berlin",
			[]string{"2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"},
			[]string{"2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z", "2026-10-25T01:45:00Z"}},
		{"a fold of half an hour", Calendar{Week: [7][]DaySpan{time.Sunday: {hours(1, 2)}}}, "Australia/Lord_Howe",
			[]string{"2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"}, []string{"2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z"}},
		{"hours that the fold parts", Calendar{Week: [7][]DaySpan{time.Sunday: {hours(1, 1.75)}}}, "Australia/Lord_Howe",
			[]string{"2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"},
			[]string{"2026-04-04T14:00:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z"}},
		{"a midnight that never was", Calendar{Week: [7][]DaySpan{time.Sunday: {hours(0, 2)}}}, "America/Sao_Paulo",
			[]string{"2018-11-03T12:00:00Z", "2018-11-04T12:00:00Z"}, []string{"2018-11-04T03:00:00Z", "2018-11-04T04:00:00Z"}},
		{"from Saturday night over the week's end", Calendar{Week: [7][]DaySpan{time.Saturday: {hours(20, 44)}, time.Sunday: {hours(20, 24)}, time.Monday: {hours(0, 1)}}}, "Asia/Shanghai",
			[]string{"2026-11-07T00:00:00Z", "2026-11-10T00:00:00Z"}, []string{"2026-11-07T12:00:00Z", "2026-11-08T17:00:00Z"}},
		{"a holiday closes what begins on it, not what began before", Calendar{Week: nights, Holidays: map[Date]bool{{2026, 12, 25}: true}}, "UTC",
			[]string{"2026-12-24T12:00:00Z", "2026-12-26T12:00:00Z"}, []string{"2026-12-24T22:00:00Z", "2026-12-25T06:00:00Z"}},
		{"an exception beats a holiday", Calendar{Week: nights, Holidays: map[Date]bool{{2026, 12, 25}: true}, Exceptions: map[Date][]DaySpan{{2026, 12, 25}: {hours(9, 10)}}}, "UTC",
			[]string{"2026-12-25T06:00:00Z", "2026-12-26T12:00:00Z"}, []string{"2026-12-25T09:00:00Z", "2026-12-25T10:00:00Z"}},
		{"an empty exception closes the day", Calendar{Week: nights, Exceptions: map[Date][]DaySpan{{2026, 12, 24}: {}}}, "UTC",
			[]string{"2026-12-24T06:00:00Z", "2026-12-25T12:00:00Z"}, nil},
		{"overlapping and touching spans merge", Calendar{Week: [7][]DaySpan{time.Thursday: {hours(12, 14), hours(8, 10), hours(9, 12)}}}, "UTC",
			[]string{"2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"}, []string{"2026-12-24T08:00:00Z", "2026-12-24T14:00:00Z"}},
		{"cut at both ends", Calendar{Week: nights}, "UTC",
			[]string{"2026-12-24T23:00:00Z", "2026-12-25T05:00:00Z"}, []string{"2026-12-24T23:00:00Z", "2026-12-25T05:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.calendar.Zone = zone(t, c.zone)
			got := c.calendar.Intervals(interval(t, c.in[0], c.in[1]))
			if want := intervals(t, c.want...); !cmp.Equal(got, want) && len(got)+len(want) > 0 {
				t.Errorf("open %v, want %v", got, want)
			}
		})
	}
	var always *Calendar
	if v := interval(t, "2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"); !cmp.Equal(always.Intervals(v), []Interval{v}) {
		t.Error("no calendar is not all the time")
	}
}

const everyMinute, everyHour, everyDom, everyMonth, everyDow = 1<<60 - 1, 1<<24 - 1, 1<<32 - 2, 1<<13 - 2, 1<<7 - 1

func TestCronStarts(t *testing.T) {
	daily := func(h, m int) Cron {
		return Cron{Minute: 1 << m, Hour: 1 << h, Dom: everyDom, Month: everyMonth, Dow: everyDow, AnyDom: true, AnyDow: true}
	}
	friday13 := Cron{Minute: 1, Hour: 1, Dom: 1 << 13, Month: everyMonth, Dow: 1 << time.Friday}
	leap := daily(0, 0)
	leap.Dom, leap.AnyDom, leap.Month = 1<<29, false, 1<<2
	for _, c := range []struct {
		name, zone string
		cron       Cron
		from, to   string
		want       []string
	}{
		{"never inside a gap", "Europe/Berlin", daily(2, 30), "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			[]string{"2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"}},
		{"twice in a fold", "Europe/Berlin", daily(2, 30), "2026-10-24T12:00:00Z", "2026-10-26T00:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"}},
		{"twice in a fold of half an hour", "Australia/Lord_Howe", daily(1, 45), "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z",
			[]string{"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"}},
		{"a fold into the day before", "America/Sao_Paulo", daily(23, 30), "2018-02-17T12:00:00Z", "2018-02-18T12:00:00Z",
			[]string{"2018-02-18T01:30:00Z", "2018-02-18T02:30:00Z"}},
		{"no midnight, no start", "America/Sao_Paulo", daily(0, 0), "2018-11-03T12:00:00Z", "2018-11-06T00:00:00Z",
			[]string{"2018-11-05T02:00:00Z"}},
		{"the first instant counts, the last does not", "UTC", daily(1, 0), "2026-05-01T01:00:00Z", "2026-05-03T01:00:00Z",
			[]string{"2026-05-01T01:00:00Z", "2026-05-02T01:00:00Z"}},
		{"with both day fields set one suffices", "UTC", friday13, "2026-02-06T00:00:00Z", "2026-02-14T00:00:00Z",
			[]string{"2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z"}},
		{"only in leap years", "UTC", leap, "2026-01-01T00:00:00Z", "2033-01-01T00:00:00Z",
			[]string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"never", "UTC", Cron{}, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			c.cron.Starts(instant(t, c.from), instant(t, c.to), zone(t, c.zone), func(i Instant) bool {
				got = append(got, i.String())
				return true
			})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	calls := 0
	daily(1, 0).Starts(instant(t, "2026-01-01T00:00:00Z"), instant(t, "2027-01-01T00:00:00Z"), time.UTC, func(Instant) bool {
		calls++
		return calls < 3
	})
	if calls != 3 {
		t.Errorf("told to stop at the third start, it yielded %d", calls)
	}
}

func TestMaintenanceOccurrences(t *testing.T) {
	nightly := &Schedule{Cron: Cron{Minute: 1, Hour: 1 << 23, Dom: everyDom, Month: everyMonth, Dow: everyDow, AnyDom: true, AnyDow: true},
		Zone: time.UTC, For: 2 * time.Hour}
	from, to := instant(t, "2026-05-02T23:00:00Z"), instant(t, "2026-05-04T23:00:00Z")
	bounded := *nightly
	bounded.From, bounded.To = &from, &to
	once := interval(t, "2026-05-02T10:00:00Z", "2026-05-02T11:00:00Z")
	for _, c := range []struct {
		name string
		m    Maintenance
		in   []string
		want []string
	}{
		{"one that began before", Maintenance{Schedule: nightly}, []string{"2026-05-02T00:30:00Z", "2026-05-02T12:00:00Z"},
			[]string{"2026-05-01T23:00:00Z", "2026-05-02T01:00:00Z"}},
		{"one that ends where the interval begins is none", Maintenance{Schedule: nightly}, []string{"2026-05-02T01:00:00Z", "2026-05-02T12:00:00Z"}, nil},
		{"one that begins where the interval ends is none", Maintenance{Schedule: nightly}, []string{"2026-05-02T01:00:00Z", "2026-05-02T23:00:00Z"}, nil},
		{"bounds are of starts; the last runs in full", Maintenance{Schedule: &bounded}, []string{"2026-05-01T00:00:00Z", "2026-05-10T00:00:00Z"},
			[]string{"2026-05-02T23:00:00Z", "2026-05-03T01:00:00Z", "2026-05-03T23:00:00Z", "2026-05-04T01:00:00Z"}},
		{"once, whole", Maintenance{Once: &once}, []string{"2026-05-02T10:30:00Z", "2026-05-02T10:31:00Z"}, []string{"2026-05-02T10:00:00Z", "2026-05-02T11:00:00Z"}},
		{"once, elsewhere", Maintenance{Once: &once}, []string{"2026-05-02T11:00:00Z", "2026-05-02T12:00:00Z"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.m.Occurrences(interval(t, c.in[0], c.in[1]))
			if diff := cmp.Diff(intervals(t, c.want...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is announced too late, or never, is not taken out; what is beyond a
// cap counts as agreed time.
func TestMaintenanceThatCounts(t *testing.T) {
	notice := 48 * time.Hour
	day := interval(t, "2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z")
	work := interval(t, "2026-05-02T10:00:00Z", "2026-05-02T13:00:00Z")
	at := func(s string) *Instant { i := instant(t, s); return &i }
	for _, c := range []struct {
		name      string
		service   string
		announced *Instant
		notice    *time.Duration
		cap       *MaintenanceCap
		want      time.Duration
	}{
		{"no notice asked for", "s", nil, nil, nil, 3 * time.Hour},
		{"another service's", "other", nil, nil, nil, 0},
		{"never announced", "s", nil, &notice, nil, 0},
		{"announced exactly in time", "s", at("2026-04-30T10:00:00Z"), &notice, nil, 3 * time.Hour},
		{"announced a millisecond late", "s", at("2026-04-30T10:00:00.001Z"), &notice, nil, 0},
		{"capped", "s", nil, nil, &MaintenanceCap{Time: 2 * time.Hour, Per: Month}, 2 * time.Hour},
		{"a cap of nothing", "s", nil, nil, &MaintenanceCap{Per: Month}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &Agreement{Service: "s", Zone: time.UTC, MaintenanceNotice: c.notice, MaintenanceCap: c.cap}
			g := NewAgreed(a, []*Maintenance{{Services: []string{c.service}, Announced: c.announced, Once: &work}}, day)
			agreed, excluded := g.In(day)
			if excluded != c.want || agreed != 24*time.Hour-c.want {
				t.Errorf("excluded %v, agreed %v; want %v excluded", excluded, agreed, c.want)
			}
		})
	}
}

// A cap's period may begin long before the window that is asked for.
func TestCapIsSpentBeforeTheWindow(t *testing.T) {
	a := &Agreement{Service: "s", Zone: zone(t, "Europe/Berlin"), MaintenanceCap: &MaintenanceCap{Time: 3 * time.Hour, Per: Quarter}}
	early, late := interval(t, "2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z"), interval(t, "2026-03-31T20:00:00Z", "2026-04-01T01:00:00Z")
	ms := []*Maintenance{{Services: []string{"s"}, Once: &late}, {Services: []string{"s"}, Once: &early}}
	g := NewAgreed(a, ms, interval(t, "2026-03-31T00:00:00Z", "2026-04-02T00:00:00Z"))
	// An hour is left of the first quarter, which ends at 22:00 UTC; the
	// second takes its own three.
	want := intervals(t, "2026-03-31T00:00:00Z", "2026-03-31T20:00:00Z", "2026-03-31T21:00:00Z", "2026-03-31T22:00:00Z", "2026-04-01T01:00:00Z", "2026-04-02T00:00:00Z")
	if diff := cmp.Diff(want, g.Intervals(interval(t, "2026-03-31T00:00:00Z", "2026-04-02T00:00:00Z"))); diff != "" {
		t.Error(diff)
	}
}
