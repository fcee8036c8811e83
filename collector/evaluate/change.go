package evaluate

import "github.com/assay-sla/assay/slo"

// AroundChange is what the objectives about the services of a change were like
// before and after it, with what is known at an instant, by service and
// agreement. Services that the catalogue lacks have none.
func (e *Engine) AroundChange(x *slo.ChangeRecord, at slo.Instant) []slo.ChangeEffect {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []slo.ChangeEffect
	for _, name := range x.Services {
		if s := e.byName[name]; s != nil {
			for _, a := range s.accounts {
				out = append(out, a.Around(x, at)...)
			}
		}
	}
	return out
}
