package report

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

func TestParsePeriodOfMonths(t *testing.T) {
	for _, c := range []struct {
		label, zone, from, to string
		hours                 float64
		days                  int
	}{
		{"2026-10", "UTC", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 744, 31},
		{"2026-10", "Europe/Berlin", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", 745, 31},
		{"2026-03", "Europe/Berlin", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", 743, 31},
		{"2028-02", "Asia/Shanghai", "2028-02-01T00:00:00+08:00", "2028-03-01T00:00:00+08:00", 696, 29},
		{"2023-10", "America/Asuncion", "2023-10-01T01:00:00-03:00", "2023-11-01T00:00:00-03:00", 743, 31}, // begins in a gap
		{"2026-11", "America/Havana", "2026-11-01T00:00:00-04:00", "2026-12-01T00:00:00-05:00", 721, 30},   // its midnight comes twice
		{"2011-12", "Pacific/Apia", "2011-12-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00", 720, 30},     // it has no 30th
	} {
		z := zone(t, c.zone)
		p := month(t, c.label, z)
		if p.From != instant(t, c.from) || p.To != instant(t, c.to) || p.Label != c.label {
			t.Errorf("%s in %s is %+v", c.label, c.zone, p)
		}
		if got := p.Length().Hours(); got != c.hours {
			t.Errorf("%s in %s has %v hours, not %v", c.label, c.zone, got, c.hours)
		}
		days := p.days(z)
		if len(days) != c.days || days[0].From != p.From || days[len(days)-1].To != p.To {
			t.Errorf("%s in %s has the days %v", c.label, c.zone, days)
		}
		for i := 1; i < len(days); i++ {
			if days[i].From != days[i-1].To {
				t.Errorf("%s in %s: day %d begins at %v, the one before ends at %v", c.label, c.zone, i+1, days[i].From, days[i-1].To)
			}
		}
	}
}

func TestParsePeriod(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		label    string
		kind     PeriodKind
		from, to string
		days     int
		en, zh   string
	}{
		{"2026-10", MonthKind, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", 31, "October 2026", "2026年10月"},
		{"2026-Q3", QuarterKind, "2026-07-01T00:00:00+02:00", "2026-10-01T00:00:00+02:00", 92, "Q3 2026", "2026年第3季度"},
		{"2028", YearKind, "2028-01-01T00:00:00+01:00", "2029-01-01T00:00:00+01:00", 366, "2028", "2028年"},
		{"2026-08-01..2026-09-15", RangeKind, "2026-08-01T00:00:00+02:00", "2026-09-16T00:00:00+02:00", 46, "1 Aug 2026 – 15 Sep 2026", "2026年8月1日 – 2026年9月15日"},
		{"2026-10-25..2026-10-25", RangeKind, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 1, "25 Oct 2026 – 25 Oct 2026", "2026年10月25日 – 2026年10月25日"},
	} {
		p := month(t, c.label, berlin)
		if p.Kind != c.kind || p.From != instant(t, c.from) || p.To != instant(t, c.to) || len(p.days(berlin)) != c.days {
			t.Errorf("%s is %+v", c.label, p)
		}
		if en, zh := English.words().period(p), Chinese.words().period(p); en != c.en || zh != c.zh {
			t.Errorf("%s is %q and %q in words", c.label, en, zh)
		}
	}
	for _, bad := range []string{
		"", "2026-13", "2026-1", "2026-10-01", "26-10", "2026-10 ", "1899-12", "2200-01", "oct 2026", "1899", "2026-Q5", "2026-q1", "2026-W41",
		"..", "2026-08-01..", "..2026-08-01", "2026-08..2026-09", "2026-09-15..2026-08-01", "2026-01-01..2027-01-02", "1899-12-31..1900-01-02", "2026-02-30..2026-03-01",
	} {
		if p, err := ParsePeriod(bad, time.UTC); err == nil {
			t.Errorf("%q is %v, not an error", bad, p)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026-10", "2026-Q3", "2026", "2026-08-01..2026-09-15", "2026-09-15..2026-08-01", "..", "9999"} {
		f.Add(s)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s, berlin)
		if err == nil && (p.Empty() || p.Label != s || len(p.days(berlin)) > maxRange || p.back(0, berlin).To < p.To) {
			t.Errorf("%q is %+v", s, p)
		}
	})
}

func TestMonthBefore(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for at, want := range map[string]string{
		"2026-11-01T07:00:00+01:00": "2026-10",
		"2026-11-01T00:00:00+01:00": "2026-10",
		"2026-10-31T23:59:59+01:00": "2026-09",
		"2027-01-31T12:00:00+01:00": "2026-12",
		"2026-03-31T12:00:00+02:00": "2026-02",
	} {
		if got := MonthBefore(instant(t, at), berlin).Label; got != want {
			t.Errorf("at %s the month before is %s, not %s", at, got, want)
		}
	}
}

func TestBack(t *testing.T) {
	p := month(t, "2026-02", time.UTC)
	for _, label := range []string{"2026-01-09..2026-02-03", "2026-02-28..2026-02-28"} {
		if got := month(t, label, time.UTC).back(0, time.UTC); got != p {
			t.Errorf("%s ends in %+v", label, got)
		}
	}
	if got := p.back(2, time.UTC); got != month(t, "2025-12", time.UTC) {
		t.Errorf("two months before February 2026 is %+v", got)
	}
}

// TestTrendOfARunningYear ends in the present month, not in December.
func TestTrendOfARunningYear(t *testing.T) {
	for at, want := range map[string][2]string{
		"2026-11-30T18:00:00+01:00": {"2025-12", "2026-11"},
		"2026-01-02T00:00:00+01:00": {"2025-02", "2026-01"},
		"2027-01-02T00:00:00+01:00": {"2026-01", "2026-12"},
	} {
		in := goldInputOf(t, "2026")
		in.At = instant(t, at)
		if v, oldest := Cover(in.Agreement, in.Period), month(t, want[0], in.Agreement.Zone); v.From > oldest.From {
			t.Errorf("the books begin on %s, the trend at %s in %s", v.From, at, want[0])
		}
		if r := Build(in); r.Months[0] != want[0] || r.Months[TrendMonths-1] != want[1] {
			t.Errorf("at %s the trend is of %s to %s, not of %s to %s", at, r.Months[0], r.Months[TrendMonths-1], want[0], want[1])
		}
	}
}

func TestEvaluations(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	p := month(t, "2026-10", berlin)
	over := instant(t, "2026-11-01T07:00:00+01:00")
	within := instant(t, "2026-10-14T12:00:00+02:00")
	for _, c := range []struct {
		name   string
		window slo.Window
		at     slo.Instant
		n      int
		first  string // window
		last   string
		known  slo.Instant
	}{
		{"month", slo.Window{Period: slo.Month}, over, 1, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", over},
		{"month in progress", slo.Window{Period: slo.Month}, within, 1, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", within},
		{"days", slo.Window{Period: slo.Day}, over, 31, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", over},
		{"days in progress", slo.Window{Period: slo.Day}, within, 14, "2026-10-01T00:00:00+02:00", "2026-10-15T00:00:00+02:00", within},
		{"weeks that end in the month", slo.Window{Period: slo.Week}, over, 4, "2026-09-28T00:00:00+02:00", "2026-10-26T00:00:00+01:00", over},
		{"quarter in its first month", slo.Window{Period: slo.Quarter}, over, 1, "2026-10-01T00:00:00+02:00", "2027-01-01T00:00:00+01:00", p.To},
		{"year", slo.Window{Period: slo.Year}, over, 1, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00", p.To},
		{"rolling", slo.Window{Rolling: 24 * time.Hour}, over, 1, "2026-10-31T00:00:00+01:00", "2026-11-01T00:00:00+01:00", over},
	} {
		o := &slo.Objective{Window: c.window}
		got := Evaluations(o, p, berlin, c.at)
		if len(got) != c.n {
			t.Errorf("%s: %d evaluations, not %d", c.name, len(got), c.n)
			continue
		}
		first, last := o.Window.At(got[0].Window, berlin), o.Window.At(got[c.n-1].Window, berlin)
		if first.From != instant(t, c.first) || last.To != instant(t, c.last) || got[0].Known != c.known {
			t.Errorf("%s: from %v to %v with what is known at %v", c.name, first, last, got[0].Known)
		}
	}
	for label, want := range map[string]int{"2026-Q3": 3, "2026": 12, "2026-07-10..2026-07-20": 1, "2026-07-10..2026-08-20": 1, "2026-07-10..2026-09-30": 3} {
		if got := Evaluations(&slo.Objective{Window: slo.Window{Period: slo.Month}}, month(t, label, berlin), berlin, instant(t, "2027-02-01T00:00:00Z")); len(got) != want {
			t.Errorf("%s asks for %d months, not %d", label, len(got), want)
		}
	}
	sept := month(t, "2026-09", berlin)
	if got := Evaluations(&slo.Objective{Window: slo.Window{Period: slo.Quarter}}, sept, berlin, over); got[0].Known != over {
		t.Errorf("a quarter that ends with the month is asked for with what is known at %v", got[0].Known)
	}
	if got := Evaluations(&slo.Objective{Window: slo.Window{Period: slo.Day}}, p, berlin, sept.From); len(got) != 1 {
		t.Errorf("of a month that has not begun: %v", got)
	}
}

// Every day and every week is in the report of exactly one month.
func TestEvaluationsPartition(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/Asuncion", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		o := &slo.Objective{Window: slo.Window{Period: rapid.SampledFrom([]slo.Period{slo.Day, slo.Week}).Draw(t, "window")}}
		y, m := rapid.IntRange(1990, 2036).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
		last := slo.Instant(0)
		for i := range 4 {
			p := monthOf(y, m+time.Month(i), z)
			for _, e := range Evaluations(o, p, z, p.To.Add(1000*time.Hour)) {
				v := o.Window.At(e.Window, z)
				if last != 0 && v.From != last {
					t.Fatalf("a window of %s begins at %v, the one before ended at %v", p.Label, v.From, last)
				}
				if v.To <= p.From || v.To > p.To {
					t.Fatalf("the window %v does not end in %+v", v, p)
				}
				last = v.To
			}
		}
	})
}

// A report on more than a month lists every month of it, and lays its days out
// in strips instead of a calendar.
func TestLongPeriods(t *testing.T) {
	for _, label := range []string{"2026-Q3", "2026", "2026-08-20..2026-10-07"} {
		r := Build(goldInputOf(t, label))
		for _, l := range Languages() {
			sameFigures(t, r, l)
		}
		if r.Identity.Period.Label != label || FileName(r) != "gold-"+label {
			t.Errorf("%s is called %s", label, FileName(r))
		}
	}
	r := Build(goldInputOf(t, "2026-Q3"))
	if o := r.Objectives[0]; o.Windows == nil || len(o.Windows.List) != 3 || r.Months[TrendMonths-1] != "2026-09" || len(r.Days) != 92 {
		t.Errorf("the quarter has %+v, months to %s, %d days", o.Windows, r.Months[TrendMonths-1], len(r.Days))
	}
	var text strings.Builder
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Service report, Q3 2026", "August 2026 ····························■··", "down for 19 min 30 s, on 1 day", "lowest of 3 months"} {
		if !contains(text.String(), want) {
			t.Errorf("the quarter does not say %q:\n%s", want, text.String())
		}
	}
}

// The period before is over, and its label names it.
func TestPeriodBefore(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		kind     PeriodKind
		at, want string
	}{
		{MonthKind, "2026-11-01T07:00:00+01:00", "2026-10"},
		{QuarterKind, "2026-10-01T00:00:00+02:00", "2026-Q3"},
		{QuarterKind, "2026-09-30T23:59:59+02:00", "2026-Q2"},
		{QuarterKind, "2026-01-05T07:00:00+01:00", "2025-Q4"},
		{YearKind, "2026-12-31T23:30:00+01:00", "2025"},
		{YearKind, "2025-12-31T23:00:00Z", "2025"}, // it is 2026 in Berlin
	} {
		at := instant(t, c.at)
		got := PeriodBefore(c.kind, at, berlin)
		if named := month(t, c.want, berlin); got != named || got.To > at {
			t.Errorf("the %s before %s is %+v, not %+v", c.kind, c.at, got, named)
		}
	}
}
