package incident

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Merge makes an incident that has no parts part of another, with the same
// cause. There is one level only: neither may be part of a third. text says
// why.
func Merge(part, whole slo.Incident, actor, text string, at slo.Instant) (slo.Incident, slo.Incident, error) {
	fail := func(err error) (slo.Incident, slo.Incident, error) { return part, whole, err }
	switch {
	case part.ID == whole.ID:
		return fail(refused(&part, Itself, "it cannot be part of itself"))
	case part.Work.Parent != "":
		return fail(refused(&part, PartOf, "it is part of %s already", part.Work.Parent))
	case whole.Work.Parent != "":
		return fail(refused(&whole, PartOf, "it is part of %s; merge with that one", whole.Work.Parent))
	case whole.Work.Closed != 0:
		return fail(refused(&whole, IsClosed, "it is closed; open it again first"))
	case len(text) > MaxComment:
		return fail(refused(&part, BadValue, "a text of %d bytes; at most %d are kept", len(text), MaxComment))
	}
	return pair(part, whole, slo.EventMerged, slo.EventJoined, actor, text, at)
}

// Split makes a part an incident of its own again.
func Split(part, whole slo.Incident, actor, text string, at slo.Instant) (slo.Incident, slo.Incident, error) {
	if part.Work.Parent == "" || part.Work.Parent != whole.ID {
		return part, whole, refused(&part, AlreadySo, "it is not part of %s", whole.ID)
	}
	return pair(part, whole, slo.EventSplit, slo.EventParted, actor, text, at)
}

// pair adds what happened to two incidents, each with the other's ID.
func pair(part, whole slo.Incident, of, to slo.EventKind, actor, text string, at slo.Instant) (slo.Incident, slo.Incident, error) {
	for _, i := range []*slo.Incident{&part, &whole} {
		if actor != Self && people(i.Events) >= MaxPeople {
			return part, whole, refused(i, Full, "%d events by people; no more are kept", MaxPeople)
		}
		i.Events = slices.Clip(i.Events)
	}
	add(&part, slo.IncidentEvent{At: at, Kind: of, Actor: actor, Text: text, Value: whole.ID})
	add(&whole, slo.IncidentEvent{At: at, Kind: to, Actor: actor, Text: text, Value: part.ID})
	return part, whole, nil
}

// Join is Merge for an incident that may have parts, which become the whole's
// along with it, by themselves. It returns all that changed.
func Join(whole, part slo.Incident, parts []slo.Incident, actor, why string, at slo.Instant) ([]slo.Incident, error) {
	if _, _, err := Merge(part, whole, actor, why, at); err != nil {
		return nil, err
	}
	along := why
	if actor != Self {
		along = "with " + part.ID
	}
	moved := make([]slo.Incident, 0, len(parts)+2)
	for _, p := range parts {
		p, left, err := Split(p, part, Self, "", at)
		if err != nil {
			return nil, err
		}
		p, joined, err := Merge(p, whole, Self, along, at)
		if err != nil {
			return nil, err
		}
		part, whole = left, joined
		moved = append(moved, p)
	}
	part, whole, err := Merge(part, whole, actor, why, at)
	return append(moved, part, whole), err
}

// Leave is Split by itself for a part that turned out to have a cause of its
// own. What else the whole gathered by itself about the part's service goes
// with it. parts are the whole's others. It returns all that changed.
func Leave(whole, part slo.Incident, parts []slo.Incident, why string, at slo.Instant) ([]slo.Incident, error) {
	part, whole, err := Split(part, whole, Self, why, at)
	if err != nil {
		return nil, err
	}
	var moved []slo.Incident
	for _, p := range parts {
		if p.Service != part.Service || p.ID == part.ID || !GatheredByItself(&p) {
			continue
		}
		if p, whole, err = Split(p, whole, Self, "", at); err != nil {
			return nil, err
		}
		if p, part, err = Merge(p, part, Self, "with "+part.ID, at); err != nil {
			return nil, err
		}
		moved = append(moved, p)
	}
	return append(moved, part, whole), nil
}

// GatheredByItself reports whether an incident is part of another one without
// anybody having said so.
func GatheredByItself(i *slo.Incident) bool {
	for _, e := range slices.Backward(i.Events) {
		if e.Kind == slo.EventMerged {
			return i.Work.Parent != "" && e.Actor == Self
		}
	}
	return false
}

// StaysSplit reports whether an incident is not to become part of another one
// by itself: people took it out of one once, or it left one for a cause of its
// own.
func StaysSplit(i *slo.Incident) bool {
	return i.Work.Parent == "" && slices.ContainsFunc(i.Events, func(e slo.IncidentEvent) bool { return e.Kind == slo.EventSplit })
}
