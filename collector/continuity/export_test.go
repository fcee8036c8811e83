package continuity

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestPage holds what a person reads when the site is lost.
func TestPage(t *testing.T) {
	rto, rpo := int64(1830_000), int64(420_000)
	d := *restoring()
	d.Events = []slo.DrillEvent{{Act: slo.DeclareDrill, At: declared}, {Act: slo.FinishDrill, At: declared.Add(time.Hour),
		Result: &slo.DrillResult{Reasons: []slo.DrillReason{slo.RTOMissed}, RTO: &rto, RPO: &rpo}}}
	table := slo.Drill{Plan: "loss", Name: "table", Declared: declared.Add(time.Hour), Terms: slo.DrillTerms{Kind: slo.DrillTabletop},
		Events: []slo.DrillEvent{{Act: slo.DeclareDrill, At: declared.Add(time.Hour)}}}
	p := &slo.ContinuityPlan{
		Name: "loss", Services: []string{"mail", "shop"}, Owner: "Ada <Byron>", RTO: 4 * time.Hour, RPO: 15 * time.Minute, TestEvery: 180 * 24 * time.Hour,
		Invoke: "Call +49 30 000.\nSay <b>lost</b>.", Return: "Point the name back.",
		Steps:  []slo.PlanStep{{Do: "Restore.", By: "database team", Within: 2 * time.Hour}, {Do: "Tell the customers."}},
		Drills: []slo.PlannedDrill{{Name: "restore"}, {Name: "table"}},
	}
	at := declared.Add(40 * 24 * time.Hour)
	drills := []slo.Drill{table, d}
	got, err := Page([]Standing{{p, Next(p, drills, Change{}, declared), drills}}, "0123456789ab", at)
	if err != nil {
		t.Fatal(err)
	}
	const path = "testdata/plans.html"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs:\n%s", path, got)
	}
	if _, err := Page(nil, "0123456789ab", at); err != nil {
		t.Error(err)
	}
}
