package incident

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Limits of an incident's timeline, so that a month of flapping stays readable.
const (
	MaxEvents = 1000
	MaxPeople = 500 // of them by people; these are never dropped
)

// note adds an event and what it changes.
func note(i *slo.Incident, at slo.Instant, kind slo.EventKind, actor, text string) {
	add(i, slo.IncidentEvent{At: at, Kind: kind, Actor: actor, Text: text})
}

// add adds an event under the next number, and what it changes. A full
// timeline keeps its beginning, its end and what people did.
func add(i *slo.Incident, e slo.IncidentEvent) {
	e.N = last(i.Events) + 1
	if len(i.Events) >= MaxEvents {
		drop := dropped(i.Events)
		i.Events = slices.Delete(slices.Clone(i.Events), drop, drop+1)
	}
	i.Events = append(i.Events, e)
	apply(i, &e)
}

// dropped chooses the event that a full timeline loses: the first of its later
// half by itself, best one that the incident's state does not follow from.
func dropped(events []slo.IncidentEvent) int {
	const half = MaxEvents / 2
	itself := -1
	for n := half; n < len(events); n++ {
		if events[n].Actor != Self {
			continue
		}
		if k := events[n].Kind; k != slo.EventResolved && k != slo.EventReopened && k != slo.EventMerged && k != slo.EventSplit && k != slo.EventMajor && k != slo.EventTargetNear {
			return n
		}
		if itself < 0 {
			itself = n
		}
	}
	return max(itself, 0)
}

// people counts the events that people made.
func people(events []slo.IncidentEvent) (n int) {
	for i := range events {
		if events[i].Actor != Self {
			n++
		}
	}
	return n
}

// refold makes what people did of an incident anew from its events, less those
// that were undone.
func refold(i *slo.Incident) {
	undone := Undone(i.Events)
	i.Acknowledged, i.AckedBy, i.Resolved, i.Work = 0, "", 0, slo.Work{}
	for n := range i.Events {
		if e := &i.Events[n]; !undone[e.N] {
			apply(i, e)
		}
	}
}

// Undone is the numbers of the events that were undone.
func Undone(events []slo.IncidentEvent) map[int]bool {
	out := map[int]bool{}
	for i := range events {
		if events[i].Kind == slo.EventUndone {
			out[events[i].Undoes] = true
		}
	}
	return out
}

// apply is what an event changes.
func apply(i *slo.Incident, e *slo.IncidentEvent) {
	w := &i.Work
	switch e.Kind {
	case slo.EventAcknowledged:
		if i.Acknowledged == 0 {
			i.Acknowledged, i.AckedBy = e.At, e.Actor
		}
	case slo.EventAssigned:
		w.Assignee = e.Value
	case slo.EventResponded:
		if w.Responded == 0 {
			w.Responded = e.At
		}
	case slo.EventPaused:
		if stands(w) { // since that its clocks went on was undone
			return
		}
		w.Pauses = append(slices.Clip(w.Pauses), slo.Pause{Interval: slo.Interval{From: e.At, To: slo.MaxInstant}, Reason: e.Text})
	case slo.EventContinued:
		resume(w, e.At)
	case slo.EventResolved:
		resume(w, e.At)
		if i.Resolved == 0 {
			i.Resolved = e.At
		}
		w.Reopened = false
		if e.Actor != Self {
			w.Resolution = &slo.Resolution{At: e.At, By: e.Actor, Code: slo.ClosureCode(e.Value), Cause: e.Text}
		}
	case slo.EventReopened:
		i.Resolved, w.Closed, w.Resolution, w.Reopened = 0, 0, nil, e.Actor != Self
	case slo.EventClosed:
		w.Closed = e.At
	case slo.EventPrioritised:
		w.Priority = parsePriority(e.Value)
		if e.Actor != Self {
			w.PriorityBy = e.Actor
		}
	case slo.EventMajor:
		w.Major, w.NotMajor = parseMajor(e), false
	case slo.EventNotMajor:
		w.Major, w.NotMajor = nil, true
	case slo.EventReviewed:
		if w.Major != nil {
			m := *w.Major
			m.Reviewed = e.At
			w.Major = &m
		}
	case slo.EventMerged:
		w.Parent = e.Value
	case slo.EventSplit:
		w.Parent = ""
	case slo.EventLinked, slo.EventUnlinked:
		link(w, e)
	}
}

// resume ends the pause that lasts.
func resume(w *slo.Work, at slo.Instant) {
	if n := len(w.Pauses) - 1; n >= 0 && w.Pauses[n].To == slo.MaxInstant {
		w.Pauses = slices.Clone(w.Pauses)
		w.Pauses[n].To = max(at, w.Pauses[n].From)
	}
}

// stands reports whether the clocks of an incident are paused.
func stands(w *slo.Work) bool {
	n := len(w.Pauses) - 1
	return n >= 0 && w.Pauses[n].To == slo.MaxInstant
}

func link(w *slo.Work, e *slo.IncidentEvent) {
	l, err := ParseLink(e.Value)
	if err != nil {
		return
	}
	w.Links = slices.DeleteFunc(slices.Clone(w.Links), func(k slo.IncidentLink) bool { return k == l })
	if e.Kind == slo.EventLinked {
		w.Links = append(w.Links, l)
	}
}

// Newer reports whether of two states of an incident the first is the later
// one.
func Newer(a, b *slo.Incident) bool { return last(a.Events) > last(b.Events) }

func last(events []slo.IncidentEvent) int {
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].N
}
