package evaluate

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Plan puts a catalogue in force that differs from the engine's in nothing but
// the maintenance of some services, as slo.Catalog.Planning makes it: timelines
// stay, and the books of the agreements about these services are opened anew.
func (e *Engine) Plan(c *slo.Catalog, services []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.catalog, e.layouts.catalog = c, c
	e.layouts.shared = map[string]*slo.Agreed{}
	e.inForce.Store(c)
	anew := map[*slo.Account]*slo.Account{}
	for _, s := range e.services {
		for i, old := range s.accounts {
			if slices.ContainsFunc(old.Agreement.Services(), func(name string) bool { return slices.Contains(services, name) }) {
				s.accounts[i] = slo.NewAccount(old.Agreement, e.layouts.of, e.history)
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
	for i, old := range e.limited {
		if fresh := anew[old]; fresh != nil {
			e.limited[i] = fresh
		}
	}
}
