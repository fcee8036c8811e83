package notify

import (
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// newEvents are the events of an incident that it lacked before.
func newEvents(before *slo.Incident, after slo.Incident) []slo.IncidentEvent {
	last := 0
	if n := len(before.Events); n > 0 {
		last = before.Events[n-1].N
	}
	for n := range after.Events {
		if after.Events[n].N > last {
			return after.Events[n:]
		}
	}
	return nil
}

// worked is what channels are told of an event by which an incident went on:
// the type, "" for nothing, and the summary.
func worked(before *slo.Incident, after slo.Incident, e slo.IncidentEvent) (EventType, string) {
	name := about(after)
	switch e.Kind {
	case slo.EventAssigned:
		if e.Value == "" {
			return IncidentAssigned, fmt.Sprintf("%s: %s assigned the incident to nobody", name, e.Actor)
		}
		return IncidentAssigned, fmt.Sprintf("%s: %s assigned the incident to %s", name, e.Actor, e.Value)
	case slo.EventMajor:
		due, owner, _ := strings.Cut(e.Value, " ")
		return IncidentMajor, fmt.Sprintf("%s: the incident since %s is a major one; %s leads it, and its review is due on %s", name, after.Began, owner, due)
	case slo.EventNotMajor:
		return IncidentNotMajor, fmt.Sprintf("%s: the incident since %s is no major one, says %s", name, after.Began, e.Actor)
	case slo.EventTargetNear:
		f := strings.SplitN(e.Value, " ", 3)
		return IncidentNearTarget, fmt.Sprintf("%s: %s %% of the %s target of %s are over", name, f[0], f[min(1, len(f)-1)], f[len(f)-1])
	case slo.EventResolved:
		if t, _ := turn(before, after); before.Open() && (t == "" || t == IncidentRestored) {
			return IncidentResolved, fmt.Sprintf("%s: the incident since %s is resolved", name, after.Began)
		}
	case slo.EventReopened, slo.EventUndone:
		if e.Actor != self && !before.Open() && after.Open() {
			return IncidentReopened, fmt.Sprintf("%s: %s opened the incident since %s again", name, e.Actor, after.Began)
		}
	case slo.EventClosed:
		return IncidentClosed, fmt.Sprintf("%s: %s closed the incident since %s", name, e.Actor, after.Began)
	}
	return "", ""
}
