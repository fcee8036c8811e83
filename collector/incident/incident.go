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
const Self = slo.ByItself

// MaxCauses bounds the sightings that an incident holds.
const MaxCauses = 50

// ID names the incident of an outage after the service and the instant at
// which it began, so that the same outage never opens two.
func ID(service string, began slo.Instant) string {
	return service + "-" + began.Time().Format("20060102T150405.000Z")
}

// Reconcile compares the outages of one service that touch changed with the
// incidents known to touch it or to be open, and returns those that are new
// or different. Outages are given whole, oldest first. at is now. An incident
// gets an ID that none of known has, and resolves when it has been restored
// for hold.
func Reconcile(service string, known []slo.Incident, outages []slo.Outage, changed slo.Interval, hold time.Duration, at slo.Instant) []slo.Incident {
	if other := func(k slo.Incident) bool { return k.Trigger != slo.ServiceDown }; slices.ContainsFunc(known, other) {
		known = slices.DeleteFunc(slices.Clone(known), other)
	}
	of := match(service, known, outages)
	var out []slo.Incident
	matched := map[int]bool{}
	for n, o := range outages {
		i := of[n]
		if i < 0 {
			i := open(o, hold, at)
			i.ID = free(i.ID, known, out)
			out = append(out, i)
			continue
		}
		matched[i] = true
		if next, differs := update(known[i], o, hold, at); differs {
			out = append(out, next)
		}
	}
	for i, k := range known {
		if matched[i] || k.Service != service {
			continue
		}
		if why := gone(k, outages, changed); why != "" {
			if next, differs := vanish(k, why, at); differs {
				out = append(out, next)
			}
		}
	}
	return out
}

// gone says why an incident that no outage belongs to has none, "" where that
// is another part of the timeline's business.
func gone(k slo.Incident, outages []slo.Outage, changed slo.Interval) string {
	for _, o := range outages {
		if o.From <= k.Began && k.Began < end(o.Restored, o.UpFrom) {
			return fmt.Sprintf("later measurements make it one with the outage that began %s", o.From)
		}
	}
	if changed.From <= k.Began && k.Began <= changed.To {
		return "later measurements show no outage"
	}
	return ""
}

// match finds the incident that each outage belongs to, -1 where there is
// none: the one that began with it, else the earliest that it overlaps and
// that no other outage claims. One whose outage vanished comes last.
func match(service string, known []slo.Incident, outages []slo.Outage) []int {
	of := slices.Repeat([]int{-1}, len(outages))
	taken := map[int]bool{}
	began := func(k slo.Incident, o slo.Outage) bool { return k.Began == o.From }
	for _, claim := range []func(slo.Incident, slo.Outage) bool{
		func(k slo.Incident, o slo.Outage) bool { return !vanished(k) && began(k, o) },
		func(k slo.Incident, o slo.Outage) bool { return !vanished(k) && overlap(k, o) },
		began,
		overlap,
	} {
		for n, o := range outages {
			if of[n] >= 0 {
				continue
			}
			for i, k := range known {
				if k.Service == service && !taken[i] && claim(k, o) && (of[n] < 0 || k.Began < known[of[n]].Began) {
					of[n] = i
				}
			}
			if of[n] >= 0 {
				taken[of[n]] = true
			}
		}
	}
	return of
}

func overlap(k slo.Incident, o slo.Outage) bool {
	return k.Began < end(o.Restored, o.UpFrom) && o.From < end(k.Restored != 0, k.Restored)
}

// vanished reports whether an incident was found to have had no outage.
func vanished(i slo.Incident) bool { return !i.Open() && i.Downtime == 0 }

// end is where something ends that lasts until it is restored.
func end(restored bool, up slo.Instant) slo.Instant {
	if restored {
		return up
	}
	return slo.MaxInstant
}

// free is id, numbered where an incident has it that began elsewhere at first.
func free(id string, lists ...[]slo.Incident) string {
	has := func(id string) bool {
		for _, l := range lists {
			if slices.ContainsFunc(l, func(k slo.Incident) bool { return k.ID == id }) {
				return true
			}
		}
		return false
	}
	next := id
	for n := 2; has(next); n++ {
		next = fmt.Sprintf("%s-%d", id, n)
	}
	return next
}

func open(o slo.Outage, hold time.Duration, at slo.Instant) slo.Incident {
	i := slo.Incident{
		ID: ID(o.Service, o.From), Service: o.Service, Trigger: slo.ServiceDown, Began: o.From, Detected: at,
		Causes: bounded(o.Causes), Agreements: o.Agreements,
	}
	note(&i, at, slo.EventDetected, Self, detection(o))
	settle(&i, o, hold, at)
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
func update(i slo.Incident, o slo.Outage, hold time.Duration, at slo.Instant) (slo.Incident, bool) {
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
	if !slices.Equal(i.Agreements, o.Agreements) {
		i.Agreements, differs = o.Agreements, true
	}
	return i, settle(&i, o, hold, at) || differs
}

// sees reports whether a sighting of the same probe from the same place for
// the same reason is known.
func sees(known []slo.Cause, c slo.Cause) bool {
	return slices.ContainsFunc(known, func(k slo.Cause) bool {
		return k.Probe == c.Probe && k.Location == c.Location && k.Agent == c.Agent && k.Reason == c.Reason
	})
}

// settle notes the end of the outage, or that it has none after all, and
// resolves what is not held any more.
func settle(i *slo.Incident, o slo.Outage, hold time.Duration, at slo.Instant) bool {
	differs := restore(i, o, at)
	if o.Restored && i.Open() && !i.Work.Reopened && !Held(i, hold, at) {
		resolve(i, at)
		return true
	}
	return differs
}

func restore(i *slo.Incident, o slo.Outage, at slo.Instant) bool {
	switch {
	case o.Restored && i.Restored == 0:
		i.Restored, i.Downtime = o.UpFrom, o.Down
		note(i, at, slo.EventRestored, Self, fmt.Sprintf("up since %s, down for %s", o.UpFrom, o.Down.Round(time.Second)))
	case o.Restored && (i.Restored != o.UpFrom || i.Downtime != o.Down):
		note(i, at, slo.EventRevised, Self, fmt.Sprintf("up since %s, down for %s", o.UpFrom, o.Down.Round(time.Second)))
		i.Restored, i.Downtime = o.UpFrom, o.Down
	case !o.Restored && (i.Restored != 0 || !i.Open()):
		i.Restored, i.Downtime = 0, 0
		comeBack(i, "still down", at)
	default:
		return false
	}
	return true
}

// vanish closes an incident whose outage late measurements disproved, or made
// part of another.
func vanish(i slo.Incident, why string, at slo.Instant) (slo.Incident, bool) {
	if vanished(i) {
		return i, false
	}
	i.Events = slices.Clip(i.Events)
	i.Downtime = 0
	if i.Restored == 0 {
		i.Restored = i.Began
	}
	note(&i, at, slo.EventRevised, Self, why)
	if i.Open() {
		note(&i, at, slo.EventResolved, Self, "")
	}
	return i, true
}

// resolve ends an incident that is restored. One that people opened again
// waits for their word.
func resolve(i *slo.Incident, at slo.Instant) {
	if i.Open() && !i.Work.Reopened {
		note(i, at, slo.EventResolved, Self, "")
	}
}

func bounded(cs []slo.Cause) []slo.Cause {
	return slices.Clone(cs[:min(len(cs), MaxCauses)])
}
