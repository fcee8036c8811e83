package evaluate

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// The Google SRE Workbook, chapter 5 ("Alerting on SLOs"), tells for its
// conditions how long they take to fire and to end, for an SLO of 99.9 % over
// 30 days. The evaluator is held against its formulas, on timelines with just
// those errors, to one evaluation step.

const (
	workbookBudget = 0.001            // 1 − SLO
	workbookStep   = 15 * time.Second // of evaluation
	workbookPeriod = 10 * time.Second // an error ratio is that share of each
)

// detection is the Workbook's: ((1 − SLO) ÷ error ratio) × window × burn rate.
func detection(p slo.BurnPair, errors float64) time.Duration {
	return time.Duration(workbookBudget / errors * float64(p.Long) * p.Rate)
}

// reset is how long after the errors end a condition still holds: until the
// short window has let go of so many of them that what is left is too little.
func reset(p slo.BurnPair, errors float64) time.Duration {
	return time.Duration(float64(p.Short) * (1 - p.Rate*workbookBudget/errors))
}

// erring is an engine of one objective that is alerted on by one pair. Its
// service has a share of errors from at(0) on for a while.
func erring(p slo.BurnPair, errors float64, lasts time.Duration) *Engine {
	cat := single(slo.Objective{Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * 24 * time.Hour}, Alerts: []slo.BurnPair{p}})
	cat.Probes[0].Hold = 20 * 24 * time.Hour
	said := func(at slo.Instant, s slo.State) slo.Entry {
		m := &slo.Measurement{Probe: "web", Location: "eu", At: at, Outcome: s}
		return slo.Entry{Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1"}, Measurement: m}}
	}
	entries := []slo.Entry{said(start.Add(-5*24*time.Hour), slo.Up)}
	for t := time.Duration(0); t < lasts; t += workbookPeriod {
		entries = append(entries, said(start.Add(t), slo.Down))
		if bad := time.Duration(errors * float64(workbookPeriod)); bad < workbookPeriod {
			entries = append(entries, said(start.Add(t+bad), slo.Up))
		}
	}
	e := New(cat, start)
	e.Apply(append(entries, said(start.Add(lasts), slo.Up)))
	return e
}

func fires(e *Engine, after time.Duration) bool {
	return len(named(e.Alerts(start.Add(after)), "ErrorBudgetBurn")) > 0
}

func TestWorkbookTimes(t *testing.T) {
	for _, p := range rules.BurnPairs() {
		for _, times := range []float64{1.5, 2, 10, 1000} { // of what the pair fires at; 1000 times the budget is an outage
			errors := min(1, times*p.Rate*workbookBudget)
			t.Run(fmt.Sprintf("%v at %.2f %%", p.Long, 100*errors), func(t *testing.T) {
				checkTimes(t, p, errors, detection(p, errors), reset(p, errors))
			})
		}
	}
}

// The whole table of conditions: how much of a 30-day budget is gone when each
// fires, as the Workbook's table 5-8 has it, and its times as docs/alerting.md
// prints them. The evaluator is asked for each of them.
func TestWorkbookTable(t *testing.T) {
	type times struct{ detected, over time.Duration }
	const s, m, h = time.Second, time.Minute, time.Hour
	table := []struct {
		percent          float64 // of the budget
		outage, tenth    times   // of complete outages, and of errors of 10 %
		severity         slo.Severity
		windows, shorter time.Duration
	}{
		{2, times{52 * s, 4*m + 56*s}, times{8*m + 38*s, 4*m + 17*s}, slo.Page, h, 5 * m},
		{5, times{2*m + 10*s, 29*m + 49*s}, times{21*m + 36*s, 28*m + 12*s}, slo.Page, 6 * h, 30 * m},
		{10, times{4*m + 19*s, h + 59*m + 38*s}, times{43*m + 12*s, h + 56*m + 24*s}, slo.Ticket, 24 * h, 2 * h},
		{10, times{4*m + 19*s, 5*h + 59*m + 38*s}, times{43*m + 12*s, 5*h + 56*m + 24*s}, slo.Ticket, 72 * h, 6 * h},
	}
	pairs := rules.BurnPairs()
	if len(pairs) != len(table) {
		t.Fatalf("%d pairs, the Workbook has %d", len(pairs), len(table))
	}
	for i, row := range table {
		p := pairs[i]
		if p.Long != row.windows || p.Short != row.shorter || p.Severity != row.severity {
			t.Errorf("pair %d is %+v", i, p)
		}
		if gone := 100 * p.Rate * float64(p.Long) / float64(30*24*h); math.Abs(gone-row.percent) > 1e-9 {
			t.Errorf("%v fires when %v %% of the budget is gone, the Workbook says %v", p.Long, gone, row.percent)
		}
		for errors, want := range map[float64]times{1: row.outage, 0.1: row.tenth} {
			t.Run(fmt.Sprintf("%v at %v %%", p.Long, 100*errors), func(t *testing.T) {
				got := times{detection(p, errors).Round(s), reset(p, errors).Round(s)}
				if got != want {
					t.Errorf("by the formulas %+v, want %+v", got, want)
				}
				checkTimes(t, p, errors, want.detected, want.over)
			})
		}
	}
}

