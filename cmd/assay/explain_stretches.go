package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// printStretches writes the stretches of one kind, each with what was known of
// the probes meanwhile.
func printStretches(b *bytes.Buffer, title, none string, list *slo.ExplainedStretches) {
	sum := list.Omitted.Length
	for _, v := range list.Listed {
		sum += v.Length()
	}
	n := len(list.Listed) + list.Omitted.Count
	if n == 0 {
		fmt.Fprintf(b, "\n%s: %s\n", title, none)
		return
	}
	fmt.Fprintf(b, "\n%s: %d, %s in all\n", title, n, sum)
	for i := range list.Listed {
		printStretch(b, i+1, &list.Listed[i])
	}
	if list.Omitted.Count > 0 {
		fmt.Fprintf(b, "  and %d shorter ones, %s in all; --all lists up to %d\n", list.Omitted.Count, list.Omitted.Length, slo.MaxExplained)
	}
}

func printStretch(b *bytes.Buffer, n int, v *slo.ExplainedStretch) {
	note := ""
	if v.Unsettled {
		note = ": down, but shorter than what counts as an outage, and not up again yet"
	}
	fmt.Fprintf(b, "  %d. %s to %s, %s%s\n", n, v.From, v.To, v.Length(), note)
	for i := range v.Probes {
		printProbe(b, &v.Probes[i])
	}
}

func printProbe(b *bytes.Buffer, p *slo.ExplainedProbe) {
	fmt.Fprintf(b, "     probe %s (%s): %s\n", p.Probe.Name, target(p.Probe), times(p.StateTimes))
	if len(p.Locations) == 0 {
		fmt.Fprintln(b, "       no location has ever reported")
	}
	for k := range p.Locations {
		printLocation(b, &p.Locations[k])
	}
}

func target(p *slo.Probe) string {
	if p.Spec == nil {
		return "no target"
	}
	return plain(p.Spec.Target())
}

// times says how long something was in each state that it was in.
func times(t slo.StateTimes) string {
	text, join := "", ""
	for _, part := range []struct {
		name string
		d    time.Duration
	}{{"down", t.Down}, {"unknown", t.Unknown}, {"up", t.Up}} {
		if part.d > 0 {
			text += join + part.name + " " + part.d.String()
			join = ", "
		}
	}
	return text
}

func printLocation(b *bytes.Buffer, l *slo.ExplainedLocation) {
	fmt.Fprintf(b, "       %s: %s\n", plain(l.Location), times(l.StateTimes))
	if len(l.Words) == 0 {
		fmt.Fprintln(b, "         no agent has ever reported from there")
	}
	for i := range l.Words {
		printWord(b, &l.Words[i])
	}
}

// printWord writes what an agent measured at the edges of a stretch.
func printWord(b *bytes.Buffer, w *slo.ExplainedWord) {
	e := w.Edges
	if e == nil {
		fmt.Fprintf(b, "         agent %s: %s; no measurement near it\n", plain(w.Agent), times(w.StateTimes))
		return
	}
	measured := fmt.Sprintf("measured %d down, %d unknown, %d up", e.Down, e.Unknown, e.Up)
	if e.Down+e.Unknown+e.Up == 0 {
		measured = "silent, nothing was measured"
	}
	fmt.Fprintf(b, "         agent %s: %s; %s\n", plain(w.Agent), times(w.StateTimes), measured)
	printed := map[*slo.Said]bool{}
	for _, line := range []struct {
		when string
		said *slo.Said
	}{{"before", e.Before}, {"first", e.First}, {"worst", e.Worst}, {"last", e.Last}, {"after", e.After}} {
		if line.said != nil && !printed[line.said] {
			printed[line.said] = true
			fmt.Fprintf(b, "           %-6s  %s\n", line.when, said(line.said))
		}
	}
	if e.After == nil {
		fmt.Fprintln(b, "           after   nothing yet")
	}
	for _, g := range e.Gaps {
		fmt.Fprintf(b, "           lost    its records %d to %d, as it declared at %s: %s\n", g.From, g.To, g.At, plain(string(g.Reason)))
	}
}

// said is a measurement in one line.
func said(s *slo.Said) string {
	text := fmt.Sprintf("%s  #%d %s", s.At, s.Seq, s.Outcome)
	if s.Reason != "" {
		text += ", " + plain(string(s.Reason))
	}
	if s.Evidence != "" {
		text += ": " + plain(s.Evidence)
	}
	if slo.ClockOff(s.Offset) {
		text += " (the agent's clock was off)"
	}
	return text
}
