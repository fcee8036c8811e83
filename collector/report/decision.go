package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Decision is something that somebody has to decide, as it stands when the
// report is made. Fields that its kind has no use for are empty.
type Decision struct {
	Kind      DecisionKind  `json:"kind"`
	Agreement string        `json:"agreement,omitempty"`
	Service   string        `json:"service,omitempty"`
	Subject   string        `json:"subject"`             // ID or name of what is to be decided on; of what people recorded, its ID
	Title     string        `json:"title,omitempty"`     // of what people recorded
	Of        *slo.Interval `json:"of,omitempty"`        // of an exclusion
	AskedBy   string        `json:"asked_by,omitempty"`  // of an exclusion
	WantedOf  string        `json:"wanted_of,omitempty"` // who is asked, of what people recorded
	By        *slo.Instant  `json:"by,omitempty"`        // when it is or was due; nil where nothing says
	Due       string        `json:"due,omitempty"`       // the same of what people recorded: a day, as 2006-01-02
	Clock     string        `json:"clock,omitempty"`     // of an incident: response or restoration
	Coverage  *Figure       `json:"coverage,omitempty"`  // of an objective
	Text      string        `json:"text,omitempty"`      // what people wrote
}

// DecisionKind says what a decision is about.
type DecisionKind string

// The kinds of decisions. All but the last follow from the figures.
const (
	DecideExclusion DecisionKind = "exclusion"        // a request for an exclusion that waits
	DecideIncident  DecisionKind = "incident_overdue" // open, and past a target of its agreement
	DecideOrder     DecisionKind = "capacity"         // more has to be ordered soon, or is late
	DecideCoverage  DecisionKind = "coverage"         // an objective of which too little was observed
	DecideRecorded  DecisionKind = "recorded"         // as a register has it
)

// orderSoon is how far ahead of the report a date to order by is a decision to
// take now: until the report of the next month is there.
const orderSoon = 31 * 24 * time.Hour

// decisions are those that follow from the figures, and those that registers
// have, of the agreement; the overdue first, each kind in the order of its
// dates.
func decisions(in Input, r *Report) []Decision {
	out := []Decision{}
	out = append(out, overdue(in)...)
	out = append(out, orders(in, r)...)
	out = append(out, waiting(in)...)
	out = append(out, thin(in, r)...)
	return append(out, in.Recorded.Decisions...)
}

// recordedLast puts what registers have behind what follows from the figures.
func recordedLast(a, b Decision) int {
	last := map[DecisionKind]int{DecideRecorded: 1}
	return cmp.Compare(last[a.Kind], last[b.Kind])
}

// waiting are the requests for exclusions that nobody decided on.
func waiting(in Input) []Decision {
	var out []Decision
	for i := range in.Waiting {
		x := &in.Waiting[i]
		if !slices.Contains(x.Agreements, in.Agreement.Name) || x.Intersect(in.Period.Interval).Empty() {
			continue
		}
		of := x.Interval
		out = append(out, Decision{
			Kind: DecideExclusion, Agreement: in.Agreement.Name, Service: in.Agreement.Service,
			Subject: x.ID, Of: &of, AskedBy: x.RequestedBy, Text: x.Reason,
		})
	}
	slices.SortStableFunc(out, func(a, b Decision) int { return cmp.Compare(a.Of.From, b.Of.From) })
	return out
}

// overdue are the incidents of the period that are open past a target.
func overdue(in Input) []Decision {
	var out []Decision
	for _, k := range touching(in) {
		for _, c := range in.Agreement.Clocks(k, in.At) {
			if c.Stopped != 0 || !c.Missed() {
				continue
			}
			d := Decision{
				Kind: DecideIncident, Agreement: in.Agreement.Name, Service: in.Agreement.Service, Subject: k.ID, Clock: string(c.Kind),
			}
			if c.BreachAt != 0 {
				d.By = &c.BreachAt
			}
			out = append(out, d)
		}
	}
	return out
}

// orders are the resources of which more has to be ordered soon, or that are
// at their limit.
func orders(in Input, r *Report) []Decision {
	var out []Decision
	for i := range r.Resources {
		x := &r.Resources[i]
		soon := x.OrderBy != nil && *x.OrderBy < in.At.Add(orderSoon)
		if !soon && x.Exhaustion != slo.LimitReached {
			continue
		}
		name := x.Resource
		if x.Series != "" {
			name += " (" + x.Series + ")"
		}
		out = append(out, Decision{Kind: DecideOrder, Agreement: in.Agreement.Name, Service: in.Agreement.Service, Subject: name, By: x.OrderBy})
	}
	return out
}

// thin are the objectives of which too little was observed to say a figure.
func thin(in Input, r *Report) []Decision {
	var out []Decision
	for i := range r.Objectives {
		if o := &r.Objectives[i]; o.Delivered == nil && !o.SoFar && o.Coverage != nil {
			out = append(out, Decision{
				Kind: DecideCoverage, Agreement: in.Agreement.Name, Service: in.Agreement.Service, Subject: o.Name, Coverage: o.Coverage,
			})
		}
	}
	return out
}
