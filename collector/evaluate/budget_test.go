package evaluate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// dayShift is one service with the hours Mon-Fri 08:00-18:00 and planned work
// on Tuesday from 10:00 to 12:00, of which a probe speaks every minute.
func dayShift(o slo.Objective) *slo.Catalog {
	c := single(o)
	hours := &slo.Calendar{Name: "day", Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		hours.Week[d] = []slo.DaySpan{{From: 8 * time.Hour, To: 18 * time.Hour}}
	}
	c.Agreements[0].Hours, c.Agreements[0].MinCoverage = hours, slo.One/10*9
	work := slo.Interval{From: at(22 * 3600), To: at(24 * 3600)} // at(0) is Monday noon
	c.Maintenances = []*slo.Maintenance{{Name: "move", Services: []string{"shop"}, Once: &work}}
	return c
}

// clock is a time of that Monday, or of a later day.
func clock(day, hour, minute int) int { return ((day*24+hour-12)*60 + minute) * 60 }

// The conditions of office hours hold in office hours only: what burnt on
// Monday evening wakes nobody at night, and counts on Tuesday morning.
func TestBurnInAgreedTime(t *testing.T) {
	e := New(dayShift(slo.Objective{Target: slo.One / 1000 * 999, Window: slo.Window{Period: slo.Month}}), start)
	var entries []slo.Entry
	for second := clock(0, 8, 0); second < clock(1, 18, 0); second += 60 {
		state := slo.Up
		if second >= clock(0, 17, 58) && second < clock(0, 20, 0) || second >= clock(1, 9, 59) && second < clock(1, 11, 0) {
			state = slo.Down
		}
		entries = append(entries, said("web", "eu", second, state))
	}
	e.Apply(entries)
	for _, c := range []struct {
		name string
		at   int
		want []string
	}{
		{"before", clock(0, 17, 57), nil},
		{"two of the last 24 minutes", clock(0, 17, 59) + 59, []string{"1h48m page", "21h24m ticket", "24m page", "7h12m ticket"}},
		{"at night", clock(0, 19, 0), nil},
		{"in the morning, a minute after the two", clock(1, 8, 1), []string{"1h48m page", "21h24m ticket", "24m page", "7h12m ticket"}},
		{"when the short windows are past it", clock(1, 8, 12), []string{"21h24m ticket", "7h12m ticket"}},
		{"while planned work lasts", clock(1, 10, 30), nil},
		{"behind it, a minute before it", clock(1, 12, 0), []string{"1h48m page", "21h24m ticket", "24m page", "7h12m ticket"}},
	} {
		var got []string
		for _, a := range named(e.Alerts(at(c.at)), "ErrorBudgetBurn") {
			got = append(got, a.Labels["window"]+" "+string(a.Severity))
			if !strings.Contains(a.Words.Description, "of service hours") {
				t.Errorf("it does not say what its windows are of: %s", a.Words.Description)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestMissingData(t *testing.T) {
	month := slo.Objective{Target: slo.One / 1000 * 999, Window: slo.Window{Period: slo.Month}}
	e := New(dayShift(month), at(clock(0, 8, 0)))
	var entries []slo.Entry
	for second := clock(0, 8, 0); second < clock(1, 18, 0); second += 60 {
		silent := second >= clock(0, 17, 0) && second < clock(0, 17, 5) || // five minutes
			second >= clock(0, 18, 0) && second < clock(1, 8, 0) || second >= clock(1, 10, 0) && second < clock(1, 12, 0) // planned
		if !silent {
			entries = append(entries, said("web", "eu", second, slo.Up))
		}
	}
	e.Apply(entries)
	for _, c := range []struct {
		name string
		at   int
		want bool
	}{
		{"all is known", clock(0, 16, 59), false},
		{"two of the last 24 minutes are not", clock(0, 17, 2), false},
		{"nor is a third", clock(0, 17, 3), true},
		{"while they are recent", clock(0, 17, 26), true},
		{"when they are not any more", clock(0, 17, 28), false},
		{"a silent night", clock(1, 3, 0), false},
		{"the morning after it", clock(1, 8, 1), false},
		{"silence in planned work", clock(1, 11, 30), false},
		{"and behind it", clock(1, 12, 1), false},
		{"the agents are gone for good", clock(1, 18, 0) + 90*60, false}, // outside of hours
	} {
		list := named(e.Alerts(at(c.at)), "MissingData")
		if got := len(list) == 1; got != c.want || len(list) > 1 {
			t.Errorf("%s: %+v", c.name, list)
		}
	}
	a := one(t, e.Alerts(at(clock(0, 17, 5))), "MissingData")
	if a.Severity != slo.Ticket || a.Since != at(clock(0, 17, 2)+25) { // a tenth of 24 minutes is 2 min 24 s
		t.Errorf("%s since %s", a.Severity, a.Since)
	}
	if diff := cmp.Diff(map[string]string{"service": "shop", "agreement": "gold", "objective": "o"}, a.Labels); diff != "" {
		t.Error(diff)
	}
	if a.Words.Summary != "Too little is known of gold/o: 79.1667 % of the last 24m" || !strings.Contains(a.Words.Description, "asks for 90 %") {
		t.Errorf("%+v", a.Words)
	}
}

// A service that is new is not missed before it had time to speak; over a
// reload the time goes on.
func TestNewServiceIsNotMissed(t *testing.T) {
	c := single(slo.Objective{Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * 24 * time.Hour}})
	c.Agreements[0].MinCoverage = slo.One / 10 * 9
	e := New(c, at(0))
	missed := func(e *Engine, second int) bool { return len(named(e.Alerts(at(second)), "MissingData")) > 0 }
	if missed(e, 0) || missed(e, 359) || !missed(e, 361) {
		t.Error("it is not missed after a tenth of an hour")
	}
	next := e.Next(c, nil, at(300))
	if missed(next, 359) || !missed(next, 361) {
		t.Error("a reload moves since when it is missed")
	}
	e.Apply([]slo.Entry{said("web", "eu", 400, slo.Up)})
	if !missed(e, 401) {
		t.Error("its first word makes the time before it known")
	}
}
