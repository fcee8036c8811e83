package evaluate

import "github.com/assay-sla/assay/slo"

// Explain explains the figure of an objective with what is known at an instant,
// of the window that holds the instant just before the one that window tells;
// nil where the catalogue lacks it, or window returned an error. Of each list
// the limit longest are kept.
func (e *Engine) Explain(agreement, objective string, at slo.Instant, limit int, window func(*slo.Agreement, *slo.Objective) (slo.Instant, error)) (*slo.Explanation, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	a := e.account(agreement)
	if a == nil {
		return nil, nil
	}
	for i := range a.Agreement.Objectives {
		o := &a.Agreement.Objectives[i]
		if o.Name != objective {
			continue
		}
		w, err := window(a.Agreement, o)
		if err != nil {
			return nil, err
		}
		return e.reaching(a, w).Explain(e.catalog, e.history, o, at, w, limit), nil
	}
	return nil, nil
}
