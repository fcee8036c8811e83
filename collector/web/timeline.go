package web

import (
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// eventView is one line of the timeline of an incident.
type eventView struct {
	slo.IncidentEvent
	Said     string // what it set, in words, where that is no other incident
	Other    string // the other incident
	Undone   bool
	Undoable bool
}

// eventViews are the events, the latest first, with what may be taken back.
func (w words) eventViews(events []slo.IncidentEvent, zone *time.Location) []eventView {
	undone := map[int]bool{}
	for _, e := range events {
		if e.Kind == slo.EventUndone {
			undone[e.Undoes] = true
		}
	}
	out := make([]eventView, 0, len(events))
	for _, e := range slices.Backward(events) {
		v := eventView{IncidentEvent: e, Undone: undone[e.N], Undoable: e.Undoable() && !undone[e.N]}
		switch e.Kind {
		case slo.EventMerged, slo.EventSplit, slo.EventJoined, slo.EventParted:
			v.Other = e.Value
		default:
			v.Said = w.set(&e, zone)
		}
		out = append(out, v)
	}
	return out
}

// set is the value of an event in words; what it cannot read stays as it is.
func (w words) set(e *slo.IncidentEvent, zone *time.Location) string {
	switch e.Kind {
	case slo.EventMajor:
		due, owner, _ := strings.Cut(e.Value, " ")
		if at, err := slo.ParseInstant(due); err == nil {
			return when(zone, at).Text + " · " + owner
		}
	case slo.EventTargetNear:
		if part := strings.SplitN(e.Value, " ", 3); len(part) == 3 {
			return w.t("event.target_near.of", part[0], w.t("clock."+part[1]), part[2])
		}
	case slo.EventLinked, slo.EventUnlinked:
		if kind, id, ok := strings.Cut(e.Value, ":"); ok {
			return w.t("link."+kind) + " " + id
		}
	}
	return e.Value
}
