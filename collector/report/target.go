package report

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Running is the verdict of a target that is neither met nor exceeded yet.
const Running Verdict = "running"

// IncidentTarget is a target of the agreement for an incident, and what became
// of it: met, missed or running. One that is exceeded is missed, also while the
// incident is open.
type IncidentTarget struct {
	Kind    slo.ClockKind `json:"kind"`       // response or restoration
	Target  Milliseconds  `json:"target_ms"`  // of service hours
	Elapsed Milliseconds  `json:"elapsed_ms"` // of them, less the pauses: until it stopped, or so far
	Verdict Verdict       `json:"verdict"`
	Stopped bool          `json:"stopped"` // work began, or what it is about is over
	Decided *slo.Instant  `json:"decided"` // when it was met or exceeded; null while it runs
}

// targets are those of an agreement for an incident as they stand at an
// instant.
func targets(a *slo.Agreement, k *slo.Incident, at slo.Instant) []IncidentTarget {
	out := []IncidentTarget{}
	for _, c := range a.Clocks(k, at) {
		t := IncidentTarget{Kind: c.Kind, Target: millis(c.Target), Elapsed: millis(c.Elapsed), Verdict: Running, Stopped: c.Stopped != 0}
		switch {
		case c.Missed() && c.BreachAt != 0:
			t.Verdict, t.Decided = Missed, &c.BreachAt
		case c.Missed():
			t.Verdict, t.Decided = Missed, &at
		case c.Stopped != 0:
			t.Verdict, t.Decided = Met, &c.Stopped
		}
		out = append(out, t)
	}
	return out
}

// workedOn is the incident on which people work where one of the service is
// part of it: its clocks are theirs. It is the incident itself where that is
// part of none, or where the whole is not given.
func workedOn(in *Input, k *slo.Incident) *slo.Incident {
	if k.Work.Parent == "" {
		return k
	}
	for _, list := range [][]slo.Incident{in.Incidents, in.Wholes} {
		if i := slices.IndexFunc(list, func(w slo.Incident) bool { return w.ID == k.Work.Parent }); i >= 0 {
			return &list[i]
		}
	}
	return k
}

// of is the target of a kind, nil where there is none.
func (i *Incident) of(kind slo.ClockKind) *IncidentTarget {
	for n := range i.Targets {
		if i.Targets[n].Kind == kind {
			return &i.Targets[n]
		}
	}
	return nil
}
