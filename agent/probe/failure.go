package probe

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// failure is why a run was not up. Its text is for people and not yet clean.
type failure struct {
	outcome slo.State
	reason  slo.Reason
	text    string
}

func (f *failure) Error() string { return string(f.reason) + ": " + f.text }

// downf is a failure of the target.
func downf(reason slo.Reason, format string, args ...any) *failure {
	return &failure{slo.Down, reason, fmt.Sprintf(format, args...)}
}

// unknownf is a failure of the agent.
func unknownf(reason slo.Reason, format string, args ...any) *failure {
	return &failure{slo.Unknown, reason, fmt.Sprintf(format, args...)}
}
