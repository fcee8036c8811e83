package slo

import "time"

// Steps is a user's journey: HTTP requests in order that share their cookies.
// Each is judged, and what one captures the next may send.
type Steps struct {
	// Secrets are values that lie with the agent, by the name that stands for
	// them in the steps.
	Secrets map[string]Secret `json:"secrets,omitempty"`
	Do      []Step            `json:"do"`
}

// Step is one request of a journey. In its HTTP's url (behind the host),
// headers and body ${name} stands for a secret or for what an earlier step
// captured, and $$ for a dollar.
type Step struct {
	Name    string        `json:"name"`
	HTTP    HTTP          `json:"http"`
	Timeout time.Duration `json:"timeout,omitzero"` // of this step; default what is left of the probe's
	Capture []Capture     `json:"capture,omitempty"`
}

// Capture takes a value from a step's answer: by exactly one of its fields
// besides the name.
type Capture struct {
	Name  string `json:"name"`
	JSON  string `json:"json,omitempty"`  // CEL over json, status, headers and now
	Regex string `json:"regex,omitempty"` // RE2 over the body: its first group, or all that it matches
}

// Bounds of a journey.
const (
	MaxSteps    = 50
	MaxCaptures = 20 // of a step
)

// Kind is steps.
func (s *Steps) Kind() string { return "steps" }

// Target is the URL of the first step.
func (s *Steps) Target() string {
	if len(s.Do) == 0 {
		return ""
	}
	return s.Do[0].HTTP.URL
}
