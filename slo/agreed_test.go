package slo

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The minute model reads each minute's wall clock from time.Time, one minute
// after the other, and knows neither pieces of constant offset nor sums.

// jump is a zone near one of its clock changes.
type jump struct {
	zone string
	at   time.Time
}

var jumps = []jump{
	{"Europe/Berlin", date(2026, 3, 29)},
	{"Europe/Berlin", date(2026, 10, 25)},
	{"Australia/Lord_Howe", date(2026, 4, 4)}, // by half an hour
	{"Australia/Lord_Howe", date(2026, 10, 3)},
	{"America/Sao_Paulo", date(2018, 2, 18)}, // at midnight, back into the day before
	{"America/Sao_Paulo", date(2018, 11, 4)}, // at midnight: the day begins at 01:00
	{"Africa/Cairo", date(2026, 4, 24)},
	{"Africa/Cairo", date(2026, 10, 29)},
	{"Asia/Shanghai", date(2026, 5, 1)},
	{"America/St_Johns", date(2010, 11, 7)}, // at 00:01: midnight comes twice
	{"Pacific/Apia", date(2011, 12, 30)},    // a day that never was
	{"UTC", date(2026, 12, 31)},
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// modelOpen reports whether the calendar's wall is inside its hours at t.
func modelOpen(c *Calendar, t time.Time) bool {
	t = t.In(c.Zone)
	now := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	for back := range 3 {
		d := time.Date(t.Year(), t.Month(), t.Day()-back, 12, 0, 0, 0, time.UTC)
		key := Date{d.Year(), d.Month(), d.Day()}
		spans := c.Week[d.Weekday()]
		if c.Holidays[key] {
			spans = nil
		}
		if e, ok := c.Exceptions[key]; ok {
			spans = e
		}
		for _, s := range spans {
			if in := now + time.Duration(back)*24*time.Hour; s.From <= in && in < s.To {
				return true
			}
		}
	}
	return false
}

// modelStarts reports whether the cron's wall matches at the minute t.
func modelStarts(c Cron, t time.Time) bool {
	has := func(set uint64, v int) bool { return set>>v&1 == 1 }
	if !has(c.Minute, t.Minute()) || !has(c.Hour, t.Hour()) || !has(c.Month, int(t.Month())) {
		return false
	}
	dom, dow := has(c.Dom, t.Day()), has(c.Dow, int(t.Weekday()))
	if c.AnyDom || c.AnyDow {
		return dom && dow
	}
	return dom || dow
}

// modelPeriod names the period of the newest date that the wall has shown.
func modelPeriod(p Period, newest time.Time) string {
	switch p {
	case Week:
		y, w := newest.ISOWeek()
		return fmt.Sprint(y, w)
	case Month:
		return newest.Format("2006-01")
	case Quarter:
		return fmt.Sprint(newest.Year(), (newest.Month()-1)/3)
	case Year:
		return newest.Format("2006")
	}
	return newest.Format("2006-01-02")
}

// minuteModel is what each minute of v counts as: 0 closed, 1 agreed, 2
// excluded. v begins with a period of the cap.
func minuteModel(a *Agreement, ms []*Maintenance, v Interval) []byte {
	maintained := map[Instant]bool{}
	for _, m := range ms {
		mark := func(from, to Instant) {
			for i := from; i < to; i += Instant(time.Minute.Milliseconds()) {
				maintained[i] = true
			}
		}
		if m.Once != nil {
			if a.noticed(m, *m.Once) {
				mark(m.Once.From, m.Once.To)
			}
			continue
		}
		s := m.Schedule
		for i := v.From.Add(-s.For); i < v.To; i = i.Add(time.Minute) {
			in := (s.From == nil || *s.From <= i) && (s.To == nil || i < *s.To)
			if in && modelStarts(s.Cron, i.In(s.Zone)) && a.noticed(m, Interval{i, i.Add(s.For)}) {
				mark(i, i.Add(s.For))
			}
		}
	}
	var out []byte
	var newest time.Time
	var period string
	var used time.Duration
	for i := v.From; i < v.To; i = i.Add(time.Minute) {
		y, m, d := i.In(a.Zone).Date()
		if day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC); day.After(newest) {
			newest = day
		}
		class := byte(0)
		if a.Hours == nil || modelOpen(a.Hours, i.Time()) {
			class = 1
		}
		if class == 1 && maintained[i] {
			if c := a.MaintenanceCap; c == nil {
				class = 2
			} else {
				if p := modelPeriod(c.Per, newest); p != period {
					period, used = p, 0
				}
				if used < c.Time {
					used += time.Minute
					class = 2
				}
			}
		}
		out = append(out, class)
	}
	return out
}

func TestAgreedAgainstWallClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := rapid.SampledFrom(jumps).Draw(t, "jump")
		z, err := time.LoadLocation(j.zone)
		if err != nil {
			t.Fatal(err)
		}
		a := &Agreement{Service: "s", Zone: z, Hours: drawCalendar(t, z, j.at)}
		if rapid.Bool().Draw(t, "capped") {
			a.MaintenanceCap = &MaintenanceCap{Time: drawMinutes(t, "cap", 0, 600), Per: rapid.SampledFrom([]Period{Day, Week, Month}).Draw(t, "per")}
		}
		if rapid.Bool().Draw(t, "noticed") {
			n := drawMinutes(t, "notice", 0, 3000)
			a.MaintenanceNotice = &n
		}
		var ms []*Maintenance
		for n := range rapid.IntRange(0, 2).Draw(t, "maintenances") {
			ms = append(ms, drawMaintenance(t, n, z, j.at))
		}
		v := Interval{At(j.at).Add(-drawMinutes(t, "before", 0, 3*1440)), At(j.at).Add(drawMinutes(t, "after", 1, 4*1440))}
		g := NewAgreed(a, ms, v)
		if g.Cover().From > v.From || g.Cover().To < v.To {
			t.Fatalf("covers %v, asked for %v", g.Cover(), v)
		}
		compareMinutes(t, g, minuteModel(a, ms, g.Cover()))
	})
}

func compareMinutes(t *rapid.T, g *Agreed, want []byte) {
	from := g.Cover().From
	minute := func(k int) Instant { return from.Add(time.Duration(k) * time.Minute) }
	for k, class := range want {
		if got := g.Agreed(minute(k)); got != (class == 1) {
			t.Fatalf("%v agreed: %v, the wall says %v", minute(k), got, class)
		}
	}
	for range 5 {
		lo := rapid.IntRange(0, len(want)).Draw(t, "lo")
		hi := rapid.IntRange(lo, len(want)).Draw(t, "hi")
		var sum [3]time.Duration
		for _, class := range want[lo:hi] {
			sum[class] += time.Minute
		}
		v := Interval{minute(lo), minute(hi)}
		if agreed, excluded := g.In(v); agreed != sum[1] || excluded != sum[2] {
			t.Fatalf("in %v: agreed %v, excluded %v; the wall says %v, %v", v, agreed, excluded, sum[1], sum[2])
		}
		var listed time.Duration
		end := MinInstant
		for _, x := range g.Intervals(v) {
			if x.Empty() || x.From <= end || x.From < v.From || x.To > v.To {
				t.Fatalf("intervals of %v: %v", v, g.Intervals(v))
			}
			listed, end = listed+x.Length(), x.To
		}
		if listed != sum[1] {
			t.Fatalf("intervals of %v last %v, want %v", v, listed, sum[1])
		}
		compareBack(t, g, want[:hi], drawMinutes(t, "back", 0, 3000))
	}
}

// compareBack walks back over the minutes, from behind the last of them.
func compareBack(t *rapid.T, g *Agreed, minutes []byte, d time.Duration) {
	k, found := len(minutes), time.Duration(0)
	for k > 0 && found < d {
		if k--; minutes[k] == 1 {
			found += time.Minute
		}
	}
	from := g.Cover().From
	behind := from.Add(time.Duration(len(minutes)) * time.Minute)
	if got, have := g.Back(behind, d); got != from.Add(time.Duration(k)*time.Minute) || have != found {
		t.Fatalf("%v back from %v is %v with %v, by the minutes %v with %v", d, behind, got, have, from.Add(time.Duration(k)*time.Minute), found)
	}
}

