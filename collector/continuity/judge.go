// Package continuity decides about drills of continuity plans: what one
// measured, which are due, and what the plans look like on paper. Everything is
// a pure function of what it is given. docs/continuity.md tells of it.
package continuity

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Judge holds the measurements of a drill's probes, in any order, against its
// terms. done is false where the drill still runs at the instant: nothing that
// may come by its deadline is settled yet. Of a tabletop nothing is measured.
//
// The actual RTO runs from the declared disruption to the first of so many good
// measurements in a row, of the check that was good last. Unknown ones neither
// count nor break a row. The actual RPO is how far before the disruption the
// newest canary lies that could be read afterwards; one that was written after
// it says nothing of what it cost.
func Judge(d *slo.Drill, measurements []slo.Measurement, at slo.Instant) (r slo.DrillResult, done bool) {
	if d.Terms.Kind == slo.DrillTabletop {
		return r, false
	}
	j := judging{drill: d, late: at >= d.Deadline(), by: map[string][]slo.Measurement{}}
	for _, m := range measurements {
		if m.At >= d.Declared && m.At < d.Deadline() {
			j.by[m.Probe] = append(j.by[m.Probe], m)
		}
	}
	for _, list := range j.by {
		slices.SortStableFunc(list, func(a, b slo.Measurement) int { return int(a.At - b.At) })
	}
	done = j.judge()
	j.Reasons = append([]slo.DrillReason{}, j.Reasons...)
	j.Steps = append([]slo.DrillStep{}, j.Steps...)
	j.Passed = done && len(j.Reasons) == 0
	return j.DrillResult, done
}

// judging is the state of one judgement.
type judging struct {
	drill *slo.Drill
	slo.DrillResult
	late bool // nothing more is waited for
	by   map[string][]slo.Measurement
}

func (j *judging) fail(r slo.DrillReason) { j.Reasons = append(j.Reasons, r) }

// judge follows the drill as far as it is known, and reports whether it is over.
func (j *judging) judge() bool {
	from := j.drill.Declared
	if j.drill.Terms.Run != "" {
		ended, good, over := j.run()
		if !good {
			return over
		}
		from = ended
	}
	if j.drill.Terms.Kind == slo.DrillBackup {
		return true
	}
	restored, good := j.checks(from)
	read := j.drill.Terms.Canary == "" || j.canary(from)
	if !(good && read) && !j.late {
		return false
	}
	if good {
		j.Restored = &restored
		j.RTO = j.against(restored.Sub(j.drill.Declared), j.drill.Terms.RTO, slo.RTOMissed)
	} else {
		j.fail(slo.NotRestored)
	}
	if j.Canary != nil {
		j.RPO = j.against(j.drill.Declared.Sub(*j.Canary), j.drill.Terms.RPO, slo.RPOMissed)
	}
	return true
}

// run is what an agent ran once: when it ended, whether it was good, and where
// it was not, whether that is the end.
func (j *judging) run() (ended slo.Instant, good, over bool) {
	list := j.by[j.drill.Terms.Run]
	if len(list) == 0 {
		if j.late {
			j.fail(slo.RunMissing)
		}
		return 0, false, j.late
	}
	m := list[0]
	ended = m.At.Add(m.Latency)
	good = m.Outcome == slo.Up
	j.Steps = append(j.Steps, slo.DrillStep{Probe: m.Probe, From: m.At, To: ended, Good: good, Reason: m.Reason, Evidence: m.Evidence})
	switch m.Outcome {
	case slo.Down:
		j.fail(slo.RunFailed)
	case slo.Unknown:
		j.fail(slo.RunUnknown)
	}
	return ended, good, true
}

// checks are when the last of the checks was good, from an instant on.
func (j *judging) checks(from slo.Instant) (restored slo.Instant, good bool) {
	good = true
	for _, probe := range j.drill.Terms.Checks {
		s := row(j.by[probe], from, j.drill.Terms.Good)
		if s.Probe = probe; s.From != 0 || s.Reason != "" {
			j.Steps = append(j.Steps, s)
		}
		good = good && s.Good
		restored = max(restored, s.From)
	}
	return restored, good
}

// row is the first row of n good measurements from an instant on; where there is
// none, what the last measurement said.
func row(list []slo.Measurement, from slo.Instant, n int) (s slo.DrillStep) {
	good := 0
	for _, m := range list {
		if m.At < from {
			continue
		}
		switch m.Outcome {
		case slo.Down:
			good, s = 0, slo.DrillStep{From: m.At, To: m.At.Add(m.Latency), Reason: m.Reason, Evidence: m.Evidence}
		case slo.Unknown:
			if good == 0 {
				s = slo.DrillStep{From: m.At, To: m.At.Add(m.Latency), Reason: m.Reason, Evidence: m.Evidence}
			}
		case slo.Up:
			if good++; good == 1 {
				s = slo.DrillStep{From: m.At}
			}
			if s.To = m.At.Add(m.Latency); good == n {
				s.Good = true
				return s
			}
		}
	}
	return s
}

// canary reads the newest canary that tells what the disruption cost, and
// reports whether there is one.
func (j *judging) canary(from slo.Instant) bool {
	later := false
	step := slo.DrillStep{Probe: j.drill.Terms.Canary}
	for _, m := range j.by[j.drill.Terms.Canary] {
		if m.At < from {
			continue
		}
		c, ok := slo.ReadCanary(m.Evidence)
		switch {
		case m.Outcome != slo.Up:
			if j.Canary == nil {
				step.From, step.To, step.Reason, step.Evidence = m.At, m.At.Add(m.Latency), m.Reason, m.Evidence
			}
		case ok && c > j.drill.Declared:
			later = true
		case ok && (j.Canary == nil || c > *j.Canary):
			j.Canary = &c
			step = slo.DrillStep{Probe: m.Probe, From: m.At, To: m.At.Add(m.Latency), Good: true, Evidence: m.Evidence}
		}
	}
	if step.From != 0 {
		j.Steps = append(j.Steps, step)
	}
	switch {
	case j.Canary != nil:
		return true
	case j.late && later:
		j.fail(slo.CanaryLater)
	case j.late:
		j.fail(slo.CanaryNone)
	}
	return false
}

// against is an actual time in milliseconds, held against what the plan allows.
func (j *judging) against(actual, most time.Duration, missed slo.DrillReason) *int64 {
	if actual > most {
		j.fail(missed)
	}
	ms := actual.Milliseconds()
	return &ms
}
