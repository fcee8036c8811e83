package web

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// answer is one of the four that the first page gives before all else.
type answer struct {
	Question string
	Headline string
	Class    string // good, bad, unsure, calm
	Lines    []answerLine
	More     int // lines left out
}

type answerLine struct{ Text, Href string }

// answerLines bounds the lines of an answer, so that a bad day fits the screen.
const answerLines = 3

func (a *answer) add(text, href string) {
	if len(a.Lines) == answerLines {
		a.More++
		return
	}
	a.Lines = append(a.Lines, answerLine{text, href})
}

// answers says whether it is up, whether it was up, what is owed, and what
// needs somebody. waiting is what waits for an approver who looks.
func (w words) answers(all []slo.ServiceStatus, open []slo.Incident, agents []slo.AgentStatus, st Status, waiting []answerLine, at slo.Instant) []answer {
	return []answer{w.isUp(all), w.wasUp(all), w.owed(all), w.needed(all, open, agents, st, waiting, at)}
}

func (w words) isUp(all []slo.ServiceStatus) answer {
	a := answer{Question: w.t("answer.now"), Class: "good"}
	var down, unknown, work int
	for i := range all {
		switch {
		case all[i].Planned != nil:
			work++
		case all[i].State == slo.Down:
			down++
		case all[i].State == slo.Unknown:
			unknown++
		}
	}
	n := len(all)
	switch {
	case n == 0:
		a.Headline, a.Class = w.t("answer.now.none"), "calm"
	case down > 0:
		a.Headline, a.Class = w.n("answer.now.down", down, n), "bad"
	case unknown > 0:
		a.Headline, a.Class = w.n("answer.now.unknown", unknown, n), "unsure"
	case work == n:
		a.Headline, a.Class = w.t("answer.now.work"), "calm"
	default:
		a.Headline = w.n("answer.now.up", n-work)
	}
	add := func(count int, key, state string) {
		if count > 0 {
			a.add(w.n(key, count), "/?state="+state)
		}
	}
	add(down, "answer.count.down", "down")
	add(unknown, "answer.count.unknown", "unknown")
	add(work, "answer.count.work", "work")
	return a
}

func (w words) wasUp(all []slo.ServiceStatus) answer {
	a := answer{Question: w.t("answer.was"), Class: "good"}
	var met, missed, unsettled int
	for i := range all {
		for k := range all[i].Objectives {
			o := &all[i].Objectives[k]
			switch o.Verdict {
			case slo.Met:
				met++
			case slo.Missed:
				missed++
				text := w.t("answer.was.missed", o.Agreement.Name, o.Objective.Name)
				if o.At < o.Window.To {
					text = w.t("verdict.so_far", text)
				}
				a.add(text, servicePath(all[i].Service.Name))
			default:
				unsettled++
			}
		}
	}
	n := met + missed + unsettled
	switch {
	case n == 0:
		a.Headline, a.Class = w.t("answer.was.none"), "calm"
	case missed > 0:
		a.Headline, a.Class = w.n("answer.was.some", missed, n), "bad"
	case met == 0:
		a.Headline, a.Class = w.t("answer.was.unsettled"), "unsure"
	default:
		a.Headline = w.n("answer.was.met", met, n)
	}
	if unsettled > 0 && met+missed > 0 {
		a.add(w.n("answer.was.open", unsettled), "")
	}
	return a
}

func (w words) owed(all []slo.ServiceStatus) answer {
	a := answer{Question: w.t("answer.owe"), Class: "good"}
	due, earning, open := 0, 0, false
	for i := range all {
		for k := range all[i].Objectives {
			o := &all[i].Objectives[k]
			if c := o.Agreement.Credits; c == nil || c.Objective != o.Objective.Name {
				continue
			}
			earning++
			if o.Credit != nil && *o.Credit > 0 {
				due++
				open = open || o.At < o.Window.To
				a.add(w.t("answer.owe.line", o.Credit.Percent(), o.Agreement.Name), servicePath(all[i].Service.Name))
			}
		}
	}
	switch {
	case earning == 0:
		a.Headline, a.Class = w.t("answer.owe.none"), "calm"
	case due == 0:
		a.Headline = w.t("answer.owe.nothing")
	default:
		a.Headline, a.Class = w.n("answer.owe.due", due), "bad"
		if open {
			a.Headline = w.t("verdict.so_far", a.Headline)
		}
	}
	return a
}

