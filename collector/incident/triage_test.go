package incident

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func TestTriage(t *testing.T) {
	p := slo.DefaultIncidentPolicy()
	p.Major = &slo.MajorRule{Priority: 1, Owner: "Ada Lovelace", Review: 24 * time.Hour}
	left := func(d time.Duration) slo.Scope { return slo.Scope{Criticality: slo.HighLevel, Left: &d} }
	i := open1(t)
	step := func(s slo.Scope, second, priority int, changes bool) {
		t.Helper()
		next, changed := Triage(i, p, s, at(second))
		if i = next; changed != changes || i.Work.Priority != priority {
			t.Errorf("at %d: priority %d, changed %v", second, i.Work.Priority, changed)
		}
	}
	step(left(24*time.Hour), 10, 3, true)
	step(left(24*time.Hour), 11, 3, false)
	step(left(2*time.Hour), 12, 2, true)
	step(left(24*time.Hour), 13, 2, false) // by itself it only rises
	if i.Work.Major != nil {
		t.Errorf("%+v", i.Work.Major)
	}
	step(left(0), 14, 1, true)
	want := &slo.Major{At: at(14), Owner: "Ada Lovelace", ReviewDue: at(14).Add(24 * time.Hour)}
	if diff := cmp.Diff(want, i.Work.Major); diff != "" {
		t.Error(diff)
	}
	do := func(said string) {
		t.Helper()
		var err error
		if i, err = Act(i, doing(said, 2000)); err != nil {
			t.Fatal(err)
		}
	}
	do("prioritised/4")
	step(left(0), 15, 4, false) // what people chose stays
	do("undone/6")
	step(left(0), 16, 1, false)
	do("reviewed")
	if i.Work.Major.Reviewed != at(2000) || len(i.Events) != 8 {
		t.Errorf("%+v", i)
	}
	again := i
	refold(&again)
	if diff := cmp.Diff(i, again); diff != "" {
		t.Error(diff)
	}
	do("not_major")
	step(left(0), 17, 1, false) // what people took back stays so
	if i.Work.Major != nil {
		t.Errorf("%+v", i.Work.Major)
	}
	if _, err := Act(i, doing("major", 3000)); err == nil {
		t.Error("nobody leads it")
	}
	do("major/" + MajorValue("Grace", at(9000)))
	if m := i.Work.Major; m == nil || m.Owner != "Grace" || m.ReviewDue != at(9000) || m.Reviewed != 0 {
		t.Errorf("%+v", m)
	}
	part := open1(t)
	part.Work.Parent = "x"
	if _, changed := Triage(part, p, left(0), at(99)); changed {
		t.Errorf("a part is ranked: %+v", part)
	}
	over := over1(t) // before anything ranked it: it is ranked once, and nothing major any more
	if over, changed := Triage(over, p, left(0), at(99)); !changed || over.Work.Priority != 1 || over.Work.Major != nil {
		t.Errorf("%+v", over)
	} else if _, changed := Triage(over, p, left(0), at(100)); changed {
		t.Error("what is over is ranked again")
	}
	over.Work.Closed = at(98)
	if _, changed := Triage(over, p, left(0), at(99)); changed {
		t.Error("what people closed is ranked")
	}
}

// Each share of a target is on the timeline once, while its clock goes.
func TestNearTarget(t *testing.T) {
	i := open1(t)
	clock := slo.IncidentClock{Agreement: "gold", Kind: slo.RestorationClock, Target: time.Hour, Elapsed: 29 * time.Minute}
	for n, c := range []struct {
		elapsed time.Duration
		stopped slo.Instant
		want    string // the event's value, "" for none
	}{
		{29 * time.Minute, 0, ""}, {31 * time.Minute, 0, "50 restoration gold"}, {32 * time.Minute, 0, ""},
		{46 * time.Minute, at(50), ""}, {61 * time.Minute, 0, "100 restoration gold"}, {90 * time.Minute, 0, ""},
	} {
		clock.Elapsed, clock.Stopped = c.elapsed, c.stopped
		next, news := NearTarget(i, &clock, at(100+n))
		if news != (c.want != "") || news && next.Events[len(next.Events)-1].Value != c.want || len(next.Events)-len(i.Events) > 1 {
			t.Errorf("%+v: %v, %+v", c, news, next.Events)
		}
		i = next
	}
}
