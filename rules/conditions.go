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

// Of returns the conditions of an objective of a catalogue's agreement. Its
// own pairs count as they are written. Else they are the Workbook's, scaled to
// the agreed time of the objective's window, so that each still stands for its
// share of the budget. A short window holds two runs of the slowest probe at
// least, and its long one twelve times that: fewer would show no rate. A pair
// that does not fit the objective's window is left out, as is one of two that
// have the same windows and severity: the one of the higher rate.
func Of(c *slo.Catalog, a *slo.Agreement, o *slo.Objective) Conditions {
	whole, every := a.OrdinaryLength(o.Window), slowest(c, a, o)
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
func slowest(c *slo.Catalog, a *slo.Agreement, o *slo.Objective) time.Duration {
	services := []string{a.Service}
	for _, p := range o.Parts {
		services = append(services, p.Service)
	}
	every := time.Duration(0)
	for _, s := range c.Services {
		if !slices.Contains(services, s.Name) {
			continue
		}
		probes := s.Up.Probes()
		for _, p := range c.Probes {
			if slices.Contains(probes, p.Name) {
				every = max(every, p.Every)
			}
		}
	}
	for _, p := range c.Probes {
		if p.Name == o.Requests.Probe {
			every = max(every, p.Every+p.Delay()) // its newest increments are still to come
		}
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
