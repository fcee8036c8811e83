package continuity

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

const declared slo.Instant = 1_790_000_000_000

// restoring is a restore drill of an hour's RTO and ten minutes' RPO.
func restoring() *slo.Drill {
	return &slo.Drill{Plan: "loss", Name: "restore", Declared: declared, Terms: slo.DrillTerms{
		Kind: slo.DrillRestore, Run: "run", Checks: []string{"a", "b"}, Canary: "canary", Good: 2,
		Within: 2 * time.Hour, RTO: time.Hour, RPO: 10 * time.Minute,
	}}
}

// of is a measurement so many seconds after the disruption.
func of(probe string, after int, outcome slo.State, evidence string) slo.Measurement {
	m := slo.Measurement{Probe: probe, At: declared.Add(time.Duration(after) * time.Second), Outcome: outcome, Evidence: evidence, Latency: time.Second}
	if outcome != slo.Up {
		m.Reason = slo.ConnectRefused
	}
	return m
}

func canary(after int) string {
	return slo.CanaryEvidence(declared.Add(time.Duration(after) * time.Second))
}

func TestJudge(t *testing.T) {
	good := func(more ...slo.Measurement) []slo.Measurement {
		return append([]slo.Measurement{
			of("run", 10, slo.Up, ""), of("a", 5, slo.Up, ""), of("a", 12, slo.Up, ""), of("a", 22, slo.Up, ""),
			of("b", 12, slo.Down, ""), of("b", 30, slo.Up, ""), of("b", 35, slo.Unknown, ""), of("b", 40, slo.Up, ""),
		}, more...)
	}
	for _, c := range []struct {
		name     string
		list     []slo.Measurement
		at       int
		done     bool
		reasons  []slo.DrillReason
		rto, rpo int // seconds; -1 is none
	}{
		{"restored, the canary of before", good(of("canary", 50, slo.Up, canary(-60))), 60, true, nil, 30, 60},
		{"nothing yet", nil, 60, false, nil, -1, -1},
		{"nobody ran it", nil, 7200, true, []slo.DrillReason{slo.RunMissing}, -1, -1},
		{"it failed", []slo.Measurement{of("run", 10, slo.Down, "exit 2")}, 20, true, []slo.DrillReason{slo.RunFailed}, -1, -1},
		{"it could not be run", []slo.Measurement{of("run", 10, slo.Unknown, "no command")}, 20, true, []slo.DrillReason{slo.RunUnknown}, -1, -1},
		{"no canary yet", good(), 60, false, nil, -1, -1},
		{"no canary", good(of("canary", 50, slo.Down, "")), 7200, true, []slo.DrillReason{slo.CanaryNone}, 30, -1},
		{"canaries of after alone", good(of("canary", 50, slo.Up, canary(20))), 7200, true, []slo.DrillReason{slo.CanaryLater}, 30, -1},
		{"too much lost", good(of("canary", 50, slo.Up, canary(-601))), 60, true, []slo.DrillReason{slo.RPOMissed}, 30, 601},
		{"just enough", good(of("canary", 50, slo.Up, canary(-600))), 60, true, nil, 30, 600},
		{"a canary read before the restore", good(of("canary", 5, slo.Up, canary(0)), of("canary", 50, slo.Up, canary(-60))), 60, true, nil, 30, 60},
		{"too late", []slo.Measurement{of("run", 3000, slo.Up, ""), of("a", 3601, slo.Up, ""), of("a", 3602, slo.Up, ""), of("b", 3101, slo.Up, ""), of("b", 3102, slo.Up, ""),
			of("canary", 3700, slo.Up, canary(0))}, 4000, true, []slo.DrillReason{slo.RTOMissed}, 3601, 0},
		{"one check never good", []slo.Measurement{of("run", 10, slo.Up, ""), of("a", 20, slo.Up, ""), of("a", 30, slo.Up, ""), of("b", 20, slo.Up, ""),
			of("canary", 50, slo.Up, canary(0))}, 7200, true, []slo.DrillReason{slo.NotRestored}, -1, 0},
		{"good after the deadline", []slo.Measurement{of("run", 10, slo.Up, ""), of("a", 7200, slo.Up, "")}, 8000, true, []slo.DrillReason{slo.CanaryNone, slo.NotRestored}, -1, -1},
	} {
		r, done := Judge(restoring(), c.list, declared.Add(time.Duration(c.at)*time.Second))
		if done != c.done || !slices.Equal(r.Reasons, c.reasons) || seconds(r.RTO) != c.rto || seconds(r.RPO) != c.rpo || r.Passed != (done && c.reasons == nil) {
			t.Errorf("%s: done %v, %v, RTO %d, RPO %d", c.name, done, r.Reasons, seconds(r.RTO), seconds(r.RPO))
		}
	}
}

func seconds(ms *int64) int {
	if ms == nil {
		return -1
	}
	return int(*ms / 1000)
}

