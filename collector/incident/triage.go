package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Triage gives an incident that lasts the priority of what it touches, and
// makes it major where the policy says so. By itself a priority only rises;
// what people chose stays. It reports whether something changed.
func Triage(i slo.Incident, p *slo.IncidentPolicy, s slo.Scope, at slo.Instant) (slo.Incident, bool) {
	if !i.Open() || i.Work.Parent != "" {
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
	if i.Work.Major == nil && p.Major.Meets(now, s) {
		tell(slo.EventMajor, at.Add(p.Major.Review).String()+" "+p.Major.Owner,
			fmt.Sprintf("priority %d, %d customers; %s leads it", now, s.Customers, p.Major.Owner))
	}
	return i, changed
}

func whyPriority(p *slo.IncidentPolicy, s slo.Scope) string {
	text := fmt.Sprintf("impact %s (criticality %s, %d customers, seen from %d of %d locations), urgency %s",
		p.Impact(s), s.Criticality, s.Customers, s.Seen, s.Locations, p.Urgency(s))
	switch {
	case s.Left == nil:
		return text + " (nothing promised)"
	case *s.Left < 0:
		return text + " (breached)"
	}
	return text + fmt.Sprintf(" (%s to the next breach)", s.Left.Round(1e9))
}

// parsePriority reads the value of a priority's event, 0 where it is none.
func parsePriority(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > slo.LowestPriority {
		return 0
	}
	return n
}

// parseMajor reads the value of the event that makes an incident major: when
// its review is due, and who leads it.
func parseMajor(e *slo.IncidentEvent) *slo.Major {
	due, owner, _ := strings.Cut(e.Value, " ")
	at, err := slo.ParseInstant(due)
	if err != nil {
		return nil
	}
	return &slo.Major{At: e.At, Owner: owner, ReviewDue: at}
}
