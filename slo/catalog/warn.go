package catalog

import (
	"github.com/assay-sla/assay/slo"
)

// warnNotice tells of maintenance that an agreement will not count, because
// it was announced too late or never.
func (r reader) warnNotice(a *slo.Agreement, m *slo.Maintenance) {
	if a.MaintenanceNotice == nil {
		return
	}
	e := r.entries[kindMaintenance][m.Name]
	switch {
	case e == nil: // it has no usable name, which is an error of its own
	case m.Announced == nil:
		e.r.warnf(e.at, "give it the instant when it was announced",
			"the agreement %s asks for notice: this maintenance, never announced, will not count there", a.Name)
	case m.Once != nil && m.Once.From.Sub(*m.Announced) < *a.MaintenanceNotice:
		e.r.warnf(e.at, "", "the agreement %s asks for %s of notice: this maintenance will not count there",
			a.Name, FormatDuration(*a.MaintenanceNotice))
	}
}
