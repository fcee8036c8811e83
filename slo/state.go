// Package slo is the domain of Assay and its arithmetic: probes, measurements,
// timelines, agreements, and the availability that follows from them. It
// imports the standard library only, holds no clock and does no I/O: every
// figure is a pure function of values and an instant. docs/architecture.md
// tells how the parts meet; the contract that the arithmetic keeps is in
// docs/formats/availability.md.
package slo

import "fmt"

// State is what is known of a target, a location, a probe or a service at an
// instant, and the outcome of one measurement. Unknown is the zero value:
// what was not seen is never down, and never up.
type State uint8

// The three states.
const (
	Unknown State = iota
	Up
	Down
)

var stateNames = [...]string{Unknown: "unknown", Up: "up", Down: "down"}

// String is up, down or unknown.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// ParseState reads up, down or unknown.
func ParseState(s string) (State, error) {
	for i, n := range stateNames {
		if n == s {
			return State(i), nil
		}
	}
	return Unknown, fmt.Errorf("%q is not one of up, down, unknown", s)
}

// MarshalText is String; a value outside the three is an error.
func (s State) MarshalText() ([]byte, error) {
	if int(s) >= len(stateNames) {
		return nil, fmt.Errorf("%d is not a state", uint8(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText is ParseState.
func (s *State) UnmarshalText(b []byte) error {
	p, err := ParseState(string(b))
	if err == nil {
		*s = p
	}
	return err
}
