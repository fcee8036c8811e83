package notify

import (
	"fmt"
	"maps"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Actions of a step, as BudgetFacts.Action says them.
const (
	ActionNotify   = "notify"
	ActionFreeze   = "freeze"
	ActionIncident = "incident"
)

// Step is a step of a budget policy that is reached. Its JSON is what the
// collector keeps of what it told.
type Step struct {
	Service  string       `json:"service"`
	Severity slo.Severity `json:"severity"`
	Summary  string       `json:"summary"`
	Link     string       `json:"link"`
	Budget   BudgetFacts  `json:"budget"`
}

// StepEvents is what there is to tell at an instant where the steps of told
// were told of as reached, and those of now are. A freeze has an end; a step
// that tells people is told once for each time that it is reached.
func StepEvents(told, now []Step, at slo.Instant) []Event {
	before, after := bySubject(told), bySubject(now)
	var out []Event
	for _, k := range slices.Sorted(maps.Keys(before)) {
		if _, still := after[k]; !still && before[k].Budget.Action == ActionFreeze {
			out = append(out, before[k].ended(at))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(after)) {
		if _, known := before[k]; !known {
			out = append(out, after[k].begun(at))
		}
	}
	return out
}

func bySubject(list []Step) map[string]Step {
	out := make(map[string]Step, len(list))
	for _, s := range list {
		out[s.Budget.key()] = s
	}
	return out
}

func (s Step) begun(at slo.Instant) Event {
	if s.Budget.Action == ActionFreeze {
		return s.event(FreezeBegun, at, s.Summary)
	}
	return s.event(BudgetReached, at, s.Summary)
}

func (s Step) ended(at slo.Instant) Event {
	return s.event(FreezeEnded, at, fmt.Sprintf("Changes to %s are no longer frozen: %s/%s is back below %s %% of its error budget, or judged no more",
		s.Service, s.Budget.Agreement, s.Budget.Objective, s.Budget.Step))
}

func (s Step) event(t EventType, at slo.Instant, summary string) Event {
	e := newEvent(t, at, s.Severity, s.Budget.key())
	budget := s.Budget
	e.Service, e.Summary, e.Link, e.Budget = s.Service, truncate(summary, maxSummary), s.Link, &budget
	return e
}
