// Package incident decides what becomes of incidents: which outage opens one,
// which it belongs to, what late measurements change, and what people did. Its
// functions are pure; storing and telling is the caller's.
package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Self is the actor of what happens by itself.
const Self = "assay"

// Limits of what an incident holds, so that a month of flapping stays readable.
const (
	MaxEvents  = 1000
	MaxCauses  = 50
	MaxComment = 4000 // bytes of one comment
)

// ID names the incident of an outage after the service and the instant at
// which it began, so that the same outage never opens two.
func ID(service string, began slo.Instant) string {
	return service + "-" + began.Time().Format("20060102T150405.000Z")
}

// Reconcile compares the outages of one service that overlap changed with the
// incidents known to overlap it or to be open, and returns those that are new
// or different. Outages are given whole. at is now.
func Reconcile(service string, known []slo.Incident, outages []slo.Outage, changed slo.Interval, at slo.Instant) []slo.Incident {
	var out []slo.Incident
	matched := map[string]bool{}
	for _, o := range outages {
		i := match(known, matched, o)
		if i < 0 {
			out = append(out, open(o, at))
			continue
		}
		matched[known[i].ID] = true
		if next, differs := update(known[i], o, at); differs {
			out = append(out, next)
		}
	}
	for _, k := range known {
		if !matched[k.ID] && k.Service == service && k.Began < changed.To && changed.From <= k.Began {
			if next, differs := vanish(k, at); differs {
				out = append(out, next)
			}
		}
	}
	return out
}

// match finds the incident that an outage belongs to: the earliest that it
// overlaps or that began with it, or -1.
func match(known []slo.Incident, taken map[string]bool, o slo.Outage) int {
	best := -1
	for i, k := range known {
		end := k.Restored
		if end == 0 {
			end = slo.MaxInstant
		}
		apart := k.Began > o.To || o.From >= end && o.From != k.Began
		if k.Service != o.Service || taken[k.ID] || apart {
			continue
		}
		if best < 0 || k.Began < known[best].Began {
			best = i
		}
	}
	return best
}

func open(o slo.Outage, at slo.Instant) slo.Incident {
	i := slo.Incident{
		ID: ID(o.Service, o.From), Service: o.Service, Began: o.From, Detected: at,
		Causes: bounded(o.Causes), Agreements: o.Agreements,
	}
	note(&i, at, slo.EventDetected, Self, detection(o))
	settle(&i, o, at)
	return i
}

// detection says what was seen, from where.
func detection(o slo.Outage) string {
	parts := []string{"down since " + o.From.String()}
	for _, c := range bounded(o.Causes) {
		parts = append(parts, sighting(c))
	}
	return strings.Join(parts, "; ")
}

func sighting(c slo.Cause) string {
	return fmt.Sprintf("%s from %s (%s): %s", c.Probe, c.Location, c.Agent, c.Reason)
}

// update brings an incident in line with its outage.
func update(i slo.Incident, o slo.Outage, at slo.Instant) (slo.Incident, bool) {
	i.Events = slices.Clip(i.Events)
	i.Causes = slices.Clip(i.Causes)
	differs := false
	for _, c := range o.Causes {
		if !sees(i.Causes, c) && len(i.Causes) < MaxCauses {
			i.Causes = append(i.Causes, c)
			note(&i, at, slo.EventSeenFrom, Self, sighting(c))
			differs = true
		}
	}
	if i.Began != o.From {
		note(&i, at, slo.EventRevised, Self, fmt.Sprintf("began %s, not %s", o.From, i.Began))
		i.Began, differs = o.From, true
	}
	return i, settle(&i, o, at) || differs
}

// sees reports whether a sighting of the same probe from the same place for
// the same reason is known.
func sees(known []slo.Cause, c slo.Cause) bool {
	return slices.ContainsFunc(known, func(k slo.Cause) bool {
		return k.Probe == c.Probe && k.Location == c.Location && k.Agent == c.Agent && k.Reason == c.Reason
	})
}

// settle notes the end of the outage, or that it has none after all.
func settle(i *slo.Incident, o slo.Outage, at slo.Instant) bool {
	switch {
	case o.Restored && i.Open():
		i.Restored, i.Resolved, i.Downtime = o.UpFrom, at, o.Down
		note(i, at, slo.EventRestored, Self, fmt.Sprintf("up since %s, down for %s", o.UpFrom, o.Down.Round(time.Second)))
		note(i, at, slo.EventResolved, Self, "")
	case o.Restored && (i.Restored != o.UpFrom || i.Downtime != o.Down):
		note(i, at, slo.EventRevised, Self, fmt.Sprintf("up since %s, down for %s", o.UpFrom, o.Down.Round(time.Second)))
		i.Restored, i.Downtime = o.UpFrom, o.Down
	case !o.Restored && !i.Open():
		i.Restored, i.Resolved, i.Downtime = 0, 0, 0
		note(i, at, slo.EventRevised, Self, "still down")
	default:
		return false
	}
	return true
}

// vanish closes an incident whose outage late measurements disproved.
func vanish(i slo.Incident, at slo.Instant) (slo.Incident, bool) {
	if !i.Open() && i.Downtime == 0 {
		return i, false
	}
	i.Events = slices.Clip(i.Events)
	i.Downtime = 0
	if i.Restored == 0 {
		i.Restored = i.Began
	}
	note(&i, at, slo.EventRevised, Self, "later measurements show no outage")
	if i.Open() {
		i.Resolved = at
		note(&i, at, slo.EventResolved, Self, "")
	}
	return i, true
}

// Acknowledge notes that somebody has taken an incident. A second time is an
// error that names the first.
func Acknowledge(i slo.Incident, actor string, at slo.Instant) (slo.Incident, error) {
	if i.Acknowledged != 0 {
		return i, fmt.Errorf("incident %s: acknowledged by %s on %s already", i.ID, i.AckedBy, i.Acknowledged)
	}
	i.Events = slices.Clip(i.Events)
	i.Acknowledged, i.AckedBy = at, actor
	note(&i, at, slo.EventAcknowledged, actor, "")
	return i, nil
}

// Comment adds a person's words to an incident.
func Comment(i slo.Incident, actor, text string, at slo.Instant) (slo.Incident, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return i, fmt.Errorf("incident %s: an empty comment", i.ID)
	case len(text) > MaxComment:
		return i, fmt.Errorf("incident %s: a comment of %d bytes; at most %d are kept", i.ID, len(text), MaxComment)
	case len(i.Events) >= MaxEvents:
		return i, fmt.Errorf("incident %s: %d events; no more are kept", i.ID, len(i.Events))
	}
	i.Events = slices.Clip(i.Events)
	note(&i, at, slo.EventCommented, actor, text)
	return i, nil
}

// note adds an event. A full timeline keeps its beginning and its end.
func note(i *slo.Incident, at slo.Instant, kind slo.EventKind, actor, text string) {
	if len(i.Events) >= MaxEvents {
		const head = MaxEvents / 2
		i.Events = append(slices.Clone(i.Events[:head]), i.Events[head+1:]...)
	}
	i.Events = append(i.Events, slo.IncidentEvent{At: at, Kind: kind, Actor: actor, Text: text})
}

func bounded(cs []slo.Cause) []slo.Cause {
	return slices.Clone(cs[:min(len(cs), MaxCauses)])
}
