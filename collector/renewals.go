package collector

import (
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// maxRenewals is how often an agent renews its certificate within a day. Each
// is a line of the audit trail for good, and one in three weeks is due; the
// others are for answers that were lost.
const maxRenewals = 10

// renewals counts the renewals of each agent within a day. The zero value has
// none.
type renewals struct {
	mu    sync.Mutex
	since slo.Instant
	of    map[string]int
}

// take counts a renewal, and is false where there were too many.
func (r *renewals) take(agent string, at slo.Instant) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || at.Sub(r.since) >= 24*time.Hour {
		r.since, r.of = at, map[string]int{}
	}
	if r.of[agent] >= maxRenewals {
		return false
	}
	r.of[agent]++
	return true
}
