package slo

// Exec runs a plugin of Nagios, Icinga or Monitoring Plugins. Which program
// that is, and with which arguments, stands in the agent's own file alone.
type Exec struct {
	Command string `json:"command"`           // its name in the agent's file
	Warning string `json:"warning,omitempty"` // what exit code 1 counts as: up (default) or down
}

// Kind is exec.
func (s *Exec) Kind() string { return "exec" }

// Target is the command's name.
func (s *Exec) Target() string { return s.Command }
