package evaluate

import (
	"github.com/assay-sla/assay/slo"
)

// Exclude puts a catalogue in force that differs from the engine's in nothing
// but exclusions after the fact, as slo.Catalog.Excluding makes it: timelines
// stay, and the books of the agreements that changed are opened anew. Its cost
// is theirs.
func (e *Engine) Exclude(c *slo.Catalog) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.catalog, e.layouts.catalog = c, c
	e.inForce.Store(c)
	terms := map[string]*slo.Agreement{}
	for _, a := range c.Agreements {
		terms[a.Name] = a
	}
	anew := map[*slo.Account]*slo.Account{}
	for _, s := range e.services {
		for i, old := range s.accounts {
			if a := terms[old.Agreement.Name]; a != nil && a != old.Agreement {
				s.accounts[i] = slo.NewAccount(a, e.layouts.of, e.history)
				anew[old] = s.accounts[i]
			}
		}
	}
	for _, s := range e.services {
		for i, old := range s.part {
			if fresh := anew[old]; fresh != nil {
				s.part[i] = fresh
			}
		}
	}
}

// Effects is what putting a request for an exclusion in force would do to the
// figures of its agreements, and of one that is in force what revoking it would:
// at most limit windows of each. What the catalogue lacks is left out.
func (e *Engine) Effects(r *slo.ExclusionRequest, at slo.Instant, limit int) (out []slo.ExclusionEffect, omitted int) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	open := func(terms *slo.Agreement, cover slo.Interval) *slo.Account {
		return slo.NewAccount(terms, slo.LaidOver(cover, e.catalog.Maintenances), e.history)
	}
	for _, name := range r.Agreements {
		for _, a := range e.catalog.Agreements {
			if a.Name == name {
				list, more := r.Effects(a, at, limit, open)
				out, omitted = append(out, list...), omitted+more
			}
		}
	}
	return out, omitted
}
