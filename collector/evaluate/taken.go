package evaluate

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// taken is how long after an outage with another service what burns of a
// budget is told of as that one's: the long windows that page are no longer.
const taken = 24 * time.Hour

// awake reports whether whoever would be woken by a budget that burns is awake,
// or has been: the service is down with one that took it down, or it is up and
// was so the last time. Its windows look back at that outage for hours, and one
// cause pages once.
func (e *Engine) awake(s *service, at slo.Instant) bool {
	if root, _ := e.root(s, at); root != "" {
		return true
	}
	if _, down := s.down(at); down {
		return false
	}
	list := s.history.Timeline().Stretches(slo.Interval{From: at.Add(-taken), To: at}, at)
	if len(list) == 0 {
		return false
	}
	last := list[len(list)-1]
	root, _ := e.root(s, last.UpFrom-1)
	return last.Restored && at.Sub(last.UpFrom) < taken && root != ""
}
