package slo

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// reserved are the events that are left to people when a problem's are full.
const reserved = 200

// Add returns the problem with a further event, whose number it gives; its
// error is a ProblemRefusal. p stays as it is.
func (p Problem) Add(e ProblemEvent) (Problem, error) {
	if err := p.check(&e); err != nil {
		return p, err
	}
	e.N = len(p.Events) + 1
	p.Events = append(slices.Clip(p.Events), e)
	p.Fold()
	return p, nil
}

// check says why an event cannot be added.
func (p *Problem) check(e *ProblemEvent) error {
	if max(len(e.Text)-MaxProblemText, len(e.Value)-MaxProblemName) > 0 || !utf8.ValidString(e.Text+e.Value) {
		return ProblemBadText
	}
	if n := len(p.Events); n >= MaxProblemEvents || e.Actor == ByItself && n >= MaxProblemEvents-reserved {
		return ProblemFull
	}
	if (len(p.Events) == 0) != p.begins(e) {
		return ProblemNoSuchAct
	}
	switch e.Act {
	case LinkIncident, UnlinkIncident:
		return p.checkIncidents(e)
	case LinkChange, UnlinkChange:
		return p.checkChange(e)
	case UndoProblem:
		return p.checkUndo(e)
	case AssignProblem:
		return refuseIf(e.Value == p.Owner, ProblemAlreadySo)
	case RetitleProblem:
		return firstOf(refuseIf(strings.TrimSpace(e.Value) == "", ProblemBadText), refuseIf(e.Value == p.Title, ProblemAlreadySo))
	case CommentProblem:
		return refuseIf(strings.TrimSpace(e.Text) == "", ProblemBadText)
	case SetRootCause:
		return refuseIf(e.Text == p.RootCause, ProblemAlreadySo)
	case SetWorkaround:
		return refuseIf(e.Text == p.Workaround, ProblemAlreadySo)
	}
	return p.checkStep(e)
}

// begins reports whether an event is one that a problem begins with.
func (p *Problem) begins(e *ProblemEvent) bool {
	return e.Act == ProposeProblem || e.Act == OpenProblem && len(p.Events) == 0
}

// checkStep says why a problem cannot take a step from the state that it is in.
func (p *Problem) checkStep(e *ProblemEvent) error {
	from, known := stepsOfProblems()[e.Act]
	switch {
	case !known:
		return ProblemNoSuchAct
	case len(p.Events) == 0:
		return refuseIf(e.Value+e.Text == "" || len(e.Joined) > MaxProblemIncidents, ProblemBadText)
	case !slices.Contains(from, p.State):
		return ProblemWrongState
	}
	switch e.Act {
	case RejectProblem, CloseProblem, ReopenProblem:
		return refuseIf(strings.TrimSpace(e.Text) == "", ProblemBadText)
	case NameKnownError:
		return refuseIf(p.RootCause == "" && p.Workaround == "", ProblemNothingKnown)
	case FixProblem:
		return firstOf(refuseIf(p.RootCause == "", ProblemNothingKnown), refuseIf(e.When <= 0 || e.When > e.At, ProblemBadInstant))
	}
	return nil
}

// stepsOfProblems are the acts that change the state, each with the states
// that it is possible from.
func stepsOfProblems() map[ProblemAct][]ProblemState {
	return map[ProblemAct][]ProblemState{
		ProposeProblem: {},
		OpenProblem:    {ProblemProposed},
		RejectProblem:  {ProblemProposed, ProblemOpen},
		NameKnownError: {ProblemOpen},
		FixProblem:     {ProblemOpen, ProblemKnownError},
		CloseProblem:   {ProblemOpen, ProblemKnownError, ProblemFixed},
		ReopenProblem:  {ProblemFixed, ProblemClosed, ProblemRejected},
	}
}

// May reports whether the state of a problem allows an act that changes it.
func (p *Problem) May(a ProblemAct) bool {
	known := p.RootCause != "" || a == NameKnownError && p.Workaround != ""
	if (a == FixProblem || a == NameKnownError) && !known {
		return false
	}
	return slices.Contains(stepsOfProblems()[a], p.State)
}

