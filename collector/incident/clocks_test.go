package incident

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// wall walks the clocks of an incident minute by minute, by what people did and
// did not take back. Its hours are Mon-Fri 08:00-18:00 on the wall of a zone,
// holidays left out.
type wall struct {
	zone      *time.Location
	holiday   time.Month // the 26th of it
	detected  slo.Instant
	restored  slo.Instant
	events    []slo.IncidentEvent // that count
	responded slo.Instant
	resolved  slo.Instant
}

func newWall(i *slo.Incident, c *slo.Calendar, holiday time.Month) *wall {
	w := &wall{zone: c.Zone, holiday: holiday, detected: i.Detected, restored: i.Restored}
	undone := Undone(i.Events)
	for _, e := range i.Events {
		if undone[e.N] {
			continue
		}
		w.events = append(w.events, e)
		switch {
		case e.Kind == slo.EventResponded && w.responded == 0:
			w.responded = e.At
		case e.Kind == slo.EventResolved && w.resolved == 0:
			w.resolved = e.At
		case e.Kind == slo.EventReopened:
			w.resolved = 0
		}
	}
	return w
}

func (w *wall) open(at slo.Instant) bool {
	t := at.Time().In(w.zone)
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	return !weekend && (t.Day() != 26 || t.Month() != w.holiday) && t.Hour() >= 8 && t.Hour() < 18
}

// paused asks what was done last.
func (w *wall) paused(at slo.Instant) bool {
	for _, e := range slices.Backward(w.events) {
		if e.At <= at && (e.Kind == slo.EventPaused || e.Kind == slo.EventContinued || e.Kind == slo.EventResolved) {
			return e.Kind == slo.EventPaused
		}
	}
	return false
}

// check walks one clock, and on to where its target is missed if nothing else
// happens.
func (w *wall) check(rt *rapid.T, got slo.IncidentClock, at slo.Instant) {
	stopped := slo.MaxInstant
	for _, s := range []slo.Instant{w.restored, w.resolved, w.responded} {
		if s != 0 && (got.Kind == slo.ResponseClock || s != w.responded) {
			stopped = min(stopped, s)
		}
	}
	var elapsed, ahead time.Duration
	breach := slo.Instant(0)
	for m := w.detected; m < at.Add(14*24*time.Hour); m = m.Add(time.Minute) {
		if !w.open(m) || w.paused(m) {
			continue
		}
		if m < min(at, stopped) {
			elapsed += time.Minute
		}
		if ahead += time.Minute; ahead == got.Target && breach == 0 {
			breach = m.Add(time.Minute)
		}
	}
	if got.Elapsed != elapsed || (got.Stopped != 0) != (stopped <= at) || got.Missed() != (elapsed > got.Target) {
		rt.Fatalf("%+v; by the minutes %s are over", got, elapsed)
	}
	share := 0
	for _, s := range []int{50, 75, 100} {
		if elapsed*100 >= got.Target*time.Duration(s) {
			share = s
		}
	}
	if got.Reached() != share {
		rt.Fatalf("%d %% of %s, by the minutes %d %%", got.Reached(), got.Target, share)
	}
	if got.Paused != (stopped > at && w.paused(at)) {
		rt.Fatalf("paused: %v", got.Paused)
	}
	if got.Stopped == 0 && breach != got.BreachAt {
		rt.Fatalf("breach at %s, by the minutes %s", got.BreachAt, breach)
	}
}

// Whatever people do and take back, the clocks of an incident are those of a
// walk over every minute, over changes of the clock and holidays.
func TestClocksFollowWork(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe"}).Draw(rt, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := slo.DaySpan{From: 8 * time.Hour, To: 18 * time.Hour}
		c := &slo.Calendar{Zone: zone, Holidays: map[slo.Date]bool{}}
		for d := time.Monday; d <= time.Friday; d++ {
			c.Week[d] = []slo.DaySpan{day}
		}
		holiday := rapid.SampledFrom([]time.Month{0, time.March, time.October}).Draw(rt, "holiday")
		if holiday != 0 {
			c.Holidays[slo.Date{Year: 2026, Month: holiday, Day: 26}] = true
		}
		// The last days of March, the first of April and the end of October have changes.
		start := rapid.SampledFrom([]string{"2026-03-26", "2026-04-02", "2026-10-22"}).Draw(rt, "start")
		midnight, err := time.Parse(time.DateOnly, start)
		if err != nil {
			t.Fatal(err)
		}
		now := slo.At(midnight).Add(time.Duration(rapid.IntRange(0, 1440).Draw(rt, "minute")) * time.Minute)
		i := Open(Condition{Trigger: slo.Exhausted, Key: "exhausted/disk", Since: now}, now)
		i.Work.Priority, i.Events = 1, append(i.Events, slo.IncidentEvent{N: 2, At: now, Kind: slo.EventPrioritised, Actor: Self, Value: "1"})
		minutes := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(1, 900).Draw(rt, name)) * time.Minute
		}
		a := &slo.Agreement{Name: "gold", Hours: c, Targets: []slo.IncidentTarget{{Priority: 1, Response: minutes("response"), Restoration: minutes("restoration")}}}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			now = now.Add(minutes("later"))
			i = act(rt, i, now)
			at := now.Add(minutes("looked"))
			w := newWall(&i, c, holiday)
			for _, k := range a.Clocks(&i, at) {
				w.check(rt, k, at)
			}
		}
	})
}

// act has somebody do something, or take back what somebody did, or the end
// come; what is refused changes nothing.
func act(rt *rapid.T, i slo.Incident, at slo.Instant) slo.Incident {
	e := slo.IncidentEvent{At: at, Actor: "ada", Kind: rapid.SampledFrom([]slo.EventKind{
		slo.EventPaused, slo.EventPaused, slo.EventContinued, slo.EventContinued, slo.EventResponded,
		slo.EventResolved, slo.EventReopened, slo.EventRestored, slo.EventUndone, slo.EventUndone,
	}).Draw(rt, "kind"), Text: "so"}
	switch e.Kind {
	case slo.EventRestored:
		if rapid.IntRange(0, 3).Draw(rt, "over") == 0 && i.Restored == 0 && i.Open() {
			i.Restored = at
		}
		return i
	case slo.EventResolved:
		e.Value = "fixed"
	case slo.EventUndone:
		e.Undoes = rapid.IntRange(1, last(i.Events)).Draw(rt, "undoes")
	}
	next, err := Act(i, e)
	if err != nil {
		return i
	}
	return next
}

// A pause whose end was undone is one with the next pause, and ends with it.
func TestPauseGoesOn(t *testing.T) {
	i := Open(Condition{Trigger: slo.Exhausted, Key: "exhausted/disk", Since: at(0)}, at(0))
	for n, e := range []slo.IncidentEvent{
		{Kind: slo.EventPaused, Text: "the maker comes"}, {Kind: slo.EventContinued}, {Kind: slo.EventPaused, Text: "he eats"},
		{Kind: slo.EventUndone, Undoes: 3}, {Kind: slo.EventContinued},
	} {
		e.At, e.Actor = at(n+1), "ada"
		var err error
		if i, err = Act(i, e); err != nil {
			t.Fatal(err)
		}
	}
	if p := i.Work.Pauses; len(p) != 1 || p[0].From != at(1) || p[0].To != at(5) {
		t.Errorf("%+v", p)
	}
}
