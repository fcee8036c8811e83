package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what people say, in bytes, and of what they tie to an incident.
const (
	MaxComment = 4000 // a comment, or the cause of a resolution
	MaxValue   = 200  // an assignee, or the ID of a link
	MaxLinks   = 50
)

// Reason says why an action cannot be taken.
type Reason string

// The reasons.
const (
	AlreadySo    Reason = "already_so"    // it would change nothing
	StillDown    Reason = "still_down"    // what is down is not resolved
	NotResolved  Reason = "not_resolved"  // what lasts is not closed, and not opened again
	NoResolution Reason = "no_resolution" // nobody said yet what it was
	IsClosed     Reason = "closed"        // it is opened again first
	PartOf       Reason = "part_of"       // another incident is worked on instead
	Itself       Reason = "itself"        // no incident is part of itself
	NoSuchEvent  Reason = "no_such_event" // the timeline lacks it
	NotUndoable  Reason = "not_undoable"  // it happened by itself, or has an opposite of its own
	BadValue     Reason = "bad_value"     // it is missing, too long, or none that there is
	NotOpen      Reason = "not_open"      // the clocks of what is resolved do not go
	NotMajor     Reason = "not_major"     // only a major incident is reviewed
	Full         Reason = "full"          // no more is kept
)

// Refused is an action that cannot be taken, and why.
type Refused struct {
	Reason Reason
	ID     string // of the incident
	Why    string
}

// Error names the incident and says why.
func (e *Refused) Error() string { return fmt.Sprintf("incident %s: %s", e.ID, e.Why) }

func refused(i *slo.Incident, r Reason, format string, args ...any) error {
	return &Refused{Reason: r, ID: i.ID, Why: fmt.Sprintf(format, args...)}
}

// Act returns an incident after what somebody did, or a *Refused. Merge and
// Split concern two incidents and are functions of their own.
func Act(i slo.Incident, e slo.IncidentEvent) (slo.Incident, error) {
	if err := check(&i, &e); err != nil {
		return i, err
	}
	i.Events = slices.Clip(i.Events)
	add(&i, e)
	if e.Kind == slo.EventUndone {
		refold(&i)
	}
	return i, nil
}

// check says why an event of somebody cannot be added.
func check(i *slo.Incident, e *slo.IncidentEvent) error {
	if len(e.Text) > MaxComment {
		return refused(i, BadValue, "a text of %d bytes; at most %d are kept", len(e.Text), MaxComment)
	}
	if len(e.Value) > MaxValue {
		return refused(i, BadValue, "a name of %d bytes; at most %d are kept", len(e.Value), MaxValue)
	}
	if people(i.Events) >= MaxPeople {
		return refused(i, Full, "%d events by people; no more are kept", MaxPeople)
	}
	if err := inStage(i, e.Kind); err != nil {
		return err
	}
	switch e.Kind {
	case slo.EventAcknowledged:
		if i.Acknowledged != 0 {
			return refused(i, AlreadySo, "acknowledged by %s on %s already", i.AckedBy, i.Acknowledged)
		}
	case slo.EventCommented:
		if e.Text == "" {
			return refused(i, BadValue, "an empty comment")
		}
	case slo.EventAssigned:
		if e.Value == i.Work.Assignee {
			return refused(i, AlreadySo, "assigned to %q already", e.Value)
		}
	case slo.EventResponded:
		if i.Work.Responded != 0 {
			return refused(i, AlreadySo, "work on it began on %s already", i.Work.Responded)
		}
	case slo.EventResolved:
		return checkResolution(i, e)
	case slo.EventPaused, slo.EventContinued:
		return checkPause(i, e)
	case slo.EventPrioritised:
		if parsePriority(e.Value) == 0 {
			return refused(i, BadValue, "%q is no priority from 1 to %d", e.Value, slo.LowestPriority)
		}
	case slo.EventMajor, slo.EventNotMajor:
		return checkMajor(i, e)
	case slo.EventReviewed:
		if i.Work.Major == nil {
			return refused(i, NotMajor, "it is no major incident")
		}
		if i.Work.Major.Reviewed != 0 {
			return refused(i, AlreadySo, "it was reviewed on %s already", i.Work.Major.Reviewed)
		}
	case slo.EventReopened, slo.EventClosed: // the stage says it all
	case slo.EventLinked, slo.EventUnlinked:
		return checkLink(i, e)
	case slo.EventUndone:
		return checkUndo(i, e)
	default:
		return refused(i, BadValue, "%q is nothing that people do", e.Kind)
	}
	return nil
}

