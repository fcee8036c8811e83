package evaluate

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// policed has one objective with three steps, and up to noon is up for as long
// as is asked for, then down.
func policed(o slo.Objective, up, down int) (*Engine, slo.Instant) {
	c := single(o)
	c.Agreements[0].BudgetPolicy = []slo.BudgetStep{
		{At: slo.One / 2, Action: slo.Notify, Severity: slo.Ticket},
		{At: slo.One / 10 * 8, Action: slo.Notify, Severity: slo.Page},
		{At: slo.One, Action: slo.Freeze, Severity: slo.Ticket},
	}
	now := at(60 * down)
	e := New(c, now)
	e.Apply(minutes(-up, slices.Concat(times(slo.Up, up), times(slo.Down, down))...))
	return e, now
}

func steps(list []Alert) (out []string) {
	for _, a := range list {
		if a.Name == "BudgetUsed" || a.Name == "ChangesFrozen" || a.Name == "BudgetIncident" {
			out = append(out, a.Name+" "+a.Labels["step"]+" "+string(a.Severity))
		}
	}
	return out
}

func TestBudgetPolicy(t *testing.T) {
	day := slo.Window{Period: slo.Day}             // of which at(0) is the noon
	rolling := slo.Window{Rolling: 10 * time.Hour} // as much is up before
	half, most := "BudgetUsed 50 ticket", "BudgetUsed 80 page"
	for _, c := range []struct {
		name string
		o    slo.Objective
		down int // minutes; 60 are the budget of the day, 30 that of ten hours
		want []string
	}{
		{"nothing", slo.Objective{Target: slo.One, Window: day}, 0, nil},
		{"of no budget", slo.Objective{Target: slo.One, Window: day}, 1, []string{half, most, "ChangesFrozen 100 ticket"}},
		{"a minute less than half", slo.Objective{Target: slo.One - slo.One/24, Window: day}, 29, nil},
		{"half", slo.Objective{Target: slo.One - slo.One/24, Window: day}, 31, []string{half}},
		{"nearly all", slo.Objective{Target: slo.One - slo.One/24, Window: day}, 59, []string{half, most}},
		{"all", slo.Objective{Target: slo.One - slo.One/24, Window: day}, 61, []string{half, most, "ChangesFrozen 100 ticket"}},
		{"all of a rolling window", slo.Objective{Target: slo.One - slo.One/20, Window: rolling}, 31, []string{half, most, "ChangesFrozen 100 ticket"}},
		{"slices have no budget of time", slo.Objective{Target: slo.One - slo.One/24, Window: day, Method: slo.BySlices, Slice: slo.SliceRule{Length: time.Minute}}, 61, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, now := policed(c.o, 600, c.down)
			if diff := cmp.Diff(c.want, steps(e.Alerts(now))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A step whose action is incident asks for one; others do not.
func TestStepOpensAnIncident(t *testing.T) {
	c := single(slo.Objective{Target: slo.One - slo.One/24, Window: slo.Window{Period: slo.Day}})
	c.Agreements[0].BudgetPolicy = []slo.BudgetStep{
		{At: slo.One / 2, Action: slo.Notify, Severity: slo.Ticket}, {At: slo.One / 2, Action: slo.OpenIncident, Severity: slo.Ticket},
	}
	now := at(31 * 60)
	e := New(c, now)
	e.Apply(minutes(-600, slices.Concat(times(slo.Up, 600), times(slo.Down, 31))...))
	list := e.Alerts(now)
	if diff := cmp.Diff([]string{"BudgetUsed 50 ticket", "BudgetIncident 50 ticket"}, steps(list)); diff != "" {
		t.Error(diff)
	}
	for _, a := range list {
		if want := map[string]slo.Trigger{"BudgetIncident": slo.BudgetUsed, "ErrorBudgetBurn": a.Opens}[a.Name]; a.Opens != want {
			t.Errorf("%s opens %q", a.Name, a.Opens)
		}
		if a.Name == "ErrorBudgetBurn" && (a.Opens == slo.BurnRate) != (a.Severity == slo.Page) {
			t.Errorf("%s %s opens %q", a.Name, a.Severity, a.Opens)
		}
	}
}

// A freeze says until when it is, and the words come true if no more is used.
func TestFreezeIsLifted(t *testing.T) {
	for name, c := range map[string]struct {
		window slo.Window
		target slo.Ratio
		lifted slo.Instant
	}{
		"with the day":               {slo.Window{Period: slo.Day}, slo.One - slo.One/48, at(12 * 3600)},               // of 30 minutes
		"when enough has rolled out": {slo.Window{Rolling: 10 * time.Hour}, slo.One - slo.One/20, at(10*3600 + 10*60)}, // of 30 minutes; 40 were used
	} {
		t.Run(name, func(t *testing.T) {
			e, now := policed(slo.Objective{Target: c.target, Window: c.window}, 600, 40)
			a := one(t, e.Alerts(now), "ChangesFrozen")
			if a.Since > at(30*60+1) || a.Since < at(30*60) {
				t.Errorf("since %s", a.Since)
			}
			if !strings.HasPrefix(a.Words.Summary, "Changes to shop are frozen until "+c.lifted.String()[:16]) {
				t.Errorf("%s, want %s", a.Words.Summary, c.lifted)
			}
			if s := a.Step; s == nil || s.Action != slo.Freeze || s.Lifted.String()[:16] != c.lifted.String()[:16] || s.Used != 40*60_000 || (s.Budget+500)/1000 != 30*60 || s.ByRequests || s.Agreement != "gold" {
				t.Errorf("the step %+v", s)
			}
			e.Apply(minutes(40, times(slo.Up, 12*60)...))
			if got := named(e.Alerts(c.lifted-2000), "ChangesFrozen"); len(got) != 1 || !maps.Equal(got[0].Labels, a.Labels) {
				t.Errorf("before: %+v", got)
			}
			if got := named(e.Alerts(c.lifted+2000), "ChangesFrozen"); len(got) != 0 {
				t.Errorf("after: %+v", got)
			}
		})
	}
}

// After a restart it is the same alert, since the same instant.
func TestBudgetPolicyAfterRestart(t *testing.T) {
	o := slo.Objective{Target: slo.One - slo.One/24, Window: slo.Window{Period: slo.Day}}
	e, now := policed(o, 600, 50)
	again := New(e.Catalog(), now.Add(time.Hour))
	again.Restore(e.Checkpoint())
	pick := func(e *Engine) []Alert { return named(e.Alerts(now), "BudgetUsed") }
	if diff := cmp.Diff(pick(e), pick(again)); diff != "" || len(pick(e)) != 2 {
		t.Errorf("%d alerts: %s", len(pick(e)), diff)
	}
}
