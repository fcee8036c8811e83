package slo

import (
	"cmp"
	"slices"
)

// Fold makes all that follows from the events anew.
func (p *Problem) Fold() {
	undone := p.Undone()
	*p = Problem{ID: p.ID, Service: p.Service, Mode: p.Mode, Events: p.Events}
	for n := range p.Events {
		if e := &p.Events[n]; !undone[e.N] {
			p.apply(e)
		}
	}
}

// Undone is the numbers of the events that were undone.
func (p *Problem) Undone() map[int]bool {
	out := map[int]bool{}
	for n := range p.Events {
		if p.Events[n].Act == UndoProblem {
			out[p.Events[n].Undoes] = true
		}
	}
	return out
}

// apply is what an event changes.
func (p *Problem) apply(e *ProblemEvent) {
	p.join(e)
	switch e.Act {
	case ProposeProblem:
		p.State, p.Title = ProblemProposed, e.Text
	case OpenProblem:
		p.State = ProblemOpen
		if e.Value != "" {
			p.Title = e.Value
		}
	case RejectProblem:
		p.State = ProblemRejected
	case SetRootCause:
		p.RootCause = e.Text
	case SetWorkaround:
		p.Workaround = e.Text
	case NameKnownError:
		p.State = ProblemKnownError
	case FixProblem:
		p.State, p.Fixed, p.FixChange = ProblemFixed, e.When, e.Value
		p.addChange(e.Value)
	case CloseProblem:
		p.State, p.Closed = ProblemClosed, e.At
	case ReopenProblem:
		p.State = ProblemOpen
	case AssignProblem:
		p.Owner = e.Value
	case RetitleProblem:
		p.Title = e.Value
	case LinkChange:
		p.addChange(e.Value)
	case UnlinkChange:
		p.Changes = slices.DeleteFunc(p.Changes, func(id string) bool { return id == e.Value })
	}
}

// join takes incidents in and out.
func (p *Problem) join(e *ProblemEvent) {
	for _, i := range e.Joined {
		if !p.Has(i.ID) {
			p.Incidents = append(p.Incidents, i)
		}
	}
	p.Incidents = slices.DeleteFunc(p.Incidents, func(i ProblemIncident) bool { return slices.Contains(e.Left, i.ID) })
	slices.SortStableFunc(p.Incidents, func(a, b ProblemIncident) int { return cmp.Compare(a.Began, b.Began) })
}

func (p *Problem) addChange(id string) {
	if id != "" && !slices.Contains(p.Changes, id) {
		p.Changes = append(p.Changes, id)
	}
}
