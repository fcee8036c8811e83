package slo

import "time"

// Backup looks at the newest backup of a set on the agent's machine. Which
// files those are stands in the agent's own file alone.
type Backup struct {
	Set     string        `json:"set"`               // its name in the agent's file
	Within  time.Duration `json:"within"`            // how old the newest may be
	MinSize int           `json:"minSize,omitempty"` // MiB that it has at least; 0: it is not empty
}

// Kind is backup.
func (s *Backup) Kind() string { return "backup" }

// Target is the set.
func (s *Backup) Target() string { return s.Set }