// inStage says why an action does not fit the incident's place or stage.
func inStage(i *slo.Incident, kind slo.EventKind) error {
	switch kind {
	case slo.EventCommented, slo.EventLinked, slo.EventUnlinked, slo.EventReviewed, slo.EventUndone:
		return nil
	}
	if p := i.Work.Parent; p != "" {
		return refused(i, PartOf, "it is part of %s, which is worked on instead", p)
	}
	switch stage := i.Stage(); {
	case kind == slo.EventReopened && stage != slo.Resolved && stage != slo.Closed,
		kind == slo.EventClosed && stage != slo.Resolved && stage != slo.Closed:
		return refused(i, NotResolved, "it is not resolved")
	case kind == slo.EventReopened:
		return nil
	case stage == slo.Closed:
		return refused(i, IsClosed, "it is closed; open it again first")
	case kind == slo.EventClosed && i.Work.Resolution == nil:
		return refused(i, NoResolution, "nobody said what it was: resolve it with a cause and a closure code first")
	}
	return nil
}

func checkMajor(i *slo.Incident, e *slo.IncidentEvent) error {
	switch has := i.Work.Major != nil; {
	case has == (e.Kind == slo.EventMajor):
		return refused(i, AlreadySo, "it is a major incident already, or is none")
	case !has && parseMajor(e) == nil:
		return refused(i, BadValue, "who leads it is missing")
	}
	return nil
}

// checkPause asks for a reason: a clock that stands without one would be a
// target met by leaving it out.
func checkPause(i *slo.Incident, e *slo.IncidentEvent) error {
	switch {
	case stands(&i.Work) == (e.Kind == slo.EventPaused):
		return refused(i, AlreadySo, "its clocks stand already, or go already")
	case e.Kind == slo.EventContinued:
		return nil
	case !i.Open():
		return refused(i, NotOpen, "it is resolved: its clocks do not go")
	case e.Text == "":
		return refused(i, BadValue, "why its clocks are to stand is missing")
	}
	return nil
}

func checkResolution(i *slo.Incident, e *slo.IncidentEvent) error {
	switch {
	case !slices.Contains(slo.ClosureCodes(), slo.ClosureCode(e.Value)):
		return refused(i, BadValue, "%q is no closure code; they are %v", e.Value, slo.ClosureCodes())
	case e.Text == "":
		return refused(i, BadValue, "what caused it is missing")
	case i.Trigger == slo.ServiceDown && i.Restored == 0:
		return refused(i, StillDown, "%s is down still", i.Service)
	}
	return nil
}

// ParseLink reads a link as an event has it: kind and ID of the record, with a
// colon between.
func ParseLink(text string) (slo.IncidentLink, error) {
	kind, id, _ := strings.Cut(text, ":")
	l := slo.IncidentLink{Kind: slo.LinkKind(kind), ID: strings.TrimSpace(id)}
	if !slices.Contains(slo.LinkKinds(), l.Kind) {
		return l, fmt.Errorf("%q: a link begins with one of %v and a colon", text, slo.LinkKinds())
	}
	if l.ID == "" {
		return l, fmt.Errorf("%q: a link ends with the ID of the record", text)
	}
	return l, nil
}

func checkLink(i *slo.Incident, e *slo.IncidentEvent) error {
	l, err := ParseLink(e.Value)
	if err != nil {
		return refused(i, BadValue, "%v", err)
	}
	has := slices.Contains(i.Work.Links, l)
	switch {
	case has == (e.Kind == slo.EventLinked):
		return refused(i, AlreadySo, "the link to %s %s is there already, or is not there", l.Kind, l.ID)
	case !has && len(i.Work.Links) >= MaxLinks:
		return refused(i, Full, "%d links; no more are kept", MaxLinks)
	}
	return nil
}

func checkUndo(i *slo.Incident, e *slo.IncidentEvent) error {
	n := slices.IndexFunc(i.Events, func(k slo.IncidentEvent) bool { return k.N == e.Undoes })
	switch {
	case n < 0:
		return refused(i, NoSuchEvent, "it has no event %d", e.Undoes)
	case !i.Events[n].Undoable():
		return refused(i, NotUndoable, "event %d (%s) cannot be undone", e.Undoes, i.Events[n].Kind)
	case Undone(i.Events)[e.Undoes]:
		return refused(i, AlreadySo, "event %d is undone already", e.Undoes)
	}
	after := *i
	after.Events = append(slices.Clip(i.Events), *e)
	refold(&after)
	if after.Work.Closed != 0 && (after.Open() || after.Work.Resolution == nil) {
		return refused(i, IsClosed, "it is closed; open it again first")
	}
	return nil
}
