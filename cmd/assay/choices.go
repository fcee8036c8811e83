package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// printChoices writes a line for each probe whose locations or agents are
// chosen, with what the choice was resolved to.
func printChoices(w io.Writer, c *slo.Catalog) {
	for _, p := range c.Probes {
		if text := choice(p.Locations); text != "" {
			fmt.Fprintf(w, "probe %s runs from %s\n", p.Name, text)
		}
	}
}

// choice is a probe's choice in words; "" where it runs from every location
// that it names, by every agent there.
func choice(l slo.Locations) string {
	byLabel, agents := len(l.Match) > 0, l.Agents.Any > 0 || len(l.Agents.Names) > 0 || len(l.Agents.Match) > 0
	if !byLabel && !agents && l.Any == 0 {
		return ""
	}
	text := "every location"
	if len(l.From) > 0 {
		text = strings.Join(l.From, ", ")
	}
	if l.Any > 0 {
		text = fmt.Sprintf("any %d of %s", l.Any, text)
	}
	if byLabel {
		text += fmt.Sprintf(" (%s)", l.Match)
	}
	if agents {
		text += ", by " + agentChoice(l.Agents)
	}
	return text
}

func agentChoice(a slo.Agents) string {
	text := "the agents there"
	if a.Any > 0 {
		text = fmt.Sprintf("any %d of the agents there", a.Any)
	}
	if len(a.Names) > 0 {
		text += " named " + strings.Join(a.Names, ", ")
	}
	if len(a.Match) > 0 {
		text += " with " + a.Match.String()
	}
	return text
}
