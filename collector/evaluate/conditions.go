package evaluate

import (
	"time"

	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// conditions are what is alerted on of one objective's budget, with the
// windows of the burn rates that are shown.
type conditions struct {
	rules.Conditions
	windows []time.Duration // shortest first; those of the pairs are among them
}

// conditionsOf are the conditions of every objective of a catalogue.
func conditionsOf(c *slo.Catalog) map[*slo.Objective]conditions {
	out := map[*slo.Objective]conditions{}
	intervals := rules.IntervalsOf(c)
	for _, a := range c.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			of := intervals.Of(a, o)
			out[o] = conditions{of, of.Shown()}
		}
	}
	return out
}

// since is from when on a service's state is missed: from its first word, or
// where that came later, or never, from when it was first asked for.
func (s *service) since() slo.Instant {
	if cs := s.history.Timeline().Changes(); len(cs) > 0 {
		return min(cs[0].At(), s.asked)
	}
	return s.asked
}

// Recent is what is known of an objective's recent past.
type Recent struct {
	Agreed   bool          // whether the instant is agreed time
	Window   time.Duration // of agreed time
	Coverage slo.Fraction  // over the window
}

// recent is what is known at an instant of the recent past of an objective.
func (e *Engine) recent(a *slo.Account, o *slo.Objective, at slo.Instant) Recent {
	w := e.conditions[o].Recent
	return Recent{
		Agreed: a.Agreed().Agreed(at), Window: w,
		Coverage: a.RecentCoverage(o, at, w, e.byName[a.Agreement.Service].since()),
	}
}
