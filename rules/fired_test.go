package rules

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// An outage fires when, by hand, the burn rates say so, and rests when the
// short window has left it behind; the night outside agreed time is quiet.
func TestFired(t *testing.T) {
	const minute = time.Minute
	begin := slo.At(time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)) // a Monday
	pair := slo.BurnPair{Long: time.Hour, Short: 5 * minute, Rate: 14.4, Severity: slo.Page}
	for _, c := range []struct {
		name     string
		hours    *slo.Calendar
		wait     time.Duration
		down     slo.Interval // minutes of the day
		from, to time.Duration
	}{
		// 14.4 × 0.1 % of an hour is 52 s: the first whole minute has it, as it is
		// 200 times 0.1 % of five minutes. Five minutes after the end the short
		// window holds no down.
		{"an outage", nil, 0, slo.Interval{From: 600, To: 610}, 601 * minute, 615 * minute},
		{"an outage, after a wait", nil, 3 * minute, slo.Interval{From: 600, To: 610}, 604 * minute, 615 * minute},
		{"over before the wait is", nil, 20 * minute, slo.Interval{From: 600, To: 610}, 0, 0},
		{"outside agreed time", office(), 0, slo.Interval{From: 60, To: 100}, 0, 0},
		{"none", nil, 0, slo.Interval{}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			pair := pair
			pair.For = c.wait
			cat, a, o := promised(minute, c.hours, slo.Objective{Window: slo.Window{Rolling: 24 * time.Hour}, Alerts: []slo.BurnPair{pair}})
			cat.Services[1].Up = slo.Expr{Probe: "web"}
			web := cat.Probes[2]
			web.Hold, web.Confirm, web.Locations.Min = 2*minute, 1, 1
			r := slo.NewReplay(cat, begin.Add(24*time.Hour))
			for n := range slo.Instant(24 * 60) {
				m := slo.Measurement{Probe: "web", Location: "eu", At: begin.Add(time.Duration(n) * minute), Outcome: slo.Up}
				if c.down.Contains(n) {
					m.Outcome = slo.Down
				}
				r.AddOnce("a", &m)
			}
			day := slo.Interval{From: begin, To: begin.Add(24 * time.Hour)}
			acc := r.AccountOver(a, slo.Interval{From: day.From.Add(-24 * time.Hour), To: day.To})
			told := int64(0)
			got := Of(cat, a, o).Fired(acc, o, day, func(done, total int64) { told = total - done })
			if len(got) != 1 || told != 0 {
				t.Fatalf("%d conditions, %d steps left", len(got), told)
			}
			var want []slo.Interval
			if c.to > 0 {
				want = []slo.Interval{{From: begin.Add(c.from), To: begin.Add(c.to)}}
			}
			if held := got[0].Held; len(held) != len(want) || len(held) == 1 && held[0] != want[0] {
				t.Errorf("it held %v, want %v", held, want)
			}
		})
	}
}

// However the condition, it is asked of in bounded steps that jump over no
// window.
func TestFiredSteps(t *testing.T) {
	year := slo.Interval{From: 0, To: slo.Instant(365 * 24 * time.Hour / time.Millisecond)}
	c := Conditions{Pairs: []slo.BurnPair{{Long: time.Hour, Short: 2 * time.Second}}}
	if step := c.Step(year); year.Length()/step > maxSteps {
		t.Errorf("a step of %v makes %d of a year", step, year.Length()/step)
	}
	if step := (Conditions{Pairs: BurnPairs()}).Step(slo.Interval{To: 3_600_000}); step != time.Minute {
		t.Errorf("the Workbook's pairs are asked of every %v", step)
	}
}
