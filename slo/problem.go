package slo

import (
	"cmp"
	"slices"
	"strings"
)

// Bounds of a problem. Texts are in bytes.
const (
	MaxProblemTitle     = 200
	MaxProblemText      = 4000 // a comment, a root cause, a workaround, or why
	MaxProblemName      = 200  // an owner, or the ID of a change
	MaxProblemEvents    = 1000 // of which the last are left to people
	MaxProblemIncidents = 500
	MaxProblemChanges   = 50
)

// Problem is the cause, known or not, of incidents. It follows from its
// events, less those that were undone.
type Problem struct {
	ID      string      // derived from the incident that it began with, or from the service and the instant
	Service string      // "" where it is about none
	Mode    FailureMode // that its incidents share; "" where people gave it none
	Events  []ProblemEvent

	Title      string
	State      ProblemState
	Owner      string  // "" is nobody
	RootCause  string  // "" while it is not known
	Workaround string  // "" where there is none
	Fixed      Instant // since when the newest fix is in force; 0 before. It stays where the problem is opened again
	FixChange  string  // ID of the change that fixed it; "" where nobody named one
	Closed     Instant // when it was closed last; 0 before
	Incidents  []ProblemIncident
	Changes    []string // IDs of changes that belong to it
}

// FailureMode is the way in which something fails: two incidents of one mode
// fail the same way. It is derived, and compared as a whole.
type FailureMode string

// ProblemIncident is an incident of a problem.
type ProblemIncident struct {
	ID    string  `json:"id"`
	Began Instant `json:"began"` // as known when it was linked
}

// ModeOf is the failure mode of an incident: of a service that is down, the
// service with the reason of the earliest sighting; of anything else, the
// condition. An incident that is part of another has none: what a service took
// down along with itself is the root's failure, and the root's incident has it.
func ModeOf(i *Incident) FailureMode {
	if i.Work.Parent != "" {
		return ""
	}
	if i.Trigger != ServiceDown {
		return FailureMode(i.Key)
	}
	var reason Reason
	if len(i.Causes) > 0 {
		reason = slices.MinFunc(i.Causes, func(a, b Cause) int {
			return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Reason, b.Reason))
		}).Reason
	}
	return FailureMode(string(ServiceDown) + "/" + i.Service + "/" + string(reason))
}

// Reason is the reason that a mode of a service's downtime is about, "" of
// another.
func (m FailureMode) Reason() Reason {
	rest, down := strings.CutPrefix(string(m), string(ServiceDown)+"/")
	if n := strings.LastIndex(rest, "/"); down && n >= 0 {
		return Reason(rest[n+1:])
	}
	return ""
}

// ProblemState is how a problem stands.
type ProblemState string

// The states.
const (
	ProblemProposed   ProblemState = "proposed"    // nobody has looked at it yet
	ProblemOpen       ProblemState = "open"        // its cause is being looked for
	ProblemKnownError ProblemState = "known_error" // its cause is known, or a workaround is
	ProblemFixed      ProblemState = "fixed"       // and whether the fix holds is being watched
	ProblemClosed     ProblemState = "closed"      // and is still watched
	ProblemRejected   ProblemState = "rejected"    // it is none
)

// ProblemStates lists every state.
func ProblemStates() []ProblemState {
	return []ProblemState{ProblemProposed, ProblemOpen, ProblemKnownError, ProblemFixed, ProblemClosed, ProblemRejected}
}

// Active reports whether a problem needs somebody still.
func (s ProblemState) Active() bool { return s != ProblemClosed && s != ProblemRejected }

// ProblemEvent is one thing that happened to a problem.
type ProblemEvent struct {
	N      int               `json:"n"` // from 1, without holes
	At     Instant           `json:"at"`
	Act    ProblemAct        `json:"act"`
	Actor  string            `json:"actor"`
	Text   string            `json:"text,omitempty"`
	Value  string            `json:"value,omitempty"`  // see the acts
	When   Instant           `json:"when,omitempty"`   // of a fix: since when it is in force
	Joined []ProblemIncident `json:"joined,omitempty"` // incidents that are its own from here on
	Left   []string          `json:"left,omitempty"`   // and those that are not any more
	Undoes int               `json:"undoes,omitempty"` // N of the event that an undo takes back
	Entry  int64             `json:"-"`                // of the ledger
}

