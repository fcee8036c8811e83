package slo

// during is what was known of each probe of the service over v.
func (s *ServiceHistory) during(v Interval) []ExplainedProbe {
	var out []ExplainedProbe
	for _, p := range s.probes {
		x := ExplainedProbe{Probe: p.Probe, StateTimes: p.timeline.times(v)}
		for _, l := range p.locations {
			if l.Counts {
				x.Locations = append(x.Locations, l.during(v))
			}
		}
		x.silent(v)
		out = append(out, x)
	}
	return out
}

// silent adds the locations that the probe names and that never reported.
func (p *ExplainedProbe) silent(v Interval) {
	for i, name := range p.Probe.Locations.From { // both lists are in order of names
		if p.Probe.Locations.Any == 0 && (i >= len(p.Locations) || p.Locations[i].Location != name) {
			silent := ExplainedLocation{Location: name, StateTimes: StateTimes{Unknown: v.Length()}}
			p.Locations = append(p.Locations[:i:i], append([]ExplainedLocation{silent}, p.Locations[i:]...)...)
		}
	}
}

// during is what was known of the location over v.
func (l *LocationHistory) during(v Interval) ExplainedLocation {
	out := ExplainedLocation{Location: l.Name, StateTimes: l.timeline.times(v)}
	for _, w := range l.agents {
		out.Words = append(out.Words, ExplainedWord{Agent: w.Agent, StateTimes: w.Timeline().times(v)})
	}
	return out
}

// times is how long the timeline is in each state inside v.
func (t *Timeline) times(v Interval) StateTimes {
	var out StateTimes
	for s, state := range t.Spans(v) {
		switch state {
		case Up:
			out.Up += s.Length()
		case Down:
			out.Down += s.Length()
		default:
			out.Unknown += s.Length()
		}
	}
	return out
}
