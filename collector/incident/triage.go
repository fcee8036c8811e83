package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Unranked reports whether an incident was over before anything ranked it, as one
// that was learnt of late.
func Unranked(i *slo.Incident) bool {
	return !i.Open() && i.Work.Closed == 0 && i.Work.Priority == 0 && i.Work.Parent == "" && i.Restored != 0
}

// Triage gives an incident that lasts, or that nothing ranked, the priority of
// what it touches, and makes one that lasts major where the policy says so. By
// itself a priority only rises; what people chose stays. It reports whether
// something changed.
func Triage(i slo.Incident, p *slo.IncidentPolicy, s slo.Scope, at slo.Instant) (slo.Incident, bool) {
	if i.Work.Parent != "" || !i.Open() && !Unranked(&i) {
		return i, false
	}
	changed := false
	tell := func(kind slo.EventKind, value, text string) {
		i.Events = slices.Clip(i.Events)
		add(&i, slo.IncidentEvent{At: at, Kind: kind, Actor: Self, Value: value, Text: text})
		changed = true
	}
	now := i.Work.Priority
	if next := p.Priority(s); i.Work.PriorityBy == "" && (now == 0 || next < now) {
		now = next
		tell(slo.EventPrioritised, strconv.Itoa(next), whyPriority(p, s))
	}
	if i.Open() && i.Work.Major == nil && !i.Work.NotMajor && p.Major.Meets(now, s) {
		tell(slo.EventMajor, MajorValue(p.Major.Owner, at.Add(p.Major.Review)),
			fmt.Sprintf("priority %d, %s; %s leads it", now, customers(s.Customers), p.Major.Owner))
	}
	return i, changed
}

func whyPriority(p *slo.IncidentPolicy, s slo.Scope) string {
	text := fmt.Sprintf("impact %s (criticality %s, %s, seen from %d of %d locations), urgency %s",
		p.Impact(s), s.Criticality, customers(s.Customers), s.Seen, s.Locations, p.Urgency(s))
	switch {
	case s.Left == nil:
		return text + " (nothing promised)"
	case *s.Left < 0:
		return text + " (breached)"
	}
	return text + fmt.Sprintf(" (%s to the next breach)", s.Left.Round(1e9))
}

func customers(n int) string {
	if n == 1 {
		return "1 customer"
	}
	return fmt.Sprintf("%d customers", n)
}

// parsePriority reads the value of a priority's event, 0 where it is none.
func parsePriority(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > slo.LowestPriority {
		return 0
	}
	return n
}

// NearTarget notes that so much of a target is over, once for each share, and
// reports whether that is news.
func NearTarget(i slo.Incident, k *slo.IncidentClock, at slo.Instant) (slo.Incident, bool) {
	share := k.Reached()
	value := fmt.Sprintf("%d %s %s", share, k.Kind, k.Agreement)
	told := slices.ContainsFunc(i.Events, func(e slo.IncidentEvent) bool { return e.Kind == slo.EventTargetNear && e.Value == value })
	if told || share == 0 || k.Stopped != 0 {
		return i, false
	}
	i.Events = slices.Clip(i.Events)
	add(&i, slo.IncidentEvent{At: at, Kind: slo.EventTargetNear, Actor: Self, Value: value,
		Text: fmt.Sprintf("%s of %s of service hours are over", k.Elapsed.Round(time.Second), k.Target)})
	return i, true
}

// MajorValue is the value of the event that makes an incident major: when its
// review is due, and who leads it.
func MajorValue(owner string, due slo.Instant) string { return due.String() + " " + owner }

// parseMajor reads a MajorValue, nil where it is none.
func parseMajor(e *slo.IncidentEvent) *slo.Major {
	due, owner, _ := strings.Cut(e.Value, " ")
	at, err := slo.ParseInstant(due)
	if err != nil || owner == "" {
		return nil
	}
	return &slo.Major{At: e.At, Owner: owner, ReviewDue: at}
}