// The Workbook's third iteration adds a duration to the alert: a complete outage
// is then detected as late as one of 0.2 %, after an hour, in which it uses up
// 140 % of the budget.
func TestWorkbookDuration(t *testing.T) {
	p := slo.BurnPair{Long: time.Minute, Short: time.Minute, Rate: 1, Severity: slo.Page, For: time.Hour}
	for _, errors := range []float64{1, 0.002} {
		e := erring(p, errors, 2*time.Hour)
		due := detection(p, errors) + p.For
		if fires(e, due-2*workbookStep) || !fires(e, due+2*workbookStep) {
			t.Errorf("errors of %v are not detected after %v", errors, due)
		}
	}
	if used := float64(p.For) / (workbookBudget * float64(30*24*time.Hour)); math.Abs(used-1.4) > 0.02 {
		t.Errorf("an outage of that long uses %v of the budget", used)
	}
}

// What the Workbook says in words of its other iterations, each one window
// at one rate.
func TestWorkbookIterations(t *testing.T) {
	for _, c := range []struct {
		name             string
		window           time.Duration
		rate             float64
		detection, reset time.Duration // of a complete outage
	}{
		{"1: the target's error rate over 10 minutes is detected in 0.6 seconds", 10 * time.Minute, 1, 600 * time.Millisecond, 10 * time.Minute},
		{"2: over 36 hours in 2 minutes and 10 seconds, and goes on for 36 hours", 36 * time.Hour, 1, 130 * time.Second, 36 * time.Hour},
		{"4: a burn rate of 36 over an hour resets in 58 minutes", time.Hour, 36, 130 * time.Second, 58 * time.Minute},
		{"5: 10 % of the budget in three days: it goes on for three days", 72 * time.Hour, 1, 259 * time.Second, 72 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := slo.BurnPair{Long: c.window, Short: c.window, Rate: c.rate, Severity: slo.Page}
			near := func(what string, got, want, within time.Duration) {
				if (got - want).Abs() > within {
					t.Errorf("%s by the formula is %v, the Workbook says %v", what, got, want)
				}
			}
			near("detection", detection(p, 1), c.detection, time.Second)
			near("reset", reset(p, 1), c.reset, 5*time.Minute) // it rounds
			checkTimes(t, p, 1, detection(p, 1), reset(p, 1))
		})
	}
}

func checkTimes(t *testing.T, p slo.BurnPair, errors float64, detected, over time.Duration) {
	t.Helper()
	lasts := (detected + 10*time.Minute).Round(workbookPeriod)
	e := erring(p, errors, lasts)
	for _, c := range []struct {
		what  string
		after time.Duration
		want  bool
	}{
		{"a step before it is due", max(detected-workbookStep, 0), false},
		{"a step after it is due", detected + workbookStep, true},
		{"while the errors last", lasts, true},
		{"a step before it is over", lasts + over - workbookStep, true},
		{"a step after it is over", lasts + over + workbookStep, false},
	} {
		if got := fires(e, c.after); got != c.want {
			t.Errorf("%s, %v after the beginning: fires %v", c.what, c.after, got)
		}
	}
}

// Errors at less than the rate never fire, however long they last.
func TestWorkbookBelowTheRate(t *testing.T) {
	for _, p := range rules.BurnPairs()[:2] {
		e := erring(p, 0.9*p.Rate*workbookBudget, 2*p.Long)
		for after := time.Duration(0); after < 2*p.Long+p.Short; after += p.Short {
			if fires(e, after) {
				t.Errorf("over %v it fires %v after the beginning", p.Long, after)
			}
		}
	}
}
