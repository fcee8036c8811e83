package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// IncidentEvents is what there is to tell of an incident that was before (nil
// where it is new) and is after now. Nothing is told of what late measurements
// moved or of who else sees it. root is the service that took down the one that
// the incident is about, "" where none did. The severity is page where somebody
// is to be woken: not by what is over already, by what another incident took
// along, or by what a page of its own is sent for or none.
func IncidentEvents(before *slo.Incident, after slo.Incident, root string) []Event {
	var out []Event
	facts := incidentFacts(after)
	if after.Trigger == slo.ServiceDown && lasts(&after) && after.Work.Parent == "" {
		facts.AffectedBy = root
	}
	tell := func(t EventType, at slo.Instant, actor, comment, summary string, cause ...string) {
		severity := slo.Page
		if t == IncidentRecorded || t == IncidentNearTarget || t == IncidentReopened && actor != self || facts.follows() || !pages(after.Trigger) {
			severity = slo.Ticket
		}
		e := newEvent(t, at, severity, append([]string{after.ID, actor, comment}, cause...)...)
		own := *facts
		own.Actor, own.Comment = actor, comment
		e.Service, e.Summary, e.Incident = after.Service, truncate(summary, maxSummary), &own
		out = append(out, e)
	}
	if t, at := turn(before, after); t != "" {
		tell(t, at, self, "", turnSummary(t, after))
	}
	if t, e := moved(before, after); t != "" {
		tell(t, e.At, e.Actor, e.Text, movedSummary(t, after, e))
	}
	if after.Acknowledged != 0 && (before == nil || before.Acknowledged == 0) {
		tell(IncidentAcknowledged, after.Acknowledged, after.AckedBy, "", fmt.Sprintf("%s: %s has taken the incident", about(after), after.AckedBy))
	}
	if before != nil {
		for _, e := range newEvents(before, after) {
			if t, summary := worked(before, after, e); t != "" {
				tell(t, e.At, e.Actor, e.Text, summary, e.Value)
			}
		}
	}
	for _, c := range newComments(before, after) {
		tell(IncidentCommented, c.At, c.Actor, c.Text, fmt.Sprintf("%s: %s commented on the incident", about(after), c.Actor))
	}
	return out
}

// self is the actor of what happens by itself.
const self = slo.ByItself

// pages reports whether what opens an incident wakes people by itself.
func pages(t slo.Trigger) bool {
	return t == slo.ServiceDown || t == slo.BurnRate || t == slo.Exhausted
}

// lasts reports whether what an incident is about goes on.
func lasts(i *slo.Incident) bool { return i.Open() && i.Restored == 0 }

// about names what an incident is about.
func about(i slo.Incident) string {
	if i.Service != "" {
		return i.Service
	}
	return i.ID
}

// lastEvent is the newest event of an incident that keep tells to be meant.
func lastEvent(i slo.Incident, keep func(slo.IncidentEvent) bool) (slo.IncidentEvent, bool) {
	for _, e := range slices.Backward(i.Events) {
		if keep(e) {
			return e, true
		}
	}
	return slo.IncidentEvent{}, false
}

// turn is how what an incident is about turned, and when the collector knew;
// "" where it did not.
func turn(before *slo.Incident, after slo.Incident) (EventType, slo.Instant) {
	last := after.Detected
	if e, ok := lastEvent(after, func(slo.IncidentEvent) bool { return true }); ok {
		last = e.At
	}
	lasted := before != nil && lasts(before)
	switch {
	case before != nil && (before.Work.Flapping || after.Work.Flapping):
		return flapTurn(before, after), last
	case before == nil && lasts(&after):
		return IncidentOpened, after.Detected
	case lasts(&after) && !lasted && before.Restored != 0:
		return IncidentReopened, last
	case lasts(&after), after.Restored == 0: // or people said that it needs nobody
		return "", 0
	case disproved(&after):
		if before == nil || disproved(before) {
			return "", 0
		}
		return IncidentVanished, last
	case before == nil || disproved(before):
		return IncidentRecorded, last
	case before.Restored != 0:
		return "", 0
	case endedBy(after) == slo.EventRestored:
		return IncidentRestored, last
	}
	return IncidentWithdrawn, last
}

// flapTurn is turn for an incident that flaps, or did: that it does is told
// once, and once that it is quiet, which is when it resolves. What came and went
// between is on its timeline.
func flapTurn(before *slo.Incident, after slo.Incident) EventType {
	switch {
	case !before.Work.Flapping:
		return IncidentFlapping
	case after.Work.Flapping:
		return ""
	case disproved(&after):
		return IncidentVanished
	case after.Restored == 0: // people said that it needs nobody
		return ""
	case before.Restored == 0 && endedBy(after) != slo.EventRestored:
		return IncidentWithdrawn
	}
	return IncidentRestored
}

// disproved reports whether measurements showed that there was no outage.
func disproved(i *slo.Incident) bool {
	return i.Trigger == slo.ServiceDown && !i.Open() && i.Downtime == 0
}

