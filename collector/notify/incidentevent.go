package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// IncidentEvents is what there is to tell of an incident that was before (nil
// where it is new) and is after now. Nothing is told of what late measurements
// moved or of who else sees it. The severity is page, but for what is over
// already: nobody is woken by that.
func IncidentEvents(before *slo.Incident, after slo.Incident) []Event {
	var out []Event
	tell := func(t EventType, at slo.Instant, actor, comment, summary string) {
		severity := slo.Page
		if t == IncidentRecorded {
			severity = slo.Ticket
		}
		e := newEvent(t, at, severity, after.ID, actor, comment)
		e.Service, e.Summary = after.Service, truncate(summary, maxSummary)
		e.Incident = incidentFacts(after, actor, comment)
		out = append(out, e)
	}
	if t, at := turn(before, after); t != "" {
		tell(t, at, self, "", turnSummary(t, after))
	}
	if after.Acknowledged != 0 && (before == nil || before.Acknowledged == 0) {
		tell(IncidentAcknowledged, after.Acknowledged, after.AckedBy, "", fmt.Sprintf("%s: %s has taken the incident", after.Service, after.AckedBy))
	}
	for _, c := range newComments(before, after) {
		tell(IncidentCommented, c.At, c.Actor, c.Text, fmt.Sprintf("%s: %s commented on the incident", after.Service, c.Actor))
	}
	return out
}

// self is the actor of what happens by itself.
const self = "assay"

// turn is how the outage of an incident turned and when the collector knew;
// "" where it did not.
func turn(before *slo.Incident, after slo.Incident) (EventType, slo.Instant) {
	last := after.Detected
	if n := len(after.Events); n > 0 {
		last = after.Events[n-1].At
	}
	lasted := before != nil && before.Open()
	disproved := func(i *slo.Incident) bool { return i == nil || !i.Open() && i.Downtime == 0 }
	switch {
	case before == nil && after.Open():
		return IncidentOpened, after.Detected
	case after.Open() && !lasted:
		return IncidentReopened, last
	case after.Open():
		return "", 0
	case disproved(&after):
		if disproved(before) {
			return "", 0
		}
		return IncidentVanished, last
	case disproved(before):
		return IncidentRecorded, last
	case lasted && closedBy(after) == slo.EventRestored:
		return IncidentRestored, after.Resolved
	case lasted:
		return IncidentWithdrawn, after.Resolved
	}
	return "", 0
}

// closedBy is the kind of the event that closed an incident.
func closedBy(i slo.Incident) slo.EventKind {
	for _, e := range slices.Backward(i.Events) {
		if e.Kind == slo.EventRestored || e.Kind == slo.EventRevised {
			return e.Kind
		}
	}
	return slo.EventRestored
}

func turnSummary(t EventType, i slo.Incident) string {
	down := i.Downtime.Round(time.Second)
	switch t {
	case IncidentOpened:
		return fmt.Sprintf("%s is down since %s", i.Service, i.Began)
	case IncidentReopened:
		return fmt.Sprintf("%s is still down since %s: it was not up after all", i.Service, i.Began)
	case IncidentRestored:
		return fmt.Sprintf("%s is up since %s, down for %s", i.Service, i.Restored, down)
	case IncidentRecorded:
		return fmt.Sprintf("%s was down from %s to %s, as measurements show that came late", i.Service, i.Began, i.Restored)
	case IncidentVanished:
		return fmt.Sprintf("%s was not down at %s: %s", i.Service, i.Began, lastRevision(i))
	}
	return fmt.Sprintf("%s: the incident since %s is closed: %s", i.Service, i.Began, lastRevision(i))
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

func incidentFacts(i slo.Incident, actor, comment string) *IncidentFacts {
	causes := slices.Clone(i.Causes[:min(len(i.Causes), maxCauses)])
	for n := range causes {
		causes[n].Evidence = truncate(causes[n].Evidence, maxEvidence)
	}
	return &IncidentFacts{
		ID: i.ID, Began: i.Began, Detected: i.Detected, Restored: i.Restored, Resolved: i.Resolved,
		DowntimeMS: i.Downtime.Milliseconds(), Acknowledged: i.Acknowledged, AcknowledgedBy: i.AckedBy,
		Agreements: slices.Concat([]string{}, i.Agreements), Causes: slices.Concat([]slo.Cause{}, causes),
		Actor: actor, Comment: comment,
	}
}