// certificateNear is how soon before its expiry a certificate needs somebody.
const certificateNear = 21 * 24 * time.Hour

// unacknowledged says of an incident how long it has been there: of what is no
// downtime, such as a drill that failed, that nothing is down.
func (w words) unacknowledged(i *slo.Incident, at slo.Instant) string {
	key, about := "answer.need.incident", i.Service
	if i.Trigger != slo.ServiceDown {
		key = "answer.need.opened"
	}
	if about == "" {
		about = i.Summary
	}
	return w.t(key, about, w.dur(at.Sub(i.Began)))
}

func (w words) needed(all []slo.ServiceStatus, open []slo.Incident, agents []slo.AgentStatus, st Status, waiting []answerLine, at slo.Instant) answer {
	a := answer{Question: w.t("answer.need"), Class: "good"}
	if len(st.Problems) > 0 {
		a.add(w.t("answer.need.catalogue"), "#collector")
	}
	for i := range open {
		if open[i].Acknowledged == 0 {
			a.add(w.unacknowledged(&open[i], at), incidentPath(open[i].ID))
		}
	}
	for _, l := range waiting {
		a.add(l.Text, l.Href)
	}
	for i := range all {
		for k := range all[i].Objectives {
			if o := &all[i].Objectives[k]; burning(o) {
				a.add(w.t("answer.need.burn", o.Agreement.Name, o.Objective.Name), servicePath(all[i].Service.Name))
			}
		}
	}
	for i := range agents {
		if agents[i].Silent {
			a.add(w.t("answer.need.agent", agents[i].Agent, w.dur(at.Sub(agents[i].Seen))), "/agents")
		} else if agents[i].SaturatedAt(at) {
			a.add(w.t("answer.need.saturated", agents[i].Agent), "/agents")
		}
	}
	for _, c := range certificates(all, at) {
		a.add(w.t("answer.need.certificate", c.probe, w.dur(max(0, c.expiry.Sub(at)))), servicePath(c.service))
	}
	if n := len(a.Lines) + a.More; n > 0 {
		a.Headline, a.Class = w.n("answer.need.some", n), "unsure"
	} else {
		a.Headline = w.t("answer.need.nothing")
	}
	return a
}

// burning reports whether an objective's budget goes faster than it may over
// every recent window of which something is known, and is not spent yet.
func burning(o *slo.ObjectiveStatus) bool {
	if o.Verdict == slo.Missed {
		return false // said already
	}
	known := 0
	for _, b := range o.Burn {
		if b.Known && b.Rate <= 1 {
			return false
		}
		if b.Known {
			known++
		}
	}
	return known >= 2
}

type certificate struct {
	service, probe string
	expiry         slo.Instant
}

// certificates are those that expire soon, each probe's once, the first to
// expire first.
func certificates(all []slo.ServiceStatus, at slo.Instant) []certificate {
	var out []certificate
	seen := map[string]bool{}
	for _, s := range all {
		for _, p := range s.Probes {
			soonest := slo.Instant(0)
			for _, l := range p.Locations {
				for _, a := range l.Agents {
					if e := a.Last.CertExpiry; e != 0 && (soonest == 0 || e < soonest) {
						soonest = e
					}
				}
			}
			if soonest != 0 && soonest.Sub(at) < certificateNear && !seen[p.Probe.Name] {
				seen[p.Probe.Name] = true
				out = append(out, certificate{s.Service.Name, p.Probe.Name, soonest})
			}
		}
	}
	slices.SortFunc(out, func(a, b certificate) int { return cmp.Compare(a.expiry, b.expiry) })
	return out
}

func servicePath(name string) string { return "/services/" + url.PathEscape(name) }
func incidentPath(id string) string  { return "/incidents/" + url.PathEscape(id) }
