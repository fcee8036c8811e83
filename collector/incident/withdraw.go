package incident

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Withdraw closes an open incident of a service that the catalogue has no
// longer: nobody will see it restored. Until then it counts as down. Should
// the service come back and still be down, Reconcile opens it again.
func Withdraw(i slo.Incident, at slo.Instant) slo.Incident {
	if !i.Open() {
		return i
	}
	i.Events = slices.Clip(i.Events)
	if i.Restored == 0 {
		i.Restored = max(at, i.Began)
		i.Downtime = i.Restored.Sub(i.Began)
	}
	note(&i, at, slo.EventRevised, Self, "the catalogue has the service no longer")
	note(&i, at, slo.EventResolved, Self, "")
	return i
}
