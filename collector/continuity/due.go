package continuity

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Retest is within which time a drill is to be done again after one that failed,
// and a plan is to be tested after a major change.
const Retest = 30 * 24 * time.Hour

// Change is a major change to what a plan covers.
type Change struct {
	ID string // of its record; "" where the plan says so
	At slo.Instant
}

// Changed is the last major change to what a plan covers that was made by an
// instant: by the plan's own word, or by the records of changes, in any order.
// One that is under way, lies ahead, was withdrawn or touches none of the plan's
// services does not count. Its zero value is none.
func Changed(p *slo.ContinuityPlan, changes []slo.ChangeRecord, at slo.Instant) Change {
	var last Change
	if p.Changed != nil && *p.Changed <= at {
		last.At = *p.Changed
	}
	for i := range changes {
		c := &changes[i]
		touches := slices.ContainsFunc(c.Services, func(s string) bool { return slices.Contains(p.Services, s) })
		if c.Major && touches && !c.Withdrawn() && c.To <= at && c.To > last.At {
			last = Change{c.ID, c.To}
		}
	}
	return last
}

// Next lists the tests that a plan needs, given all its drills in any order and
// the last major change to what it covers. known is since when the plan is. A
// look at backups alone tests no plan, nor does a drill that was given up or
// that runs still.
func Next(p *slo.ContinuityPlan, drills []slo.Drill, changed Change, known slo.Instant) []slo.DueTest {
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
	if changed.At > last {
		due("", slo.TestChanged, changed.At.Add(Retest))
		out[len(out)-1].Change = changed.ID
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
