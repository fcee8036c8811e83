package slo

// ChangeOutcome is how a change went.
type ChangeOutcome string

// The outcomes.
const (
	ChangeFailed    ChangeOutcome = "failed"    // people said so, or tied an incident to it
	ChangeSucceeded ChangeOutcome = "succeeded" // people said so, or no incident is near it
	ChangeUnsettled ChangeOutcome = "unsettled" // an incident is near it, and nobody said whose fault that was
	ChangePending   ChangeOutcome = "pending"   // it lies ahead or is under way, or ended less than ChangeNear ago
)

// ChangeOutcomes lists every outcome.
func ChangeOutcomes() []ChangeOutcome {
	return []ChangeOutcome{ChangeFailed, ChangeSucceeded, ChangeUnsettled, ChangePending}
}

// ChangeJudgement is how a change went, and why that is thought.
type ChangeJudgement struct {
	Outcome   ChangeOutcome
	Tied      []string // incidents that people tied to it, by ID
	Candidate []string // others that it is a candidate of
}

// JudgeChange says at an instant how a change went. What people said last of it
// counts before all else; then whether they tied an incident to it, by a link of
// kind change to its ID or its key; then whether it is a candidate of one. What
// late measurements disproved is no incident.
func (c *Catalog) JudgeChange(x *ChangeRecord, incidents []Incident, at Instant) ChangeJudgement {
	j := ChangeJudgement{Outcome: ChangeSucceeded}
	one := []ChangeRecord{*x}
	for n := range incidents {
		switch i := &incidents[n]; {
		case i.Began > at:
		case tied(i, x):
			j.Tied = append(j.Tied, i.ID)
		case i.Trigger == ServiceDown && !i.Open() && i.Downtime == 0:
		case len(c.ChangeCandidates(i, one)) > 0:
			j.Candidate = append(j.Candidate, i.ID)
		}
	}
	switch verdict := x.Verdict(); {
	case verdict == FailChange:
		j.Outcome = ChangeFailed
	case verdict == SucceedChange:
	case len(j.Tied) > 0:
		j.Outcome = ChangeFailed
	case len(j.Candidate) > 0:
		j.Outcome = ChangeUnsettled
	case at < x.Near().To:
		j.Outcome = ChangePending
	}
	return j
}

// tied reports whether people tied an incident to a change.
func tied(i *Incident, x *ChangeRecord) bool {
	for _, l := range i.Work.Links {
		if l.Names(x) {
			return true
		}
	}
	return false
}

// ChangeLink is the kind of a link from an incident to a change.
const ChangeLink LinkKind = "change"

// Names reports whether a link leads to the change, by its ID or its key.
func (l IncidentLink) Names(x *ChangeRecord) bool {
	return l.Kind == ChangeLink && (l.ID == x.ID || x.Key != "" && l.ID == x.Key)
}

// ChangeRate is how many of some changes failed. Those that are pending, and
// those that were withdrawn, are none of them.
type ChangeRate struct {
	Changes   int // settled or not
	Failed    int
	Unsettled int
}

// Count adds a change.
func (r *ChangeRate) Count(x *ChangeRecord, o ChangeOutcome) {
	if x.Withdrawn() || o == ChangePending {
		return
	}
	r.Changes++
	switch o {
	case ChangeFailed:
		r.Failed++
	case ChangeUnsettled:
		r.Unsettled++
	}
}

// Rate is the change-failure rate: those that failed of all. Worst is as much
// if all that is unsettled had failed too. Both are not valid of no changes.
func (r ChangeRate) Rate() (rate, worst Fraction) {
	return Fraction{Part: int64(r.Failed), Whole: int64(r.Changes)}, Fraction{Part: int64(r.Failed + r.Unsettled), Whole: int64(r.Changes)}
}
