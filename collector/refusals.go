package collector

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// refusals bound how many refused enrolments are recorded. Whoever reaches the
// agents' listener can have them refused, without a certificate, and the audit
// trail and the ledger keep what they have for ever. All are answered, so that
// a flood keeps nobody else out.
type refusals struct {
	chances *auth.Attempts

	mu    sync.Mutex
	quiet int // that were not recorded since one was
}

func newRefusals() *refusals { return &refusals{chances: auth.NewAttempts()} }

// tell is the reason to record a refusal with, and whether it is to be recorded:
// five from an address, and then one a minute, and one in 15 seconds from all of
// them together after 50. One that is tells how many were not.
func (r *refusals) tell(reason, remote string, at slo.Instant) (string, bool) {
	from, _ := netip.ParseAddr(remote) // what is no address is one of its own
	_, ok := r.chances.Take("", from, at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !ok {
		r.quiet++
		return "", false
	}
	if r.quiet > 0 {
		reason = fmt.Sprintf("%s (%d more before it, from anywhere, are not recorded)", reason, r.quiet)
	}
	r.quiet = 0
	return reason, true
}
