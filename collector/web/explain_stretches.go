package web

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// stretchesView are the stretches of one kind.
type stretchesView struct {
	Count int
	Sum   string // of them all
	List  []stretchView
	More  string // what is left out
}

// stretchView is a stretch with what was known of it.
type stretchView struct {
	ID       string
	Number   int
	From, To moment
	Length   string
	Note     string
	Measured string
	Unread   bool
	Probes   []stretchProbe
	Silenced int // agents left out
}

type stretchProbe struct {
	Name, Target, Times string
	Locations           []stretchLocation
}

type stretchLocation struct {
	Name, Times string
	Agents      []agentWord
}

// agentWord is what an agent measured at the edges of a stretch.
type agentWord struct {
	Agent, Times, Measured string
	Said                   []saidRow
	Gaps                   []string
}

// saidRow is a measurement.
type saidRow struct {
	When     string // which one it is
	At       moment
	Outcome  mark
	Latency  string
	Reason   slo.Reason
	Seq      uint64
	Evidence string
	Clock    bool
}

// maxWords bounds the agents that a stretch shows.
const maxWords = 30

func (w words) stretches(list *slo.ExplainedStretches, id string, zone *time.Location) stretchesView {
	out := stretchesView{Count: len(list.Listed) + list.Omitted.Count}
	sum := list.Omitted.Length
	for i := range list.Listed {
		v := w.stretch(&list.Listed[i], zone)
		v.ID, v.Number = fmt.Sprintf("%s-%d", id, i+1), i+1
		out.List = append(out.List, v)
		sum += list.Listed[i].Length()
	}
	out.Sum = w.exact(sum)
	if n := list.Omitted; n.Count > 0 {
		out.More = w.n("explain.omitted", n.Count, w.exact(n.Length))
	}
	return out
}

func (w words) stretch(s *slo.ExplainedStretch, zone *time.Location) stretchView {
	v := stretchView{From: when(zone, s.From), To: when(zone, s.To), Length: w.exact(s.Length()), Unread: s.Unread}
	if s.Unsettled {
		v.Note = w.t("explain.unsettled")
	}
	if m := s.Measured(); !s.Unread {
		v.Measured = w.measured(m)
	}
	left := maxWords
	for i := range s.Probes {
		v.Probes = append(v.Probes, w.stretchProbe(&s.Probes[i], s.Unread, zone, &left))
	}
	v.Silenced = max(0, -left)
	return v
}

// stretchProbe shows a probe. left is how many more agents may be shown; it
// goes below 0 by those that are not.
func (w words) stretchProbe(p *slo.ExplainedProbe, unread bool, zone *time.Location, left *int) stretchProbe {
	out := stretchProbe{Name: p.Probe.Name, Times: w.times(p.StateTimes)}
	if p.Probe.Spec != nil {
		out.Target = shownTarget(p.Probe.Spec.Target())
	}
	for i := range p.Locations {
		l := &p.Locations[i]
		shown := stretchLocation{Name: l.Location, Times: w.times(l.StateTimes)}
		for k := range l.Words {
			if *left--; *left >= 0 {
				shown.Agents = append(shown.Agents, w.agentWord(&l.Words[k], unread, zone))
			}
		}
		if len(l.Words) == 0 || len(shown.Agents) > 0 {
			out.Locations = append(out.Locations, shown)
		}
	}
	return out
}

func (w words) agentWord(word *slo.ExplainedWord, unread bool, zone *time.Location) agentWord {
	out := agentWord{Agent: word.Agent, Times: w.times(word.StateTimes)}
	e := word.Edges
	switch {
	case unread:
		return out
	case e == nil:
		out.Measured = w.t("explain.nothing_near")
		return out
	}
	out.Measured = w.measured(e.OccurrenceCount)
	shown := map[*slo.Said]bool{}
	for _, x := range []struct {
		key  string
		said *slo.Said
	}{{"before", e.Before}, {"first", e.First}, {"worst", e.Worst}, {"last", e.Last}, {"after", e.After}} {
		if x.said != nil && !shown[x.said] {
			shown[x.said] = true
			out.Said = append(out.Said, w.said(w.t("said."+x.key), x.said, zone))
		}
	}
	for _, g := range e.Gaps {
		out.Gaps = append(out.Gaps, w.t("explain.lost", g.From, g.To, when(zone, g.At).Text, w.reason(g.Reason)))
	}
	return out
}

func (w words) said(which string, s *slo.Said, zone *time.Location) saidRow {
	r := saidRow{
		When: which, At: when(zone, s.At), Outcome: w.mark(s.Outcome, false), Reason: s.Reason, Seq: s.Seq,
		Evidence: cleanLines(s.Evidence, slo.MaxEvidence), Clock: slo.ClockOff(s.Offset),
	}
	if s.Latency > 0 {
		r.Latency = w.latency(s.Latency)
	}
	return r
}

// measured says how many measurements there were.
func (w words) measured(m slo.OccurrenceCount) string {
	if m.Up+m.Down+m.Unknown == 0 {
		return w.t("explain.silent")
	}
	return w.t("counts.occurrences", m.Up, m.Down, m.Unknown)
}

// times says how long something was in each state that it was in.
func (w words) times(t slo.StateTimes) string {
	var parts []string
	for _, x := range []struct {
		state slo.State
		d     time.Duration
	}{{slo.Down, t.Down}, {slo.Unknown, t.Unknown}, {slo.Up, t.Up}} {
		if x.d > 0 {
			parts = append(parts, w.state(x.state)+" "+w.exact(x.d))
		}
	}
	return w.list(parts)
}