// moved is whether an incident became part of another one, or is none any more,
// by which event. One that opens as a part says so with that.
func moved(before *slo.Incident, after slo.Incident) (EventType, slo.IncidentEvent) {
	if before == nil {
		return "", slo.IncidentEvent{}
	}
	kind, t := slo.EventMerged, IncidentMerged
	switch after.Work.Parent {
	case before.Work.Parent:
		return "", slo.IncidentEvent{}
	case "":
		kind, t = slo.EventSplit, IncidentSplit
	}
	e, ok := lastEvent(after, func(e slo.IncidentEvent) bool { return e.Kind == kind })
	if !ok {
		return "", e
	}
	return t, e
}

func movedSummary(t EventType, i slo.Incident, e slo.IncidentEvent) string {
	if t == IncidentSplit && e.Actor == self && e.Text != "" {
		return e.Text
	}
	if t == IncidentSplit {
		return fmt.Sprintf("%s: the incident since %s is one of its own again", about(i), i.Began)
	}
	return fmt.Sprintf("%s: the incident since %s is part of %s", about(i), i.Began, e.Value)
}

// endedBy is the kind of the event that ended what an incident is about.
func endedBy(i slo.Incident) slo.EventKind {
	for _, e := range slices.Backward(i.Events) {
		if e.Kind == slo.EventRestored || e.Kind == slo.EventRevised {
			return e.Kind
		}
	}
	return slo.EventRestored
}

func turnSummary(t EventType, i slo.Incident) string {
	if i.Trigger != slo.ServiceDown {
		return conditionSummary(t, i)
	}
	down := i.Downtime.Round(time.Second)
	switch t {
	case IncidentOpened:
		return fmt.Sprintf("%s is down since %s", i.Service, i.Began)
	case IncidentReopened:
		return fmt.Sprintf("%s is down again, or still: since %s", i.Service, i.Began)
	case IncidentFlapping:
		return fmt.Sprintf("%s is flapping since %s: it is held open, and told of again once it is quiet", i.Service, i.Began)
	case IncidentRestored:
		return fmt.Sprintf("%s is up since %s, down for %s", i.Service, i.Restored, down)
	case IncidentRecorded:
		return fmt.Sprintf("%s was down from %s to %s, as measurements show that came late", i.Service, i.Began, i.Restored)
	case IncidentVanished:
		return fmt.Sprintf("%s was not down at %s: %s", i.Service, i.Began, lastRevision(i))
	}
	return fmt.Sprintf("%s: the incident since %s is closed: %s", i.Service, i.Began, lastRevision(i))
}

// conditionSummary is of an incident that is about something else than a
// service that is down.
func conditionSummary(t EventType, i slo.Incident) string {
	switch t {
	case IncidentRestored, IncidentWithdrawn:
		return "Over: " + i.Summary
	case IncidentReopened:
		return "Again: " + i.Summary
	case IncidentFlapping:
		return "Flapping, held: " + i.Summary
	}
	return i.Summary
}

// lastRevision is why an incident was closed that was not restored.
func lastRevision(i slo.Incident) string {
	for _, e := range slices.Backward(i.Events) {
		if e.Kind == slo.EventRevised {
			return e.Text
		}
	}
	return "no reason is on record"
}

// newComments are those that before lacks. Comments are never dropped.
func newComments(before *slo.Incident, after slo.Incident) []slo.IncidentEvent {
	comments := func(i *slo.Incident) (out []slo.IncidentEvent) {
		for _, e := range i.Events {
			if e.Kind == slo.EventCommented {
				out = append(out, e)
			}
		}
		return out
	}
	all, known := comments(&after), 0
	if before != nil {
		known = len(comments(before))
	}
	return all[min(known, len(all)):]
}

func incidentFacts(i slo.Incident) *IncidentFacts {
	causes := slices.Clone(i.Causes[:min(len(i.Causes), maxCauses)])
	for n := range causes {
		causes[n].Evidence = truncate(causes[n].Evidence, maxEvidence)
	}
	f := &IncidentFacts{
		ID: i.ID, Trigger: i.Trigger, PartOf: i.Work.Parent, Began: i.Began, Detected: i.Detected, Restored: i.Restored, Resolved: i.Resolved,
		DowntimeMS: i.Downtime.Milliseconds(), Acknowledged: i.Acknowledged, AcknowledgedBy: i.AckedBy,
		Agreements: slices.Concat([]string{}, i.Agreements), Causes: slices.Concat([]slo.Cause{}, causes),
		Closed: i.Work.Closed, Priority: i.Work.Priority, Assignee: i.Work.Assignee, Flapping: i.Work.Flapping,
	}
	if m := i.Work.Major; m != nil {
		f.MajorOwner = m.Owner
	}
	if r := i.Work.Resolution; r != nil {
		f.ClosureCode = string(r.Code)
	}
	return f
}

// follows reports whether an incident came of another one.
func (f *IncidentFacts) follows() bool { return f != nil && (f.AffectedBy != "" || f.PartOf != "") }
