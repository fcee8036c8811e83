package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// goldContinuity is a plan with a failover that took the shop down for a while,
// a restore that took too long, one that restored nothing and one that was given
// up, people who talked, and a test that is late; and a plan of other services.
func goldContinuity(t testing.TB) []PlanTests {
	terms := func(k slo.DrillKind) slo.DrillTerms {
		if k == slo.DrillTabletop {
			return slo.DrillTerms{Kind: k}
		}
		return slo.DrillTerms{Kind: k, Checks: []string{"standby"}, Canary: "canary", Good: 3, Within: 4 * time.Hour, RTO: time.Hour, RPO: 15 * time.Minute}
	}
	drill := func(name string, k slo.DrillKind, declared string, after time.Duration, e slo.DrillEvent) slo.Drill {
		d := slo.Drill{Plan: "site-loss", Name: name, Declared: instant(t, declared), By: "assay", Terms: terms(k)}
		d.ID, d.Events = d.DrillID(), []slo.DrillEvent{{Act: slo.DeclareDrill, At: d.Declared, Actor: "assay"}}
		e.At = d.Declared.Add(after)
		d, err := d.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	measured := func(rto, rpo time.Duration, reasons ...slo.DrillReason) slo.DrillEvent {
		r := &slo.DrillResult{Passed: len(reasons) == 0, Reasons: reasons}
		if rto > 0 {
			took := rto.Milliseconds()
			r.RTO = &took
		}
		if rpo > 0 {
			lost := rpo.Milliseconds()
			r.RPO = &lost
		}
		return slo.DrillEvent{Act: slo.FinishDrill, Actor: "assay", Result: r}
	}
	review := slo.DrillEvent{Act: slo.ReviewDrill, Actor: "ada", Review: &slo.DrillReview{Participants: "Ada Byron, Charles Babbage", Passed: true, Actions: "Mend the phone list, ticket 4711"}}
	failover := drill("failover", slo.DrillFailover, "2026-10-14T03:04:50+02:00", 5*time.Minute, measured(156*time.Second, 20*time.Second))
	review.At = failover.Ended().Add(time.Hour)
	failover, err := failover.Add(review)
	if err != nil {
		t.Fatal(err)
	}
	return []PlanTests{
		{&slo.ContinuityPlan{Name: "mail-loss", Services: []string{"mail"}}, nil, nil},
		{&slo.ContinuityPlan{Name: "site-loss", Services: []string{"pay", "shop"}, Owner: "Ada Byron", RTO: time.Hour, RPO: 15 * time.Minute},
			[]slo.DueTest{
				{Plan: "site-loss", Drill: "restore", Reason: slo.TestFailed, By: instant(t, "2026-11-20T03:00:00Z")},
				{Plan: "site-loss", Reason: slo.TestChanged, By: instant(t, "2026-10-30T12:00:00Z")},
			},
			[]slo.Drill{ // the newest first
				drill("restore", slo.DrillRestore, "2026-11-02T10:00:00Z", time.Hour, measured(time.Minute, time.Minute)),
				drill("restore", slo.DrillRestore, "2026-10-29T10:00:00Z", time.Hour, slo.DrillEvent{Act: slo.AbortDrill, Actor: "ada", Text: "a real outage"}),
				drill("restore", slo.DrillRestore, "2026-10-21T10:00:00Z", 4*time.Hour, measured(0, 0, slo.NotRestored, slo.CanaryNone)),
				drill("restore", slo.DrillRestore, "2026-10-20T10:00:00Z", 2*time.Hour, measured(85*time.Minute, 4*time.Minute, slo.RTOMissed)),
				drill("walk-through", slo.DrillTabletop, "2026-10-15T08:00:00Z", 2*time.Hour, review),
				failover,
				drill("restore", slo.DrillRestore, "2026-09-30T10:00:00Z", time.Hour, measured(time.Minute, time.Minute)),
			}},
	}
}

// TestContinuity has the tests of the period and the plan, and what they attained.
func TestContinuity(t *testing.T) {
	r := Build(goldInput(t))
	if len(r.Continuity) != 1 || len(r.Continuity[0].Tests) != 5 || len(r.Continuity[0].Due) != 2 {
		t.Fatalf("%+v", r.Continuity)
	}
	first := r.Continuity[0].Tests[0]
	if first.Drill != "failover" || first.Down != 146_000 || !*first.Passed || first.State != slo.DrillComplete || *first.RTO.Actual != 156_000 || !first.RPO.Met {
		t.Errorf("%+v", first)
	}
	if late := r.Continuity[0].Due; late[0].Late || !late[1].Late {
		t.Errorf("%+v", late)
	}
	if k := r.KPIs.RTO; k == nil || k.Met != 1 || k.Of != 3 || k.Share.Shown != "33.3" {
		t.Errorf("RTO: %+v", k)
	}
	if k := r.KPIs.RPO; k == nil || k.Met != 2 || k.Of != 3 {
		t.Errorf("RPO: %+v", k)
	}
	var in []string
	for _, o := range r.Outages {
		in = append(in, o.Drill)
	}
	if got := strings.Join(in, ","); got != ",site-loss / failover,,," && strings.Count(got, "site-loss / failover") != 1 {
		t.Errorf("outages in drills: %q", got)
	}
}

// TestNoContinuity says of a service without tests that there were none.
func TestNoContinuity(t *testing.T) {
	in := goldInput(t)
	in.Continuity = nil
	r := Build(in)
	b, err := json.Marshal(r.KPIs)
	if err != nil || !strings.Contains(string(b), `"rto_attainment":null`) {
		t.Errorf("%s, %v", b, err)
	}
	for l, want := range map[Language]string{English: "no tests", Chinese: "没有演练"} {
		text, shown := faces(t, r, l)
		if shown["kpi.rto"] != want || !strings.Contains(text, want) || strings.Contains(text, "site-loss") {
			t.Errorf("%s: %q", l, shown["kpi.rto"])
		}
	}
}
