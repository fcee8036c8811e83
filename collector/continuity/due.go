package continuity

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Retest is within which time a drill is to be done again after one that failed,
// and a plan is to be tested after a major change.
const Retest = 30 * 24 * time.Hour

// Next lists the tests that a plan needs, given all its drills in any order.
// known is since when the plan is. A look at backups alone tests no plan, nor
// does a drill that was given up or that runs still.
func Next(p *slo.ContinuityPlan, drills []slo.Drill, known slo.Instant) []slo.DueTest {
	var last slo.Instant // the last test was declared
	newest := map[string]*slo.Drill{}
	for i := range drills {
		d := &drills[i]
		if d.Plan != p.Name || d.Ended() == 0 || d.State() == slo.DrillAborted {
			continue
		}
		if n := newest[d.Name]; n == nil || d.Declared > n.Declared {
			newest[d.Name] = d
		}
		if d.Terms.Kind != slo.DrillBackup {
			last = max(last, d.Declared)
		}
	}
	var out []slo.DueTest
	due := func(drill string, reason slo.TestReason, by slo.Instant) {
		out = append(out, slo.DueTest{Plan: p.Name, Drill: drill, Reason: reason, By: by})
	}
	if last == 0 {
		due("", slo.TestNever, known.Add(p.TestEvery))
	} else {
		due("", slo.TestPeriodic, last.Add(p.TestEvery))
	}
	if p.Changed != nil && *p.Changed > last {
		due("", slo.TestChanged, p.Changed.Add(Retest))
	}
	for i := range p.Drills {
		if d := newest[p.Drills[i].Name]; d != nil && !d.Passed() {
			due(d.Name, slo.TestFailed, d.Ended().Add(Retest))
		}
	}
	slices.SortStableFunc(out, func(a, b slo.DueTest) int { return int(a.By - b.By) })
	return out
}

// Begins are the instants in [from, to) at which the schedule of a drill has it
// begin.
func Begins(s *slo.DrillSchedule, from, to slo.Instant) []slo.Instant {
	const most = 1000
	var out []slo.Instant
	s.Cron.Starts(from, to, s.Zone, func(at slo.Instant) bool {
		out = append(out, at)
		return len(out) < most
	})
	slices.Sort(out)
	return out
}
