package rules

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Conditions are what is alerted on of one objective's budget, as lengths of
// its agreed time.
type Conditions struct {
	Pairs  []slo.BurnPair
	Recent time.Duration // over which coverage must be what the agreement asks
}

// of30Days is the window that the Workbook's pairs are made for.
const of30Days = 30 * 24 * time.Hour

// Compare is the window by which burn rates of all objectives are compared.
const Compare = time.Hour

// Intervals are how often a catalogue's services and requests are measured. They
// are gathered once for all of its objectives.
type Intervals struct {
	services map[string]time.Duration // of the slowest probe, by the service's name
	requests map[string]time.Duration // with what increments wait for, by the probe's name
}

// IntervalsOf returns the intervals of a catalogue's services.
func IntervalsOf(c *slo.Catalog) Intervals {
	every := make(map[string]time.Duration, len(c.Probes))
	out := Intervals{services: make(map[string]time.Duration, len(c.Services)), requests: map[string]time.Duration{}}
	for _, p := range c.Probes {
		every[p.Name] = p.Every
		out.requests[p.Name] = p.Every + p.Delay()
	}
	for _, s := range c.Services {
		for _, name := range s.Up.Probes() {
			out.services[s.Name] = max(out.services[s.Name], every[name])
		}
	}
	return out
}

// Of returns the conditions of an objective of a catalogue's agreement. Of many
// objectives Intervals.Of does it quicker.
func Of(c *slo.Catalog, a *slo.Agreement, o *slo.Objective) Conditions {
	return IntervalsOf(c).Of(a, o)
}

// Of returns the conditions of an objective of an agreement. Its
// own pairs count as they are written. Else they are the Workbook's, scaled to
// the agreed time of the objective's window, so that each still stands for its
// share of the budget. A short window holds two runs of the slowest probe at
// least, and its long one twelve times that: fewer would show no rate. A pair
// that does not fit the objective's window is left out, as is one of two that
// have the same windows and severity: the one of the higher rate.
func (i Intervals) Of(a *slo.Agreement, o *slo.Objective) Conditions {
	whole, every := a.OrdinaryLength(o.Window), i.slowest(a, o)
	scaled := scale(whole, every)
	out := Conditions{Recent: scaled[0].Long, Pairs: scaled}
	if o.Alerts != nil {
		out.Pairs = slices.Clone(o.Alerts)
	}
	if o.Method == slo.ByOutages {
		out.Pairs = nil // there is no rate of a number of outages
	}
	out.Pairs = slices.DeleteFunc(out.Pairs, func(p slo.BurnPair) bool { return p.Long > whole })
	return out
}

// Shown are the windows of the burn rates that pages and series show of an
// objective: those of its conditions, and the one that all have in common.
func (c Conditions) Shown() []time.Duration {
	out := append(Windows(c.Pairs), Compare)
	slices.Sort(out)
	return slices.Compact(out)
}

// slowest is the longest interval of the probes that an objective rests on.
func (i Intervals) slowest(a *slo.Agreement, o *slo.Objective) time.Duration {
	every := max(i.services[a.Service], i.requests[o.Requests.Probe])
	for _, p := range o.Parts {
		every = max(every, i.services[p.Service])
	}
	return every
}

// scale makes the Workbook's pairs fit a window of so much agreed time, and
// probes that run so often.
func scale(whole, every time.Duration) []slo.BurnPair {
	var out []slo.BurnPair
	for _, p := range BurnPairs() {
		proportion := int64(p.Long / p.Short)
		p.Short = max(round(time.Duration(float64(p.Short)*(float64(whole)/float64(of30Days)))), 2*every, time.Second)
		p.Long = p.Short * time.Duration(proportion)
		same := func(q slo.BurnPair) bool { return q.Long == p.Long && q.Severity == p.Severity }
		out = append(slices.DeleteFunc(out, same), p) // rates fall: this one fires whenever that one does
	}
	return out
}

// round is d to the second below a minute, to ten seconds below ten minutes,
// and to the minute above, so that people can say it.
func round(d time.Duration) time.Duration {
	switch {
	case d < time.Minute:
		return d.Round(time.Second)
	case d < 10*time.Minute:
		return d.Round(10 * time.Second)
	}
	return d.Round(time.Minute)
}