// TestJudgeModel holds the actual times against a model that tries every row and
// every canary.
func TestJudgeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := restoring()
		d.Terms.Kind, d.Terms.Run = slo.DrillFailover, ""
		d.Terms.Good = rapid.IntRange(1, 4).Draw(t, "good")
		var list []slo.Measurement
		seen := map[[2]int]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			probe := rapid.IntRange(0, 2).Draw(t, "probe")
			after := rapid.IntRange(-5, 60).Draw(t, "after")
			if seen[[2]int{probe, after}] {
				continue // two at one instant have no order
			}
			seen[[2]int{probe, after}] = true
			outcome := rapid.SampledFrom([]slo.State{slo.Up, slo.Down, slo.Unknown}).Draw(t, "outcome")
			list = append(list, of([]string{"a", "b", "canary"}[probe], after, outcome, canary(rapid.IntRange(-30, 10).Draw(t, "written"))))
		}
		r, done := Judge(d, list, declared.Add(d.Terms.Within))
		restored, read := modelled(d, list)
		if !done || seconds(r.RTO) != restored || seconds(r.RPO) != read {
			t.Fatalf("done %v, RTO %d, want %d, RPO %d, want %d", done, seconds(r.RTO), restored, seconds(r.RPO), read)
		}
		if r.Passed != (restored >= 0 && read >= 0 && restored <= 3600 && read <= 600) {
			t.Fatalf("passed %v of RTO %d, RPO %d: %v", r.Passed, restored, read, r.Reasons)
		}
	})
}

// modelled are the actual RTO and RPO in seconds, -1 where there is none.
func modelled(d *slo.Drill, list []slo.Measurement) (rto, rpo int) {
	rpo = -1
	for after := range 60 + 1 {
		for _, m := range list {
			if c, ok := slo.ReadCanary(m.Evidence); ok && m.Probe == "canary" && m.Outcome == slo.Up && m.At == declared.Add(time.Duration(after)*time.Second) && c <= declared {
				if lost := int(declared.Sub(c).Seconds()); rpo < 0 || lost < rpo {
					rpo = lost
				}
			}
		}
	}
	for _, probe := range d.Terms.Checks {
		first := -1
		for start := 60; start >= 0; start-- {
			if begins(list, probe, start, d.Terms.Good) {
				first = start
			}
		}
		if first < 0 {
			return -1, rpo
		}
		rto = max(rto, first)
	}
	return rto, rpo
}

// begins reports whether a row of n good measurements begins at a second.
func begins(list []slo.Measurement, probe string, start, n int) bool {
	for after, good := start, 0; after <= 60; after++ {
		for _, m := range list {
			if m.Probe != probe || m.At != declared.Add(time.Duration(after)*time.Second) {
				continue
			}
			if m.Outcome == slo.Down || after == start && m.Outcome != slo.Up {
				return false
			}
			if m.Outcome == slo.Up {
				good++
			}
		}
		if after == start && good == 0 {
			return false
		}
		if good >= n {
			return true
		}
	}
	return false
}

func TestNext(t *testing.T) {
	const day = 24 * time.Hour
	changed := declared.Add(10 * day)
	p := &slo.ContinuityPlan{Name: "loss", TestEvery: 180 * day, Drills: []slo.PlannedDrill{{Name: "restore"}, {Name: "backup"}}}
	done := func(name string, kind slo.DrillKind, at slo.Instant, passed bool) slo.Drill {
		return slo.Drill{Plan: "loss", Name: name, Declared: at, Terms: slo.DrillTerms{Kind: kind},
			Events: []slo.DrillEvent{{Act: slo.DeclareDrill, At: at}, {Act: slo.FinishDrill, At: at.Add(time.Hour), Result: &slo.DrillResult{Passed: passed}}}}
	}
	given := done("restore", slo.DrillRestore, declared, false)
	given.Events[1] = slo.DrillEvent{Act: slo.AbortDrill, At: declared, Text: "x"}
	due := func(drill string, reason slo.TestReason, by slo.Instant) slo.DueTest {
		return slo.DueTest{Plan: "loss", Drill: drill, Reason: reason, By: by}
	}
	for _, c := range []struct {
		name    string
		changed slo.Instant
		drills  []slo.Drill
		want    []slo.DueTest
	}{
		{"never", 0, nil, []slo.DueTest{due("", slo.TestNever, declared.Add(180*day))}},
		{"backups and what was given up are no test", 0, []slo.Drill{done("backup", slo.DrillBackup, declared, true), given}, []slo.DueTest{due("", slo.TestNever, declared.Add(180*day))}},
		{"passed", 0, []slo.Drill{done("restore", slo.DrillRestore, declared, true)}, []slo.DueTest{due("", slo.TestPeriodic, declared.Add(180*day))}},
		{"failed", 0, []slo.Drill{done("restore", slo.DrillRestore, declared, false)},
			[]slo.DueTest{due("restore", slo.TestFailed, declared.Add(30*day+time.Hour)), due("", slo.TestPeriodic, declared.Add(180*day))}},
		{"failed and done again", 0, []slo.Drill{done("restore", slo.DrillRestore, declared.Add(day), true), done("restore", slo.DrillRestore, declared, false)},
			[]slo.DueTest{due("", slo.TestPeriodic, declared.Add(181*day))}},
		{"a change since", changed, []slo.Drill{done("restore", slo.DrillRestore, declared, true)},
			[]slo.DueTest{due("", slo.TestChanged, declared.Add(40*day)), due("", slo.TestPeriodic, declared.Add(180*day))}},
		{"a change before", changed, []slo.Drill{done("restore", slo.DrillRestore, declared.Add(11*day), true)}, []slo.DueTest{due("", slo.TestPeriodic, declared.Add(191*day))}},
	} {
		if got := Next(p, c.drills, Change{At: c.changed}, declared); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
