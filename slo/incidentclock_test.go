package slo

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// brute walks a clock minute by minute, by what a clock on the wall reads.
type brute struct {
	hours  *Calendar
	from   Instant
	pauses []Pause
}

func (b brute) runs(at Instant) bool {
	for _, p := range b.pauses {
		if p.From <= at && at < p.To {
			return false
		}
	}
	return b.hours == nil || b.open(at)
}

func (b brute) open(at Instant) bool {
	wall := at.Time().In(b.hours.Zone)
	for back := range 2 { // a span that began yesterday may reach today
		y, m, d := wall.Date()
		day := time.Date(y, m, d-back, 0, 0, 0, 0, time.UTC)
		reads := time.Date(y, m, d, wall.Hour(), wall.Minute(), 0, 0, time.UTC).Sub(day)
		date := Date{day.Year(), day.Month(), day.Day()}
		spans, special := b.hours.Exceptions[date]
		if !special && !b.hours.Holidays[date] {
			spans = b.hours.Week[day.Weekday()]
		}
		if slices.ContainsFunc(spans, func(s DaySpan) bool { return s.From <= reads && reads < s.To }) {
			return true
		}
	}
	return false
}

// The clocks are those of a walk over every minute: across changes of the
// clock, holidays, exceptions and pauses, in zones that differ.
func TestClocksAreThoseOfEveryMinute(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"}
	rapid.Check(t, func(rt *rapid.T) {
		a := &Agreement{Name: "gold", Hours: drawHours(t, rt, zones)}
		// Around the changes of the clock, a leap day, and the end of a year.
		day := rapid.SampledFrom([]string{"2026-03-27", "2026-10-23", "2024-02-28", "2026-12-30", "2026-04-03", "2026-10-02"}).Draw(rt, "day")
		start, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		minute := func(name string, most int) Instant {
			return At(start).Add(time.Duration(rapid.IntRange(0, most).Draw(rt, name)) * time.Minute)
		}
		i := Incident{Detected: minute("detected", 1440), Work: Work{Priority: 2}}
		for range rapid.IntRange(0, 3).Draw(rt, "pauses") {
			p := Pause{Interval: Interval{From: minute("pause", 5000), To: MaxInstant}}
			if rapid.Bool().Draw(rt, "over") {
				p.To = p.From.Add(time.Duration(rapid.IntRange(1, 2000).Draw(rt, "length")) * time.Minute)
			}
			i.Work.Pauses = append(i.Work.Pauses, p)
		}
		target := time.Duration(rapid.IntRange(1, 1500).Draw(rt, "target")) * time.Minute
		a.Targets = []IncidentTarget{{Priority: 1, Response: 1}, {Priority: 2, Restoration: target}}
		at := i.Detected.Add(time.Duration(rapid.IntRange(0, 5*1440).Draw(rt, "at")) * time.Minute)
		got := a.Clocks(&i, at)
		if len(got) != 1 || got[0].Kind != RestorationClock || got[0].Target != target {
			t.Fatalf("%+v", got)
		}
		checkClock(rt, brute{a.Hours, i.Detected, i.Work.Pauses}, got[0], at)
	})
}

func drawHours(t *testing.T, rt *rapid.T, zones []string) *Calendar {
	if rapid.IntRange(0, 4).Draw(rt, "always") == 0 {
		return nil
	}
	zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(rt, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Calendar{Zone: zone, Holidays: map[Date]bool{}, Exceptions: map[Date][]DaySpan{}}
	span := func() DaySpan {
		from := rapid.IntRange(0, 47).Draw(rt, "from") * 30
		to := from + rapid.IntRange(1, 48).Draw(rt, "length")*30
		return DaySpan{time.Duration(from) * time.Minute, time.Duration(to) * time.Minute}
	}
	for d := range c.Week {
		if rapid.Bool().Draw(rt, "works") {
			c.Week[d] = []DaySpan{span()}
		}
	}
	date := func() Date {
		return rapid.SampledFrom([]Date{{2026, 3, 29}, {2026, 10, 25}, {2024, 2, 29}, {2027, 1, 1}, {2026, 4, 5}, {2026, 10, 4}}).Draw(rt, "date")
	}
	if rapid.Bool().Draw(rt, "holiday") {
		c.Holidays[date()] = true
	}
	if rapid.Bool().Draw(rt, "exception") {
		c.Exceptions[date()] = []DaySpan{span()}
	}
	return c
}

func checkClock(rt *rapid.T, b brute, got IncidentClock, at Instant) {
	var elapsed time.Duration
	breach := Instant(0)
	for m := b.from; m < b.from.Add(20*24*time.Hour); m = m.Add(time.Minute) {
		if !b.runs(m) {
			continue
		}
		if breach == 0 && elapsed == got.Target-time.Minute {
			breach = m.Add(time.Minute)
		}
		if m < at {
			got.Elapsed -= time.Minute
		}
		elapsed += time.Minute
	}
	if got.Elapsed != 0 {
		rt.Fatalf("%s more has elapsed than the minutes have", got.Elapsed)
	}
	if breach != 0 && got.BreachAt != breach || breach == 0 && got.BreachAt != 0 && got.BreachAt <= b.from.Add(20*24*time.Hour) {
		rt.Fatalf("breach at %s, the minutes say %s", got.BreachAt, breach)
	}
	standing := false
	for _, p := range b.pauses {
		standing = standing || p.From <= at && at < p.To
	}
	if got.Paused != standing {
		rt.Fatalf("paused: %v", got.Paused)
	}
}

func TestClocks(t *testing.T) {
	at := func(minute int) Instant { return Instant(minute) * 60_000 }
	from := at(600)
	a := &Agreement{Name: "gold", Targets: []IncidentTarget{{Priority: 1, Response: 15 * time.Minute, Restoration: 4 * time.Hour}}}
	for name, c := range map[string]struct {
		incident Incident
		now      int // minutes after detection
		share    int // of the response, and of the restoration
		restore  int
		missed   bool // the response
	}{
		"just detected":        {Incident{}, 1, 0, 0, false},
		"half of the response": {Incident{}, 8, 50, 0, false},
		"at its end":           {Incident{}, 15, 100, 0, false},
		"too late":             {Incident{}, 16, 100, 0, true},
		"responded in time":    {Incident{Work: Work{Responded: at(605)}}, 180, 0, 75, false},
		"responded too late":   {Incident{Work: Work{Responded: at(620)}}, 300, 100, 100, true},
		"over before anybody":  {Incident{Restored: at(610)}, 300, 50, 0, false},
		"people said so":       {Incident{Resolved: at(610)}, 300, 50, 0, false},
	} {
		i := c.incident
		i.Detected, i.Work.Priority = from, 1
		clocks := a.Clocks(&i, from.Add(time.Duration(c.now)*time.Minute))
		if len(clocks) != 2 || clocks[0].Reached() != c.share || clocks[1].Reached() != c.restore || clocks[0].Missed() != c.missed {
			t.Errorf("%s: %+v", name, clocks)
		}
	}
	late := a.From
	after := from + 1
	a.From = &after
	if list := a.Clocks(&Incident{Detected: from, Work: Work{Priority: 1}}, from); list != nil {
		t.Errorf("before its terms: %+v", list)
	}
	a.From = late
	if list := a.Clocks(&Incident{Detected: from, Work: Work{Priority: 2}}, from); list != nil {
		t.Errorf("without a target: %+v", list)
	}
}
