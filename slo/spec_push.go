package slo

import "time"

// Push waits for a heartbeat that a job sends to its agent. It tests that
// something runs that nobody can ask.
type Push struct {
	Job    string        `json:"job"`    // its name, as in the address that it sends to
	Within time.Duration `json:"within"` // what may lie between two heartbeats; later is down
}

// Kind is push.
func (s *Push) Kind() string { return "push" }

// Target is the job.
func (s *Push) Target() string { return s.Job }
