package continuity

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Retest is within which time a drill is to be done again after one that failed,
// and a plan is to be tested after a major change.
const Retest = 30 * 24 * time.Hour

// Why a plan is to be tested.
const (
	Untested = "untested" // it never was
	Periodic = "periodic" // its time has come round
	Failed   = "failed"   // the last drill did not pass
	Changed  = "changed"  // what it covers had a major change since
)

// Due is a test that a plan needs.
type Due struct {
	Plan   string
	Drill  string      // "" is any of the plan's
	Reason string      // one of the above
	By     slo.Instant // late from then on
}

// Late reports whether the test is late at an instant.
func (d Due) Late(at slo.Instant) bool { return at >= d.By }

// Next lists the tests that a plan needs, given all its drills in any order.
// known is since when the plan is. A look at backups alone tests no plan, nor
// does a drill that was given up or that runs still.
func Next(p *slo.ContinuityPlan, drills []slo.Drill, known slo.Instant) []Due {
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
	var out []Due
	if last == 0 {
		out = append(out, Due{p.Name, "", Untested, known.Add(p.TestEvery)})
	} else {
		out = append(out, Due{p.Name, "", Periodic, last.Add(p.TestEvery)})
	}
	if p.Changed != nil && *p.Changed > last {
		out = append(out, Due{p.Name, "", Changed, p.Changed.Add(Retest)})
	}
	for i := range p.Drills {
		if d := newest[p.Drills[i].Name]; d != nil && !d.Passed() {
			out = append(out, Due{p.Name, d.Name, Failed, d.Ended().Add(Retest)})
		}
	}
	slices.SortStableFunc(out, func(a, b Due) int { return int(a.By - b.By) })
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
