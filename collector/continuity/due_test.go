package continuity

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// TestChanged finds the last major change that counts.
func TestChanged(t *testing.T) {
	said := declared.Add(-time.Hour)
	change := func(id string, after time.Duration, major bool, services ...string) slo.ChangeRecord {
		to := declared.Add(after)
		return slo.ChangeRecord{ID: id, ChangeTerms: slo.ChangeTerms{Services: services, Interval: slo.Interval{From: to.Add(-time.Minute), To: to}, Major: major}}
	}
	withdrawn := change("w", -time.Second, true, "shop")
	withdrawn.Events = []slo.ChangeEvent{{Act: slo.WithdrawChange}}
	p := &slo.ContinuityPlan{Name: "loss", Services: []string{"pay", "shop"}}
	for _, c := range []struct {
		name    string
		said    *slo.Instant
		changes []slo.ChangeRecord
		want    Change
	}{
		{"none", nil, nil, Change{}},
		{"by the plan's word", &said, nil, Change{"", said}},
		{"by a record, of another service as well", nil, []slo.ChangeRecord{change("a", -time.Minute, true, "mail", "shop")}, Change{"a", declared.Add(-time.Minute)}},
		{"the later of both", &said, []slo.ChangeRecord{change("a", -2*time.Hour, true, "shop"), change("b", -time.Minute, true, "pay")}, Change{"b", declared.Add(-time.Minute)}},
		{"the plan says a later one", &said, []slo.ChangeRecord{change("a", -2*time.Hour, true, "shop")}, Change{"", said}},
		{"no major one", nil, []slo.ChangeRecord{change("a", -time.Minute, false, "shop")}, Change{}},
		{"one of others", nil, []slo.ChangeRecord{change("a", -time.Minute, true, "mail")}, Change{}},
		{"one that is under way", nil, []slo.ChangeRecord{change("a", time.Second, true, "shop")}, Change{}},
		{"one that was withdrawn", nil, []slo.ChangeRecord{withdrawn}, Change{}},
	} {
		p.Changed = c.said
		if got := Changed(p, c.changes, declared); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestRetest: after a major change a test is due within 30 days, until one was
// declared after it.
func TestRetest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &slo.ContinuityPlan{Name: "loss", TestEvery: 180 * 24 * time.Hour, Drills: []slo.PlannedDrill{{Name: "table"}}}
		at := func(label string) slo.Instant {
			return declared.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, label)) * time.Hour)
		}
		changed := Change{ID: "c", At: at("changed")}
		var drills []slo.Drill
		tested := false
		for range rapid.IntRange(0, 5).Draw(t, "drills") {
			d := slo.Drill{Plan: "loss", Name: "table", Declared: at("declared"), Terms: slo.DrillTerms{Kind: slo.DrillTabletop}, Events: []slo.DrillEvent{{Act: slo.DeclareDrill}}}
			if over := rapid.Bool().Draw(t, "over"); over {
				d, _ = d.Add(slo.DrillEvent{At: d.Declared.Add(time.Hour), Act: slo.ReviewDrill, Review: &slo.DrillReview{Participants: "Ada", Passed: rapid.Bool().Draw(t, "passed")}})
				tested = tested || d.Declared >= changed.At
			}
			drills = append(drills, d)
		}
		var due []slo.DueTest
		for _, d := range Next(p, drills, changed, declared) {
			if d.Reason == slo.TestChanged {
				due = append(due, d)
			}
		}
		if tested != (len(due) == 0) || !tested && (due[0].By != changed.At.Add(Retest) || due[0].Change != "c") {
			t.Fatalf("changed %s, tested %v: %+v", changed.At, tested, due)
		}
	})
}
