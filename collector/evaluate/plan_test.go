package evaluate

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// An engine that is told of planned work has the figures of one that knew of it
// from the beginning, then and after more was measured; and of one that never
// did, once it is withdrawn.
func TestPlan(t *testing.T) {
	plain := shop()
	x := slo.ChangeRecord{ID: "c-1", RecordedAt: at(10), ChangeTerms: slo.ChangeTerms{Services: []string{"shop"}, Interval: slo.Interval{From: at(70), To: at(110)}, Maintenance: true}}
	c := plain.Planning([]slo.ChangeRecord{x})
	told, knew, never := New(plain, start), New(c, start), New(plain, start)
	apply := func(entries []slo.Entry) {
		for _, e := range []*Engine{told, knew, never} {
			e.Apply(entries)
		}
	}
	apply(append(everywhere(0, 60, slo.Up), everywhere(60, 120, slo.Down)...))
	told.Plan(c, x.Services)
	if told.Catalog() != c || !told.Planned("shop", at(80)) || never.Planned("shop", at(80)) {
		t.Error("the work is not in force")
	}
	same := func(what string, i int, want *Engine) {
		t.Helper()
		if diff := cmp.Diff(figures(t, want, at(i)), figures(t, told, at(i))); diff != "" {
			t.Errorf("%s (- want, + told):\n%s", what, diff)
		}
	}
	same("when told", 120, knew)
	if figures(t, told, at(120)) == figures(t, never, at(120)) {
		t.Error("the work changes nothing")
	}
	apply(everywhere(120, 200, slo.Up))
	same("later", 200, knew)
	told.Tick(start.Add(2 * layoutEvery))
	same("laid out anew", 200, knew)
	told.Plan(plain, x.Services)
	same("withdrawn", 200, never)
}

// Freezes are those that alerts tell of, until they are lifted.
func TestFreezes(t *testing.T) {
	e, now := policed(slo.Objective{Target: slo.One - slo.One/48, Window: slo.Window{Period: slo.Day}}, 600, 40)
	a := one(t, e.Alerts(now), "ChangesFrozen")
	list := e.Freezes(now)
	if len(list) != 1 || list[0].Service != a.Labels["service"] || list[0].Agreement != a.Step.Agreement || list[0].Until != a.Step.Lifted || list[0].Step != a.Labels["step"] {
		b, _ := json.Marshal(list) // it is texts and numbers
		t.Errorf("%s, the alert says %+v", b, a.Step)
	}
	e.Apply(minutes(40, times(slo.Up, 12*60)...))
	if got := e.Freezes(a.Step.Lifted + 2000); len(got) != 0 {
		t.Errorf("after: %+v", got)
	}
}
