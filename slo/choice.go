package slo

import (
	"fmt"
	"slices"
)

// Location is a place that agents probe from, with labels to choose it by.
type Location struct {
	Name   string
	Labels map[string]string
}

// Agents says which agents at a location run a probe. The zero value is all
// of them.
type Agents struct {
	Names []string // sorted; empty: any name
	Match Selector // of their labels
	Any   int      // of them at a time in each location; 0: all of them
}

// Takes reports whether an agent is one of them.
func (a Agents) Takes(agent string, labels map[string]string) bool {
	return (len(a.Names) == 0 || slices.Contains(a.Names, agent)) && a.Match.Matches(labels)
}

// Selector chooses things by their labels: each label that it names must be
// there and have one of the values. The zero value chooses everything.
type Selector map[string][]string

// Matches reports whether labels are what the selector asks for.
func (s Selector) Matches(labels map[string]string) bool {
	for name, values := range s {
		if v, ok := labels[name]; !ok || !slices.Contains(values, v) {
			return false
		}
	}
	return true
}

// Bounds of the labels of a location or an agent.
const (
	MaxLabels = 32
	MaxLabel  = 100 // bytes of a name and of a value
)

// CheckLabels says what is wrong with labels: names and values are 1 to
// MaxLabel letters, digits, '.', '_' and '-', at most MaxLabels of them.
func CheckLabels(labels map[string]string) error {
	if len(labels) > MaxLabels {
		return fmt.Errorf("there are %d labels; at most %d are taken", len(labels), MaxLabels)
	}
	for name, value := range labels {
		for what, s := range map[string]string{"name": name, "value": value} {
			if err := CheckLabel(s); err != nil {
				return fmt.Errorf("the %s of a label: %w", what, err)
			}
		}
	}
	return nil
}

// CheckLabel says what is wrong with the name or the value of a label.
func CheckLabel(s string) error {
	if s == "" || len(s) > MaxLabel {
		return fmt.Errorf("it has %d bytes, and 1 to %d are taken", len(s), MaxLabel)
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return fmt.Errorf("%q is not letters, digits, '.', '_' and '-'", s)
		}
	}
	return nil
}
