package incident

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// ProblemNews is what happens to a problem by itself.
type ProblemNews struct {
	Problem slo.Problem // without events where it is new
	Event   slo.ProblemEvent
}

// Counts reports whether an incident counts as a failure: it is part of no
// other, measurements did not disprove it, and people did not say that it was
// a false alarm or a duplicate.
func Counts(i *slo.Incident) bool {
	r := i.Work.Resolution
	if r != nil && (r.Code == "false_alarm" || r.Code == "duplicate") {
		return false
	}
	return i.Work.Parent == "" && !(i.Trigger == slo.ServiceDown && vanished(*i))
}

// Propose says what becomes of problems at an instant, given the incidents
// that began within the rule's time, or later, and every problem. Each incident
// that counts becomes the newest problem's of its failure mode that was not
// rejected; where there is none, and as many gathered as the rule says, or a
// major one is among them, a problem is proposed. A closed problem is opened
// again by as many that began since. Whoever applies all of it, and asks again
// with the same incidents, gets nothing.
func Propose(incidents []slo.Incident, known []slo.Problem, rule slo.ProblemRule, at slo.Instant) []ProblemNews {
	kept := keptBy(known)
	of := newest(known)
	fresh, joined := map[slo.FailureMode][]slo.Incident{}, map[string][]slo.ProblemIncident{}
	for _, i := range sorted(incidents) {
		mode := slo.ModeOf(&i)
		if !Counts(&i) || kept[i.ID] || i.Began > at || i.Began <= at.Add(-rule.Within) {
			continue
		}
		if p, ok := of[mode]; ok {
			joined[p.ID] = append(joined[p.ID], slo.ProblemIncident{ID: i.ID, Began: i.Began})
		} else {
			fresh[mode] = append(fresh[mode], i)
		}
	}
	var out []ProblemNews
	for n := range known {
		out = append(out, keepUp(&known[n], incidents, joined[known[n].ID], rule, at)...)
	}
	for _, mode := range slices.Sorted(maps.Keys(fresh)) {
		if why := worth(fresh[mode], rule); why != "" {
			out = append(out, proposal(mode, fresh[mode], why, at))
		}
	}
	return out
}

// keptBy are the incidents that a problem has, or had until people took them out.
func keptBy(known []slo.Problem) map[string]bool {
	out := map[string]bool{}
	for n := range known {
		p := &known[n]
		for _, i := range p.Incidents {
			out[i.ID] = true
		}
		for _, e := range p.Events {
			for _, id := range e.Left {
				out[id] = out[id] || p.Keeps(id)
			}
		}
	}
	return out
}

// newest are the problems that were not rejected, the newest of each mode.
func newest(known []slo.Problem) map[slo.FailureMode]*slo.Problem {
	out := map[slo.FailureMode]*slo.Problem{}
	for n := range known {
		p := &known[n]
		if p.State == slo.ProblemRejected || p.Mode == "" {
			continue
		}
		if q := out[p.Mode]; q == nil || cmp.Or(cmp.Compare(q.Events[0].At, p.Events[0].At), cmp.Compare(q.ID, p.ID)) < 0 {
			out[p.Mode] = p
		}
	}
	return out
}

func sorted(list []slo.Incident) []slo.Incident {
	return slices.SortedFunc(slices.Values(list), func(a, b slo.Incident) int {
		return cmp.Or(cmp.Compare(a.Began, b.Began), cmp.Compare(a.ID, b.ID))
	})
}

// keepUp takes incidents into a problem and out of it, and opens it again
// where that is due.
func keepUp(p *slo.Problem, incidents []slo.Incident, joined []slo.ProblemIncident, rule slo.ProblemRule, at slo.Instant) []ProblemNews {
	var out []ProblemNews
	now := *p
	add := func(e slo.ProblemEvent) {
		e.At, e.Actor = at, Self
		next, err := now.Add(e)
		if err != nil { // it is full, and stays as it is
			return
		}
		out = append(out, ProblemNews{*p, e})
		now = next
	}
	var left []string
	major := map[string]bool{}
	for n := range incidents {
		i := &incidents[n]
		major[i.ID] = i.Work.Major != nil
		if p.Has(i.ID) && p.ByItself(i.ID) && !Counts(i) {
			left = append(left, i.ID)
		}
	}
	slices.Sort(left)
	if len(left) > 0 {
		add(slo.ProblemEvent{Act: slo.UnlinkIncident, Left: left})
	}
	if room := slo.MaxProblemIncidents - len(now.Incidents); len(joined) > 0 && room > 0 {
		add(slo.ProblemEvent{Act: slo.LinkIncident, Joined: joined[:min(len(joined), room)]})
	}
	if now.State != slo.ProblemClosed {
		return out
	}
	since, urgent := 0, false
	for _, i := range now.Incidents {
		if i.Began >= now.Closed && i.Began > at.Add(-rule.Within) {
			since, urgent = since+1, urgent || major[i.ID]
		}
	}
	if since >= rule.Incidents || urgent {
		add(slo.ProblemEvent{Act: slo.ReopenProblem, Text: fmt.Sprintf("%d since it was closed", since)})
	}
	return out
}

// worth says what incidents of one mode are proposed as a problem for, "" where
// they are none.
func worth(list []slo.Incident, rule slo.ProblemRule) string {
	switch {
	case len(list) >= rule.Incidents:
		return slo.ProposedRepeated
	case slices.ContainsFunc(list, func(i slo.Incident) bool { return i.Work.Major != nil }):
		return slo.ProposedMajor
	}
	return ""
}

func proposal(mode slo.FailureMode, list []slo.Incident, why string, at slo.Instant) ProblemNews {
	first := &list[0]
	e := slo.ProblemEvent{At: at, Act: slo.ProposeProblem, Actor: Self, Value: why, Text: ProblemTitle(first)}
	for _, i := range list[:min(len(list), slo.MaxProblemIncidents)] {
		e.Joined = append(e.Joined, slo.ProblemIncident{ID: i.ID, Began: i.Began})
	}
	return ProblemNews{slo.Problem{ID: slo.ProblemOfIncident(first.ID), Service: first.Service, Mode: mode}, e}
}

// ProblemTitle is what a problem is called that begins with an incident: the
// service and the reason, or what its condition says.
func ProblemTitle(i *slo.Incident) string {
	title := i.Summary
	if i.Trigger == slo.ServiceDown {
		title = i.Service + ": " + cmp.Or(string(slo.ModeOf(i).Reason()), string(slo.ServiceDown))
	}
	return strings.ToValidUTF8(title[:min(len(title), slo.MaxProblemTitle)], "")
}
