package collector

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// maxTargetSeries bounds the targets of open incidents that are series, the
// soonest to be missed.
const maxTargetSeries = 100

// incidentStanding is how the open incidents stand that are part of no other.
type incidentStanding struct {
	open map[incidentGroup]int
	past map[slo.ClockKind]int // incidents that missed such a target
	next []nextTarget          // that are not met yet, the soonest to be missed first
}

// incidentGroup is what incidents are counted by.
type incidentGroup struct {
	service  string
	trigger  slo.Trigger
	priority int
}

// nextTarget is a target of an incident whose clock runs.
type nextTarget struct {
	incident, service, agreement string
	priority                     int
	kind                         slo.ClockKind
	breach                       slo.Instant
}

// standingOf is how open incidents stand, given their clocks by ID.
func standingOf(open []slo.Incident, clocks map[string][]slo.IncidentClock) *incidentStanding {
	s := &incidentStanding{open: map[incidentGroup]int{}, past: map[slo.ClockKind]int{}}
	for n := range open {
		i := &open[n]
		s.open[incidentGroup{i.Service, i.Trigger, i.Work.Priority}]++
		missed := map[slo.ClockKind]bool{}
		for _, k := range clocks[i.ID] {
			missed[k.Kind] = missed[k.Kind] || k.Missed()
			if k.Stopped == 0 && k.BreachAt != 0 {
				s.next = append(s.next, nextTarget{i.ID, i.Service, k.Agreement, i.Work.Priority, k.Kind, k.BreachAt})
			}
		}
		for kind, is := range missed {
			if is {
				s.past[kind]++
			}
		}
	}
	slices.SortFunc(s.next, func(a, b nextTarget) int {
		return cmp.Or(cmp.Compare(a.breach, b.breach), cmp.Compare(a.incident, b.incident), cmp.Compare(a.kind, b.kind), cmp.Compare(a.agreement, b.agreement))
	})
	s.next = s.next[:min(len(s.next), maxTargetSeries)]
	return s
}

// triggerNames are the triggers in words, for marks on graphs.
var triggerNames = map[slo.Trigger]string{
	slo.ServiceDown:  "Service down",
	slo.BurnRate:     "Error budget burns too fast",
	slo.BudgetUsed:   "Error budget used",
	slo.AgentSilent:  "Agent silent",
	slo.Exhausted:    "Resource at its limit",
	slo.DrillFailed:  "Drill not passed",
	slo.ForeignAlert: "Alert of another system",
}

// samples are the series of a standing at an instant. Those about no service
// are always there, so that a sum over all is 0 where nothing is open.
func (s *incidentStanding) samples(at slo.Instant) []slo.Sample {
	if s == nil {
		return nil
	}
	var out []slo.Sample
	count := func(g incidentGroup, n int) {
		out = append(out, slo.Sample{Name: "assay_incidents", Value: float64(n), Labels: map[string]string{
			"name": triggerNames[g.trigger], "priority": strconv.Itoa(g.priority), "service": g.service, "trigger": string(g.trigger),
		}})
	}
	for _, trigger := range slo.Triggers() {
		for priority := 1; priority <= slo.LowestPriority; priority++ {
			g := incidentGroup{"", trigger, priority}
			count(g, s.open[g])
		}
	}
	for g, n := range s.open {
		if g.service != "" || g.priority == 0 {
			count(g, n)
		}
	}
	for _, kind := range []slo.ClockKind{slo.ResponseClock, slo.RestorationClock} {
		out = append(out, slo.Sample{Name: "assay_incidents_past_target", Value: float64(s.past[kind]), Labels: map[string]string{"clock": string(kind)}})
	}
	for _, t := range s.next {
		out = append(out, slo.Sample{Name: "assay_incident_target_seconds", Value: t.breach.Sub(at).Seconds(), Labels: map[string]string{
			"agreement": t.agreement, "clock": string(t.kind), "incident": t.incident, "priority": strconv.Itoa(t.priority), "service": t.service,
		}})
	}
	return out
}
