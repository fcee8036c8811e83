package web

import (
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// often knows which writes that come by the minute were recorded of late. The
// actors are those of the credentials, so it stays small.
type often struct {
	mu   sync.Mutex
	last map[[2]string]slo.Instant // by actor and action
}

// first reports whether a write is the actor's first of its action in an hour.
func (o *often) first(actor, action string, at slo.Instant) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := [2]string{actor, action}
	if before, ok := o.last[key]; ok && at.Sub(before) < time.Hour {
		return false
	}
	if o.last == nil {
		o.last = map[[2]string]slo.Instant{}
	}
	o.last[key] = at
	return true
}