func TestOpenWeek(t *testing.T) {
	hours := func(from, to int) DaySpan {
		return DaySpan{time.Duration(from) * time.Hour, time.Duration(to) * time.Hour}
	}
	var office Calendar
	for d := time.Monday; d <= time.Friday; d++ {
		office.Week[d] = []DaySpan{hours(8, 18)}
	}
	for name, c := range map[string]struct {
		calendar *Calendar
		want     time.Duration
	}{
		"always":                       {nil, 168 * time.Hour},
		"office hours":                 {&office, 50 * time.Hour},
		"never":                        {&Calendar{}, 0},
		"spans that overlap":           {&Calendar{Week: [7][]DaySpan{time.Monday: {hours(8, 12), hours(10, 14)}, time.Tuesday: {hours(0, 1)}}}, 7 * time.Hour},
		"a night into the next day":    {&Calendar{Week: [7][]DaySpan{time.Monday: {hours(22, 30)}, time.Tuesday: {hours(4, 8)}}}, 10 * time.Hour},
		"the week's end into the next": {&Calendar{Week: [7][]DaySpan{time.Saturday: {hours(22, 30)}, time.Sunday: {hours(4, 8)}}}, 10 * time.Hour},
	} {
		if got := c.calendar.OpenWeek(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for _, c := range []struct {
		hours *Calendar
		w     Window
		want  time.Duration
	}{
		{nil, Window{Period: Year}, 360 * 24 * time.Hour},
		{&office, Window{Rolling: 7 * 24 * time.Hour}, 50 * time.Hour},
		{&Calendar{}, Window{Period: Week}, 7 * 24 * time.Hour}, // one of exceptions alone says nothing of it
	} {
		if got := (&Agreement{Hours: c.hours}).OrdinaryLength(c.w); got != c.want {
			t.Errorf("an ordinary %v has %v, want %v", c.w, got, c.want)
		}
	}
}

func drawMinutes(t *rapid.T, what string, lo, hi int) time.Duration {
	return time.Duration(rapid.IntRange(lo, hi).Draw(t, what)) * time.Minute
}

func drawSpans(t *rapid.T) []DaySpan {
	var out []DaySpan
	for range rapid.IntRange(0, 2).Draw(t, "spans") {
		from := drawMinutes(t, "from", 0, 1439)
		out = append(out, DaySpan{from, from + drawMinutes(t, "length", 1, 1440)})
	}
	return out
}

func drawCalendar(t *rapid.T, z *time.Location, near time.Time) *Calendar {
	if rapid.IntRange(0, 3).Draw(t, "always") == 0 {
		return nil
	}
	c := &Calendar{Name: "c", Zone: z, Holidays: map[Date]bool{}, Exceptions: map[Date][]DaySpan{}}
	for d := range c.Week {
		c.Week[d] = drawSpans(t)
	}
	day := func(what string) Date {
		d := near.AddDate(0, 0, rapid.IntRange(-2, 2).Draw(t, what))
		return Date{d.Year(), d.Month(), d.Day()}
	}
	if rapid.Bool().Draw(t, "holiday") {
		c.Holidays[day("holiday on")] = true
	}
	if rapid.Bool().Draw(t, "exception") {
		c.Exceptions[day("exception on")] = drawSpans(t)
	}
	return c
}

func drawMaintenance(t *rapid.T, n int, z *time.Location, near time.Time) *Maintenance {
	m := &Maintenance{Name: fmt.Sprint(n), Services: []string{"x", "s"}}
	at := func(what string) Instant { return At(near).Add(drawMinutes(t, what, -4000, 4000)) }
	if rapid.Bool().Draw(t, "announced") {
		i := at("announced at")
		m.Announced = &i
	}
	if rapid.Bool().Draw(t, "once") {
		from := at("once from")
		m.Once = &Interval{from, from.Add(drawMinutes(t, "once for", 1, 2000))}
		return m
	}
	set := func(what string, lo, hi int) (bits uint64) {
		for range rapid.IntRange(1, 4).Draw(t, what+"s") {
			bits |= 1 << rapid.IntRange(lo, hi).Draw(t, what)
		}
		return bits
	}
	all := func(lo, hi int) (bits uint64) {
		for i := lo; i <= hi; i++ {
			bits |= 1 << i
		}
		return bits
	}
	c := Cron{Minute: set("minute", 0, 59), Hour: set("hour", 0, 3), Month: all(1, 12), Dom: all(1, 31), Dow: all(0, 6), AnyDom: true, AnyDow: true}
	if rapid.Bool().Draw(t, "dom") {
		c.Dom, c.AnyDom = set("dom", 1, 31), false
	}
	if rapid.Bool().Draw(t, "dow") {
		c.Dow, c.AnyDow = set("dow", 0, 6), false
	}
	m.Schedule = &Schedule{Cron: c, Zone: z, For: drawMinutes(t, "for", 1, 300)}
	if rapid.Bool().Draw(t, "bounded") {
		from := at("starts from")
		to := from.Add(drawMinutes(t, "starts for", 1, 4000))
		m.Schedule.From, m.Schedule.To = &from, &to
	}
	return m
}
