package slo

import (
	"slices"
	"time"
)

// IncidentTarget is what an agreement promises of incidents of a priority. A
// target of 0 is none.
type IncidentTarget struct {
	Priority    int           // from 1 to LowestPriority
	Response    time.Duration // from detection to the beginning of work, in service hours
	Restoration time.Duration // from detection until what it is about is over, in service hours
}

// Pause is when the clocks of an incident stand, and why. Downtime has no
// pause.
type Pause struct {
	Interval        // To is MaxInstant while it lasts
	Reason   string `json:"reason"`
}

// ClockKind says what a clock measures.
type ClockKind string

// The kinds of clocks.
const (
	ResponseClock    ClockKind = "response"
	RestorationClock ClockKind = "restoration"
)

// IncidentClock is one target of an incident as it stands at an instant.
type IncidentClock struct {
	Agreement string
	Kind      ClockKind
	Target    time.Duration // of service hours
	Elapsed   time.Duration // of them, so far or until it stopped
	Stopped   Instant       // when it was met, or too late; 0 while it is not
	Paused    bool          // it stands for a reason
	// BreachAt is when the target is or was missed if nothing else happens; 0
	// while it stands, where no service hours come within two years, and where
	// it was met.
	BreachAt Instant
}

// Missed reports whether the target was or is exceeded.
func (c *IncidentClock) Missed() bool { return c.Elapsed > c.Target }

// Reached is the last of 50, 75 and 100 percent of the target that elapsed, 0
// before.
func (c *IncidentClock) Reached() int {
	for _, share := range []int{100, 75, 50} {
		if 100*ms(c.Elapsed) >= int64(share)*ms(c.Target) {
			return share
		}
	}
	return 0
}

// breachAhead is how far ahead a breach is looked for.
const breachAhead = 731 * 24 * time.Hour

// Clocks are the clocks that an agreement sets for an incident, as they stand
// at an instant: none where it has no target for the priority, or its terms do
// not hold at the detection.
func (a *Agreement) Clocks(i *Incident, at Instant) []IncidentClock {
	if a.during(Interval{i.Detected, i.Detected + 1}).Empty() {
		return nil
	}
	var out []IncidentClock
	for _, t := range a.Targets {
		if t.Priority != i.Work.Priority {
			continue
		}
		for _, c := range []struct {
			kind    ClockKind
			target  time.Duration
			stopped Instant
		}{
			{ResponseClock, t.Response, first(i.Work.Responded, i.Restored, i.Resolved)},
			{RestorationClock, t.Restoration, first(i.Restored, i.Resolved)},
		} {
			if c.target > 0 {
				out = append(out, a.clock(i, c.kind, c.target, c.stopped, at))
			}
		}
	}
	return out
}

// first is the earliest of the instants that are set, 0 where none is.
func first(list ...Instant) Instant {
	var out Instant
	for _, i := range list {
		if i != 0 && (out == 0 || i < out) {
			out = i
		}
	}
	return out
}

func (a *Agreement) clock(i *Incident, kind ClockKind, target time.Duration, stopped, at Instant) IncidentClock {
	c := IncidentClock{Agreement: a.Name, Kind: kind, Target: target}
	until := at
	if stopped != 0 && stopped <= at {
		c.Stopped, until = stopped, stopped
	}
	run := clockTime{a.Hours, i.Detected, i.Work.Pauses}
	c.Elapsed = run.elapsed(until)
	c.Paused = c.Stopped == 0 && paused(i.Work.Pauses, at)
	if c.Stopped == 0 || c.Missed() {
		c.BreachAt = run.reaches(target, i.Detected.Add(breachAhead))
	}
	return c
}

func paused(pauses []Pause, at Instant) bool {
	return slices.ContainsFunc(pauses, func(p Pause) bool { return p.Contains(at) })
}

// clockTime is the time that counts: service hours from an instant on, less
// the pauses.
type clockTime struct {
	hours  *Calendar
	from   Instant
	pauses []Pause
}

// counts are the intervals of v that count, in order.
func (c clockTime) counts(v Interval) []Interval {
	var stands []Interval
	for _, p := range c.pauses {
		stands = append(stands, p.Interval)
	}
	slices.SortFunc(stands, func(a, b Interval) int {
		switch {
		case a.From < b.From:
			return -1
		case a.From > b.From:
			return 1
		}
		return 0
	})
	var out []Interval
	for _, h := range c.hours.Intervals(v) {
		for _, s := range stands {
			if s.To <= h.From || s.From >= h.To {
				continue
			}
			if s.From > h.From {
				out = append(out, Interval{h.From, s.From})
			}
			h.From = s.To
		}
		if !h.Empty() {
			out = append(out, h)
		}
	}
	return out
}

func (c clockTime) elapsed(until Instant) (sum time.Duration) {
	if until <= c.from {
		return 0
	}
	for _, v := range c.counts(Interval{c.from, until}) {
		sum += v.Length()
	}
	return sum
}

// reaches is the instant at which so much has elapsed, 0 where that is not
// before an end. It looks a month at a time.
func (c clockTime) reaches(target time.Duration, end Instant) Instant {
	const step = 31 * 24 * time.Hour
	for from := c.from; from < end; from = from.Add(step) {
		for _, v := range c.counts(Interval{from, min(end, from.Add(step))}) {
			if v.Length() >= target {
				return v.From.Add(target)
			}
			target -= v.Length()
		}
	}
	return 0
}
