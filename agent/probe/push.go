package probe

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Heartbeat is what an agent knows of a job.
type Heartbeat struct {
	At      slo.Instant // of the last one; 0 where none came yet
	Failed  bool        // the job said that it failed
	Text    string      // what it said, the beginning
	Awaited slo.Instant // since when the agent waits for the job
}

func newPush(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.Push)
	if !ok {
		return nil, fmt.Errorf("push: spec is a %T", spec)
	}
	if s.Job == "" || s.Within <= 0 {
		return nil, fmt.Errorf("push: job and within are needed")
	}
	if env.heartbeats == nil {
		return nil, fmt.Errorf("push: this agent's file has no heartbeats, so no job can send one")
	}
	return func(r *run) error {
		h, ok := env.heartbeats(s.Job)
		if !ok {
			return unknownf(slo.HeartbeatAwaited, "the agent does not wait for the job %s yet", s.Job)
		}
		return judgeHeartbeat(s, h, r.at)
	}, nil
}

// judgeHeartbeat holds what is known of a job at an instant against what is
// wanted of it.
func judgeHeartbeat(s *slo.Push, h Heartbeat, at slo.Instant) error {
	switch {
	case h.At == 0 && at.Sub(h.Awaited) <= s.Within:
		return unknownf(slo.HeartbeatAwaited, "no heartbeat of %s has come since the agent began to wait for one at %s", s.Job, h.Awaited)
	case h.At == 0:
		return downf(slo.HeartbeatLate, "no heartbeat of %s has come since the agent began to wait for one at %s, and one is due every %s", s.Job, h.Awaited, s.Within)
	case h.Failed:
		return downf(slo.HeartbeatFailed, "%s said at %s that it failed: %s", s.Job, h.At, h.Text)
	case at.Sub(h.At) > s.Within:
		return downf(slo.HeartbeatLate, "the last heartbeat of %s came at %s, %s ago, and one is due every %s",
			s.Job, h.At, at.Sub(h.At).Round(time.Second), s.Within)
	}
	return nil
}
