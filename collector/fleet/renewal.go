package fleet

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	// RenewLeft is how much of its certificate's life is left when an agent
	// begins to renew it.
	RenewLeft = AgentLife / 3
	// renewGrace is how long that may fail before somebody should look: the
	// agent or the collector may just be away, and the agent tries every ten
	// minutes.
	renewGrace = 24 * time.Hour
)

// RenewalMissed reports whether an agent's certificate that ends at an instant
// should have been renewed before another one.
func RenewalMissed(expires, at slo.Instant) bool { return expires.Sub(at) < RenewLeft-renewGrace }