// ProblemAct is what happened. Behind the semicolon is what Value holds.
type ProblemAct string

// The acts.
const (
	ProposeProblem ProblemAct = "propose"     // by itself, with the title; repeated or major
	OpenProblem    ProblemAct = "open"        // people opened it, or accepted what was proposed; the title, "" for the one that it has
	RejectProblem  ProblemAct = "reject"      // with the reason
	SetRootCause   ProblemAct = "root_cause"  // the text, "" where it is not known after all
	SetWorkaround  ProblemAct = "workaround"  // the text, "" for none
	NameKnownError ProblemAct = "known_error" // its cause or a workaround is known
	FixProblem     ProblemAct = "fix"         // ; ID of the change, "" for none
	CloseProblem   ProblemAct = "close"       // with what was learnt
	ReopenProblem  ProblemAct = "reopen"      // with the reason
	AssignProblem  ProblemAct = "assign"      // ; who owns it, "" for nobody
	RetitleProblem ProblemAct = "retitle"     // ; the title
	CommentProblem ProblemAct = "comment"     // the text
	LinkIncident   ProblemAct = "link"        // by itself or by people
	UnlinkIncident ProblemAct = "unlink"      // likewise
	LinkChange     ProblemAct = "link_change" // ; the change's ID
	UnlinkChange   ProblemAct = "unlink_change"
	UndoProblem    ProblemAct = "undo"
)

// What a proposal is made for.
const (
	ProposedRepeated = "repeated" // something failed the same way as often as the policy says
	ProposedMajor    = "major"    // a major incident
)

// ProblemActs lists every act.
func ProblemActs() []ProblemAct {
	return []ProblemAct{
		ProposeProblem, OpenProblem, RejectProblem, SetRootCause, SetWorkaround, NameKnownError, FixProblem, CloseProblem, ReopenProblem,
		AssignProblem, RetitleProblem, CommentProblem, LinkIncident, UnlinkIncident, LinkChange, UnlinkChange, UndoProblem,
	}
}

// ProblemOfIncident is the ID of the problem that begins with an incident, so
// that the same incident never begins two.
func ProblemOfIncident(incident string) string { return "PRB-" + incident }

// ProblemOfService is the ID of a problem that people open without an incident.
func ProblemOfService(service string, at Instant) string {
	if service != "" {
		service += "-"
	}
	return "PRB-" + service + at.Time().Format("20060102T150405.000Z")
}

// Version is the number of the newest event: who writes says which one was
// seen, so that nobody overwrites what he did not see.
func (p *Problem) Version() int { return len(p.Events) }

// ChangedSince reports whether people did something after a version, or that one
// is none of the problem's. What happens by itself overwrites nothing.
func (p *Problem) ChangedSince(version int) bool {
	return version < 1 || version > len(p.Events) ||
		slices.ContainsFunc(p.Events[version:], func(e ProblemEvent) bool { return e.Actor != ByItself })
}

// Has reports whether an incident is one of the problem's.
func (p *Problem) Has(incident string) bool {
	return slices.ContainsFunc(p.Incidents, func(i ProblemIncident) bool { return i.ID == incident })
}

// Keeps reports whether an incident is one of the problem's, or was until people
// took it out: that one does not come back by itself.
func (p *Problem) Keeps(incident string) bool {
	keeps, undone := p.Has(incident), p.Undone()
	for _, e := range p.Events {
		keeps = keeps || !undone[e.N] && e.Actor != ByItself && slices.Contains(e.Left, incident)
	}
	return keeps
}

// ByItself reports whether an incident became the problem's by itself.
func (p *Problem) ByItself(incident string) bool {
	by := false
	for _, e := range p.Events {
		if slices.ContainsFunc(e.Joined, func(i ProblemIncident) bool { return i.ID == incident }) {
			by = e.Actor == ByItself
		}
	}
	return by
}

// AsOf is the problem as it stood at an instant; false before it was there.
func (p *Problem) AsOf(at Instant) (Problem, bool) {
	then := Problem{ID: p.ID, Service: p.Service, Mode: p.Mode}
	for _, e := range p.Events {
		if e.At <= at {
			then.Events = append(then.Events, e)
		}
	}
	then.Fold()
	return then, len(then.Events) > 0
}
