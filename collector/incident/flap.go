package incident

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// FlapsFrom is how often an incident comes back while it is held before it
// flaps: once may be a repair that did not last, twice is a pattern.
const FlapsFrom = 2

// comeBack opens an incident again whose cause is back. One that comes back
// again and again flaps until it resolves: people are told so once, and once
// more when it is quiet, instead of each time.
func comeBack(i *slo.Incident, text string, at slo.Instant) {
	note(i, at, slo.EventReopened, Self, text)
	if i.Work.Returns >= FlapsFrom && !i.Work.Flapping {
		note(i, at, slo.EventFlapping, Self, fmt.Sprintf("it came back %d times while it was held", i.Work.Returns))
	}
}