func (p *Problem) checkIncidents(e *ProblemEvent) error {
	if len(e.Joined)+len(e.Left) == 0 || (e.Act == LinkIncident) != (len(e.Joined) > 0) {
		return ProblemBadText
	}
	if len(p.Incidents)+len(e.Joined) > MaxProblemIncidents {
		return ProblemFull
	}
	for _, i := range e.Joined {
		if p.Has(i.ID) {
			return ProblemAlreadySo
		}
	}
	for _, id := range e.Left {
		if !p.Has(id) {
			return ProblemAlreadySo
		}
	}
	return nil
}

func (p *Problem) checkChange(e *ProblemEvent) error {
	has := slices.Contains(p.Changes, e.Value)
	return firstOf(
		refuseIf(strings.TrimSpace(e.Value) == "", ProblemBadText),
		refuseIf(has == (e.Act == LinkChange), ProblemAlreadySo),
		refuseIf(!has && len(p.Changes) >= MaxProblemChanges, ProblemFull))
}

// checkUndo lets people take back what they did, except what has an opposite of
// its own. Of the steps only the last is taken back: the others stand on it.
func (p *Problem) checkUndo(e *ProblemEvent) error {
	n := slices.IndexFunc(p.Events, func(k ProblemEvent) bool { return k.N == e.Undoes })
	if n < 0 {
		return ProblemNoSuchEvent
	}
	if p.Undone()[e.Undoes] {
		return ProblemAlreadySo
	}
	return refuseIf(!p.Undoable(e.Undoes), ProblemNotUndoable)
}

// Undoable reports whether people may take an event back.
func (p *Problem) Undoable(n int) bool {
	undone, steps, last := p.Undone(), stepsOfProblems(), 0
	for _, e := range p.Events {
		if _, step := steps[e.Act]; step && !undone[e.N] {
			last = e.N
		}
	}
	for _, e := range p.Events {
		if e.N != n || undone[n] || n == 1 || e.Actor == ByItself || e.Act == UndoProblem {
			continue
		}
		_, step := steps[e.Act]
		return !step || n == last
	}
	return false
}

// refuseIf is a refusal where something is so.
func refuseIf(so bool, r ProblemRefusal) error {
	if so {
		return r
	}
	return nil
}

func firstOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// ProblemRefusal is why an event is not added to a problem.
type ProblemRefusal string

// The refusals.
const (
	ProblemAlreadySo    ProblemRefusal = "already_so"    // it would change nothing
	ProblemBadText      ProblemRefusal = "bad_text"      // missing, not UTF-8 or too long
	ProblemBadInstant   ProblemRefusal = "bad_instant"   // a fix that is to come, or without an instant
	ProblemFull         ProblemRefusal = "problem_full"  // no more is kept
	ProblemNoSuchAct    ProblemRefusal = "no_such_act"   // nothing that is done to a problem, or only once
	ProblemNoSuchEvent  ProblemRefusal = "no_such_event" // it lacks it
	ProblemNotUndoable  ProblemRefusal = "not_undoable"  // it happened by itself, has an opposite, or others stand on it
	ProblemWrongState   ProblemRefusal = "wrong_state"   // the state does not allow it
	ProblemNothingKnown ProblemRefusal = "nothing_known" // neither root cause nor workaround; of a fix, no root cause
	ProblemChanged      ProblemRefusal = "changed"       // somebody did something since it was looked at
	ProblemNoIncident   ProblemRefusal = "no_incident"   // there is no such incident
	ProblemElsewhere    ProblemRefusal = "elsewhere"     // the incident is another problem's
	ProblemTooMany      ProblemRefusal = "many_problems" // more are active than are kept
	ProblemNoService    ProblemRefusal = "no_service"    // the catalogue lacks it
)

// ProblemRefusals lists every refusal.
func ProblemRefusals() []ProblemRefusal {
	return []ProblemRefusal{
		ProblemAlreadySo, ProblemBadText, ProblemBadInstant, ProblemFull, ProblemNoSuchAct, ProblemNoSuchEvent, ProblemNotUndoable, ProblemWrongState,
		ProblemNothingKnown, ProblemChanged, ProblemNoIncident, ProblemElsewhere, ProblemTooMany, ProblemNoService,
	}
}

// Error is the reason's name.
func (r ProblemRefusal) Error() string { return string(r) }
